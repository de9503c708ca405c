local json = require "hathora.json"
local compare = require "support.plain_json"
local process = require "support.process"
local seed = require "support.seed"

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

  for _, text in ipairs { "", "{", "NaN", "1\0", "{}\0{}", "Infinity", "0x1F", "1e999", "[1,]",
    "{} x",
    "\xEF\xBB\xBF{}", ("["):rep(2000) .. ("]"):rep(2000) } do
    it("refuses " .. text:sub(1, 20), function()
      local value, why = json.decode(text)
      assert.is_nil(value)
      assert.is_string(why)
    end)
  end

  it("gives the same with releases of lua-cjson that make whole numbers integers", function()
    local script = [=[
      local cjson = require "cjson"
      local function convert(value, text)
        if type(value) == "table" then
          for key, field in pairs(value) do value[key] = convert(field, text) end
        elseif math.type(value) == "float" and value == math.floor(value)
          and not text:find "[.eE]" then
          value = value >= 2^63 and math.maxinteger or value < -2^63 and math.mininteger
            or math.tointeger(value)
        end
        return value
      end
      local new = cjson.new
      function cjson.new()
        local instance = new()
        local decode = instance.decode
        function instance.decode(text) return convert(decode(text), text) end
        return instance
      end
      local json = require "hathora.json"
      for _, text in ipairs { "7", "9007199254740993", "18446744073709551615",
        '{"-20000000000000000000":[-20000000000000000000, 3, "1\\"2"]}' } do
        print((json.encode(json.decode(text))))
      end]=]
    local output = process.run { "lua5.4", "-e", script }
    assert.equal('7\n9007199254740992\n1.8446744073709552e+19\n'
      .. '{"-20000000000000000000":[-2e+19,3,"1\\"2"]}\n', output)
  end)

  it("leaves the program's own lua-cjson as it is", function()
    local cjson = require "cjson"
    assert.equal(cjson.null, cjson.decode("null"))
    assert.is_true(cjson.decode("[NaN]")[1] ~= cjson.decode("[NaN]")[1])
  end)
end)

describe("the plain reader of JSON", function()
  local texts = {
    '{"appId":"app-1","exposedPort":{"host":"a.b","port":34567},"status":"running",\
      "additionalExposedPorts":[],"roomsAllocated":0,"stoppingAt":null}',
    '[{"roomId":"a","allocations":[{"processId":"p"}],"roomConfig":null},{"roomId":"b"}]',
    '{"a":"1","b":2,"a":3}', '{"a":1,"b":2,"a":null}', '{"a":null,"a":1}', '{"":{"":[]}}',
    '{"additionalExposedPorts":[],"status":"running"}', '{"additionalExposedPorts":{}}',
    '{"additionalExposedPorts":{"a":null}}', "[1,null,2]",
    "[]", "{}", '{"a":[[],{}]}', "-0", "-0.0", "0.1", "123456789012345", "1234567890123456",
    "9999999999999999.9999999999999999", "12345.6789012345", "0.00000000000001", "1.0", "2.50",
    "1e2", "01", "1.", ".5", "-", "+1",
    '"\0"', '"a\tb"', '"\u{e9}\xff"', " true ", "nul", "[1 2]", '{"a" 1}', '{"a":}', "{,}", "[,]",
    '{"a":1,}', "1 1", '{"a":1}x', "[" .. ("1,"):rep(200) .. "1]", ("["):rep(20) .. ("]"):rep(20),
  }

  it("reads what lua-cjson reads as lua-cjson does, and refuses what it refuses", function()
    for _, text in ipairs(texts) do compare(text) end
  end)

  it("does so in an object of more members than it takes, with every key twice", function()
    local members = {}
    for index = 1, 200 do
      members[index] = ('"key%d":%d'):format(index, index)
      compare("{" .. table.concat(members, ",") .. "}")
      compare("{" .. table.concat(members, ",") .. ("," .. members[1]):gsub("1$", "2") .. "}")
    end
  end)

  it("does so in a list with nulls, down to its length", function()
    for number = 0, 2 ^ 10 - 1 do
      local elements = {}
      for index = 1, 10 do elements[index] = number >> index - 1 & 1 == 1 and "1" or "null" end
      for last = 1, 10 do compare("[" .. table.concat(elements, ",", 1, last) .. "]") end
    end
  end)

  it("does so whatever is changed in a text", function()
    local rounds = 20000 * (tonumber(os.getenv "HATHORA_SPEC_ROUNDS") or 1)
    local pieces = { '"', "{", "}", "[", "]", ",", ":", "0", "9", "-", ".", "e", "\\", "\0", " ",
      "null", "true", '"a":', '{"a":null}', "[]", "\u{20ac}", "\xff" }
    seed.with(function()
      local read = 0
      for _ = 1, rounds do
        local text = texts[math.random(#texts)]
        for _ = 1, math.random(3) do
          local first = math.random(0, #text)
          text = text:sub(1, first) .. pieces[math.random(#pieces)]
            .. text:sub(first + math.random(0, 3))
        end
        if compare(text) then read = read + 1 end
      end
      assert(read > rounds / 20, "too few of them could be read: " .. read)
    end)
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
