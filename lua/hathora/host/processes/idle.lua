--- Stops processes that no one has been connected to for their app's `idleTimeout`. Connections
-- are what the kernel lists for the process' TCP ports; UDP has none to count.
-- @module hathora.host.processes.idle

local loop = require "hathora.host.machine.loop"
local sockets = require "hathora.host.sockets"
local portText = require "hathora.host.engine.port"

local idle = {}

local Idle = {}
Idle.__index = Idle

--- Watch the processes of a service, those whose apps want it.
-- @tparam table options `loop`, `processes`, `apps`, `interval` in seconds between looks
function idle.new(options)
  local self = setmetatable({ loop = options.loop, processes = options.processes,
    apps = options.apps, interval = options.interval, watched = {} }, Idle)
  self.processes:on("ready", function(process) self:add(process) end)
  self.processes:on("resumed", function(process) self:add(process) end)
  self.processes:on("ended", function(process) self.watched[process] = nil end)
  return self
end

--- Watch a process.
function Idle:add(process)
  local app = self.apps[process.appId]
  if not app or not app.idleTimeout or not process.startedAt or process.stoppingAt then return end
  self.watched[process] = { ports = portText.read(process.ports), timeout = app.idleTimeout,
    since = loop.now() }
  self:schedule()
end

local function isConnected(entry, connected)
  for _, port in ipairs(entry.ports) do
    if connected[port.port] then return true end
  end
  return false
end

-- Who is connected to any port of theirs.
local function connectedTo(watched)
  local first, last = math.huge, 0
  for _, entry in pairs(watched) do
    for _, port in ipairs(entry.ports) do
      first, last = math.min(first, port.port), math.max(last, port.port)
    end
  end
  return last == 0 and {} or sockets.connected(first, last)
end

function Idle:look()
  local connected, now = connectedTo(self.watched), loop.now()
  for process, entry in pairs(self.watched) do
    -- Not to know is not to be idle.
    if not connected or isConnected(entry, connected) then
      entry.since = now
    elseif now - entry.since >= entry.timeout then
      self.watched[process] = nil
      if not process.stoppingAt then self.processes:halt(process) end
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
