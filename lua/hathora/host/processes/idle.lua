--- Stops processes that are idle for their app's `idleTimeout`: no one is connected, and neither a
-- connection nor a room has come for so long. Connections are what the kernel lists for the
-- process' TCP ports. Where they cannot be seen, over UDP and in networks of others, a process is
-- idle when it has had no room for so long.
-- @module hathora.host.processes.idle

local loop = require "hathora.host.machine.loop"
local sockets = require "hathora.host.sockets"
local portText = require "hathora.host.engine.port"
local schema = require "hathora.schema"

local idle = {}

local Idle = {}
Idle.__index = Idle

--- Watch the processes of a service, those whose apps want it.
-- @tparam table options `loop`, `processes`, `apps`, `interval` in seconds between checks;
-- `awaitsRoom(process)`, whether a room is on its way to it, for as long as the disk takes
function idle.new(options)
  local self = setmetatable({
    loop = options.loop, processes = options.processes, apps = options.apps,
    interval = options.interval, awaitsRoom = options.awaitsRoom, watched = {},
  }, Idle)
  self.processes:on("ready", function(process) self:add(process) end)
  self.processes:on("resumed", function(process) self:add(process) end)
  self.processes:on("changed", function(process) self:onChange(process) end)
  self.processes:on("ended", function(process) self.watched[process] = nil end)
  return self
end

local function canBeSeen(app)
  return app.engine ~= "swarm" and not app.containerPort
    and app.transportType ~= schema.enums.TransportType.Udp
end

--- Watch a process.
function Idle:add(process)
  local app = self.apps[process.appId]
  if not app or not app.idleTimeout or not process.startedAt or process.stoppingAt then return end
  self.watched[process] = { ports = portText.read(process.ports), timeout = app.idleTimeout,
    since = loop.now(), canBeSeen = canBeSeen(app), rooms = process.roomsAllocated or 0 }
  self:schedule()
end

-- A room has come; where connections are not seen, to leave is to have been there until now.
function Idle:onChange(process)
  local entry, rooms = self.watched[process], process.roomsAllocated or 0
  if not entry or entry.rooms == rooms then return end
  if rooms > entry.rooms or not entry.canBeSeen then entry.since = loop.now() end
  entry.rooms = rooms
end

-- Not to know is not to be idle.
local function isBusy(entry, connected)
  if not entry.canBeSeen then return entry.rooms > 0 end
  if not connected then return true end
  for _, port in ipairs(entry.ports) do
    if connected[port.port] then return true end
  end
  return false
end

-- Who is connected to any port of theirs.
local function connectedTo(watched)
  local first, last = math.huge, 0
  for _, entry in pairs(watched) do
    for _, port in ipairs(entry.canBeSeen and entry.ports or {}) do
      first, last = math.min(first, port.port), math.max(last, port.port)
    end
  end
  return last == 0 and {} or sockets.connected(first, last)
end

function Idle:check()
  self.timer = nil
  self:schedule() -- first: something below may fail
  local connected, now = connectedTo(self.watched), loop.now()
  for process, entry in pairs(self.watched) do
    if isBusy(entry, connected) or self.awaitsRoom(process) then
      entry.since = now
    elseif now - entry.since >= entry.timeout then
      self.watched[process] = nil
      if not process.stoppingAt then self.processes:halt(process) end
    end
  end
end

function Idle:schedule()
  if self.timer or not next(self.watched) then return end
  self.timer = self.loop:after(self.interval, function() self:check() end)
end

--- Watch nothing any more.
function Idle:close()
  self.watched = {}
  if self.timer then self.timer:cancel() end
end

return idle
