-- Whatever reads a stranger's bytes takes time in proportion to their number: one that takes the
-- square of it holds up every game's players. Counted is processor time, at two sizes.

local address = require "hathora.host.config.address"
local parameters = require "hathora.host.api.parameters"
local routes = require "hathora.host.http.routes"
local schema = require "hathora.schema"
local target = require "hathora.host.http.target"
local tokens = require "hathora.host.http.tokens"

local operations = {}
local tree = routes.new()
for operation in schema.each() do
  operations[operation.name] = operation
  tree:add(operation.method, operation.path, true)
end

local function query(text)
  return parameters.read(operations.getLogsForProcess, { appId = "a", processId = "b" },
    target.query(text) or {})
end

-- What is read, how, and a text of about so many bytes that is hard on it.
local rows = {
  { "a path before a fragment", target.parse, function(n) return "/" .. ("a"):rep(n) .. "#" end },
  { "a query before a fragment", target.parse, function(n) return "/?" .. ("a"):rep(n) .. "#" end },
  { "a path of question marks", target.parse, function(n) return "/" .. ("?"):rep(n) end },
  { "a path of slashes", target.parse, function(n) return ("/"):rep(n) end },
  { "a path of percent signs", target.parse, function(n) return "/" .. ("%25"):rep(n // 3) end },
  { "a query of ampersands", target.parse, function(n) return "/?" .. ("&"):rep(n) end },
  { "a query of equals signs", target.parse, function(n) return "/?a" .. ("="):rep(n) end },
  { "a query of one name", target.parse, function(n) return "/?" .. ("a&"):rep(n // 2) end },
  { "many segments", function(text) return tree:find("GET", target.segments(text)) end,
    function(n) return ("/processes"):rep(n // 10) end },
  { "a token behind blanks", function(text) return tokens.accept(text, { "x" }) end,
    function(n) return "Bearer a" .. (" "):rep(n) .. "b" end },
  { "a token of blanks", function(text) return tokens.accept(text, { "x" }) end,
    function(n) return "Bearer " .. (" "):rep(n) end },
  { "a scheme without end", function(text) return tokens.accept(text, { "x" }) end,
    function(n) return ("a"):rep(n) end },
  { "a Host of dots", address.split, function(n) return ("."):rep(n) .. "!" end },
  { "a Host of digits", address.isAddress, function(n) return ("1."):rep(n // 2) end },
  { "a Host that opens a bracket", address.split, function(n) return "[" .. (":"):rep(n) end },
  { "a number without end", query, function(n) return "tailLines=" .. ("1"):rep(n) end },
  { "a number of minus signs", query, function(n) return "tailLines=" .. ("-"):rep(n) end },
  { "a name that is like a known one", query, function(n) return "follow" .. ("w"):rep(n) end },
  { "a list that is not closed", query, function(n) return "tailLines" .. ("["):rep(n) end },
  { "an index without end", query, function(n) return "tailLines[" .. ("0"):rep(n) end },
}

-- Processor seconds, the least of a few runs.
local function cost(act, text, times)
  local least = math.huge
  for _ = 1, 5 do
    local began = os.clock()
    for _ = 1, times do act(text) end
    least = math.min(least, (os.clock() - began) / times)
  end
  return least
end

describe("a stranger's bytes are read in linear time:", function()
  for _, row in ipairs(rows) do
    it(row[1], function()
      local small, large = 2048, 16384
      local ratio = cost(row[2], row[3](large), 2) / cost(row[2], row[3](small), 16)
      assert.is_true(ratio < 24, ("eight times the bytes cost %.0f times as much"):format(ratio))
    end)
  end
end)
