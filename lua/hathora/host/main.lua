--- The host at work: from a checked configuration to the signal that ends it.
-- @module hathora.host.main

local loops = require "hathora.host.machine.loop"
local permissions = require "hathora.host.permissions"
local poll = require "hathora.host.poll"
local reload = require "hathora.host.reload"
local rereading = require "hathora.host.rereading"
local server = require "hathora.host.http.server"
local services = require "hathora.host.services"

-- What the host writes is its own user's alone; a game's own files are not (`reset` in the shim).
local others = tonumber("077", 8)

local function say(...) poll.write(2, "hathora-host: " .. (...):format(select(2, ...)) .. "\n") end

-- Games go on, and so do connections.
local function reconfigure(config, front, changed, problems)
  if not changed then
    for _, problem in ipairs(problems) do say("%s", problem) end
    return say "the configuration has mistakes; nothing was changed"
  end
  local left, problem = reload(config, changed, function(...) return front:certify(...) end)
  if not left then return say("the configuration was not applied: %s", problem) end
  say "the configuration was applied"
  for _, setting in ipairs(left) do
    say("%s has changed; this takes effect at the next start", setting)
  end
end

-- How much garbage is collected at each allocation, in slots for 16 bytes. Lua's own 100 make of
-- one list of ten thousand values a pass over all that there is, of tens of milliseconds; a quarter
-- keeps up as well, for a collection is over long before its memory is used again.
local collecting = 24

--- Serve until SIGTERM or SIGINT.
-- @tparam table config as from `config.check`
-- @tparam function onReady called with the URL once the host listens
-- @tparam[opt] table source where to read it again at SIGHUP: `check` and `read`, see
-- `hathora.host.rereading`; without it SIGHUP ends the host, too
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string why it cannot
return function(config, onReady, source)
  collectgarbage("setstepmul", collecting)
  permissions.mask(others)
  poll.ignorePipe()
  poll.raiseLimit()
  local loop <close> = loops.new()
  local started, problem = services.start { loop = loop, config = config }
  if not started then return nil, problem end
  collectgarbage() -- of all that was read, while nobody waits
  local front
  front, problem = server.new { loop = loop, config = config, services = started }
  if front then
    local again = source and rereading.new { loop = loop, check = source.check,
      read = source.read, output = started.directory:check(),
      done = function(...) reconfigure(config, front, ...) end }
    loop:signals({ "TERM", "INT", "HUP" }, function(name)
      if name == "HUP" and again then again:ask() else loop:stop() end
    end)
    onReady(front.url)
    loop:run()
    if again then again:close() end
    front:close()
  end
  started:close()
  if not front then return nil, problem end
  return true
end
