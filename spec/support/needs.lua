--- What stands for `it` in specs that need something of the machine, and are skipped without it.
-- @tparam table env the spec file's `_ENV`: busted gives it `it`, and a `pending` within a spec
-- @tparam function find gives what they need, or nil and why it is not here
-- @tparam[opt] string name its name: where HATHORA_SPEC_REQUIRE has it among its words, the specs
-- fail without it
-- @treturn function of a sentence, and of what is to be done with what was found
return function(env, find, name)
  local isRequired = false
  for word in (os.getenv "HATHORA_SPEC_REQUIRE" or ""):gmatch "%S+" do
    isRequired = isRequired or word == name
  end
  return function(sentence, act)
    env.it(sentence, function()
      local found, why = find()
      assert(found or not isRequired, why)
      if not found then return env.pending(why) end
      act(found)
    end)
  end
end
