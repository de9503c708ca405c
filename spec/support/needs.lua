--- What stands for `it` in specs that need something of the machine, and are skipped without it.
-- @tparam table env the spec file's `_ENV`: busted gives it `it`, and a `pending` within a spec
-- @tparam function find gives what they need, or nil and why it is not here
-- @treturn function of a sentence, and of what is to be done with what was found
return function(env, find)
  return function(sentence, act)
    env.it(sentence, function()
      local found, why = find()
      if not found then return env.pending(why) end
      act(found)
    end)
  end
end
