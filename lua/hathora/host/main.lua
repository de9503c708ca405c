--- The host at work: from a checked configuration to the signal that ends it.
-- @module hathora.host.main

local loops = require "hathora.host.machine.loop"
local permissions = require "hathora.host.permissions"
local poll = require "hathora.host.poll"
local server = require "hathora.host.http.server"
local services = require "hathora.host.services"

-- What the host writes is its own user's alone; a game's own files are not (`reset` in the shim).
local others = tonumber("077", 8)

--- Serve until SIGTERM, SIGINT or SIGHUP.
-- @tparam table config as from `config.check`
-- @tparam function onReady called with the URL once the host listens
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string why it cannot
return function(config, onReady)
  permissions.mask(others)
  poll.ignorePipe()
  local loop <close> = loops.new()
  local started, problem = services.start { loop = loop, config = config }
  if not started then return nil, problem end
  local front
  front, problem = server.new { loop = loop, config = config, services = started }
  if front then
    loop:signals({ "TERM", "INT", "HUP" }, function() loop:stop() end)
    onReady(front.url)
    loop:run()
    front:close()
  end
  started:close()
  if not front then return nil, problem end
  return true
end
