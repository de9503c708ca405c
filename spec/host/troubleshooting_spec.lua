-- What docs/troubleshooting.md says a host says, a host says.

local process = require "support.process"

-- The source with the pieces of each text joined, as they are when they are said.
local function source()
  local text = process.run "cat $(find lua src/host -name '*.lua' -o -name '*.c')"
  return (text:gsub('"%s*%.%.%s*"', ""):gsub('\\"', '"'))
end

local function patternOf(message)
  return (message:gsub("%p", "%%%0"):gsub("%%%.%%%.%%%.", "[^\n]-"))
end

-- What stands in backticks in the first column of a table,.
local function messages()
  local found = {}
  for cell in process.readFile "docs/troubleshooting.md":gmatch "\n| (`[^|]*) |" do
    for message in cell:gmatch "`([^`]+)`" do found[#found + 1] = message end
  end
  return found
end

-- The C library's own words.
local foreign = { ["Address already in use"] = true, ["Permission denied"] = true,
  ["Cannot assign requested address"] = true }

describe("docs/troubleshooting.md", function()
  it("quotes what the source says", function()
    local text, count = source(), 0
    for _, message in ipairs(messages()) do
      if not foreign[message] then
        count = count + 1
        assert.truthy(text:find(patternOf(message)), message)
      end
    end
    assert.is_true(count > 30, count)
    assert.is_nil(text:find(patternOf "no host has ever said ... this"))
  end)

  it("says of each refusal the status that it has", function()
    local kinds = {}
    for kind, status in process.readFile "lua/hathora/host/processes/refusal.lua":gmatch
      "problem%.(%l%a*) = kind%((%d+)" do
      kinds[kind] = status
    end
    local page, text, count = process.readFile "docs/troubleshooting.md", source(), 0
    for message, told in page:gmatch "\n| `([^`]+)` | (%d+) |" do
      local kind = text:match("[%a]+%.(%l%a*)%(?%s*\"" .. patternOf(message))
      if kinds[kind] then
        count = count + 1
        assert.equal(kinds[kind], told, message)
      end
    end
    assert.is_true(count >= 7, count)
  end)
end)
