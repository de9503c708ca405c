local json = require "hathora.json"

describe("reading JSON", function()
  local cases = {
    { "7777", 7777 }, { "7777.0", 7777 }, { "2.5", 2.5 }, { "1e3", 1000 }, { "-0", 0 },
    { "9007199254740991", 9007199254740991 }, { '"a\\u00e9"', "a\u{e9}" }, { "true", true },
    { '{"a":1,"a":2}', { a = 2 } }, { '{"a":null,"b":[{"c":null}]}', { b = { {} } } },
  }
  for _, case in ipairs(cases) do
    it("makes " .. case[1] .. " what it means", function()
      local value = json.decode(case[1])
      assert.same(case[2], value)
      assert.equal(math.type(case[2]), math.type(value))
    end)
  end

  it("makes a whole number of 2^53 and more a float", function()
    assert.equal("float", math.type(json.decode("9007199254740993")))
    assert.equal("float", math.type(json.decode("18446744073709551615")))
  end)

  for _, text in ipairs { "", "{", "NaN", "Infinity", "0x1F", "1e999", "[1,]", "{} x",
    "\xEF\xBB\xBF{}", ("["):rep(2000) .. ("]"):rep(2000) } do
    it("refuses " .. text:sub(1, 20), function()
      local value, why = json.decode(text)
      assert.is_nil(value)
      assert.is_string(why)
    end)
  end

  it("leaves the program's own lua-cjson as it is", function()
    local cjson = require "cjson"
    assert.equal(cjson.null, cjson.decode("null"))
    assert.is_true(cjson.decode("[NaN]")[1] ~= cjson.decode("[NaN]")[1])
  end)
end)

describe("writing JSON", function()
  it("tells lists from records, whole numbers from others", function()
    assert.equal('{"a":[],"b":{},"c":[1,2.5],"d":123456789012345678,"e":null}',
      json.encode { a = json.list {}, b = {}, c = { 1, 2.5 }, d = 123456789012345678,
        e = json.null })
  end)

  local refused = {
    { { env = { { value = print } } }, "env[1].value" }, { { a = 0 / 0 }, "a" },
    { { a = math.huge }, "a" }, { { [1] = 1, [100] = 2 }, "list" },
    { { a = "\xff" }, "a" }, { { [true] = 1 }, "boolean" },
  }
  for _, case in ipairs(refused) do
    it("refuses, by its place, what JSON cannot say: " .. case[2], function()
      local ok, why = pcall(json.encode, case[1])
      assert.is_false(ok)
      assert.truthy(why:find(case[2], 1, true), why)
    end)
  end
end)
