--- Stops processes that no one has been connected to for their app's `idleTimeout`. Connections
-- are what the kernel lists for the process' TCP ports; UDP has none to count.
-- @module hathora.host.processes.idle

local loop = require "hathora.host.machine.loop"
local sockets = require "hathora.host.sockets"

local idle = {}

local Idle = {}
Idle.__index = Idle

--- Make one.
-- @param theLoop
-- @tparam number interval seconds between looks
-- @tparam function onIdle called with a process' id
function idle.new(theLoop, interval, onIdle)
  return setmetatable({ loop = theLoop, interval = interval, onIdle = onIdle, watched = {} }, Idle)
end

--- Watch a process.
-- @tparam string processId
-- @tparam {table,...} ports
-- @tparam number timeout seconds
function Idle:add(processId, ports, timeout)
  self.watched[processId] = { ports = ports, timeout = timeout, since = loop.now() }
  self:schedule()
end

--- Watch it no more.
function Idle:remove(processId)
  self.watched[processId] = nil
end

local function isConnected(entry, connected)
  for _, port in ipairs(entry.ports) do
    if connected[port.port] then return true end
  end
  return false
end

function Idle:look()
  local connected, now = sockets.connected(), loop.now()
  for processId, entry in pairs(self.watched) do
    -- Not to know is not to be idle.
    if not connected or isConnected(entry, connected) then
      entry.since = now
    elseif now - entry.since >= entry.timeout then
      self.watched[processId] = nil
      self.onIdle(processId)
    end
  end
  self.timer = nil
  self:schedule()
end

function Idle:schedule()
  if self.timer or not next(self.watched) then return end
  self.timer = self.loop:after(self.interval, function() self:look() end)
end

--- Watch nothing any more.
function Idle:close()
  self.watched = {}
  if self.timer then self.timer:cancel() end
end

return idle
