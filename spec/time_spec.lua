local time = require "hathora".time

describe("a time", function()
  local cases = {
    ["1970-01-01T00:00:00Z"] = 0, ["2024-05-10T00:03:23.123Z"] = 1715299403.123,
    ["2024-02-29T23:59:59+02:00"] = 1709243999, ["2000-03-01T00:00:00-0530"] = 951888600,
    ["1969-12-31T23:59:59Z"] = -1,
  }
  for text, seconds in pairs(cases) do
    it(text .. " is understood", function() assert.equal(seconds, time(text)) end)
  end
  for _, text in ipairs { "", "yesterday", "2024-05-10", "2024-05-10T00:03:23",
    "2024-05-10T00:03:23Q" } do
    it(("%q is refused"):format(text), function()
      local value, why = time(text)
      assert.is_nil(value)
      assert.truthy(why:find("2024-05-10T00:03:23.123Z", 1, true))
    end)
  end
end)
