--- A folder requires only what stands below it.

local process = require "support.process"

-- From the top down; what stands in one row may require each other.
local host = {
  { "cli", "main" }, { "http", "admin", "api" }, { "services", "rereading" }, { "config" },
  { "lobbies", "players" }, { "rooms" }, { "processes" }, { "store", "engine", "tls" },
  { "machine" }, { "failpoint", "kept" },
}
local client = {
  { "init", "cli", "http" }, { "sdk" }, { "call" },
  { "address", "log", "options", "security" }, { "json", "schema", "time" },
  { "errors", "suggest" },
  { "contract" },
}

-- What the host has of the client: what is there for both.
local shared = {}
for _, name in ipairs { "address", "cli", "contract", "core", "errors", "http", "json", "schema",
  "suggest", "time" } do shared[name] = true end

local function ranksOf(rows)
  local ranks = {}
  for rank, names in ipairs(rows) do
    for _, name in ipairs(names) do ranks[name] = rank end
  end
  return ranks
end

-- Calls `visit(file, folder, required)` for each of the modules that the files beneath require, of
-- which there must be so many at least.
local function eachRequire(directory, least, visit)
  local output = process.run("grep -rnoE --include=*.lua 'require[ (]+\"hathora\\.[a-zA-Z_.]+' "
    .. directory)
  for file, module in output:gmatch "([^\n:]+):%d+:[^\n]-\"hathora%.([%a_.]+)" do
    local path = file:sub(#directory + 2)
    visit(file, path:match "^[^/.]+", module)
    least = least - 1
  end
  assert(least <= 0, least .. " more should have been found")
end

describe("the layers", function()
  it("of the host hold, and it has of the client what is there for both", function()
    local ranks = ranksOf(host)
    eachRequire("lua/hathora/host", 300, function(file, folder, module)
      local target = module:match "^host%.([%a_]+)"
      assert(ranks[folder], file .. " is in no layer")
      if not target then
        assert(shared[module:match "^[%a_]+"], file .. " requires the client's " .. module)
      elseif ranks[target] then -- the others are C
        assert(ranks[folder] <= ranks[target], file .. " requires what stands above it: " .. module)
      end
    end)
  end)

  it("of the client hold, and it has nothing of the host", function()
    local ranks = ranksOf(client)
    eachRequire("lua/hathora", 400, function(file, folder, module)
      if folder == "host" then return end
      local target = module:match "^[%a_]+"
      assert(ranks[folder], file .. " is in no layer")
      assert(target ~= "host", file .. " requires the host's " .. module)
      if ranks[target] then
        assert(ranks[folder] <= ranks[target], file .. " requires what stands above it: " .. module)
      end
    end)
  end)

  it("of the core hold: nothing of Lua in the reactor, and nothing above it", function()
    assert.equal("", process.run "grep -rnE 'include <l(ua|auxlib|ualib)|\"core/' src/reactor")
  end)
end)
