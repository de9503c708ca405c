--- Notices when a starting process has bound its port, which is when players can reach it.
-- @module hathora.host.engine.readiness

local procfs = require "hathora.host.procfs"
local schema = require "hathora.schema"
local sockets = require "hathora.host.sockets"

local readiness = {}

local interval = 0.025

local Readiness = {}
Readiness.__index = Readiness

--- Make one.
-- @param loop
-- @tparam function onReady called with a process' id
function readiness.new(loop, onReady)
  return setmetatable({ loop = loop, onReady = onReady, waiting = {}, blind = false }, Readiness)
end

-- The kernel's list of bound sockets names a socket; the tree's descriptors tell whose it is. On
-- a machine that keeps the descriptors from us, that the port is bound at all must do: it was
-- free just before the process started.
local function isReady(entry, bound)
  local inodes = bound[entry.port]
  return inodes ~= nil and procfs.holdsSocket(entry.pid, inodes, entry.isGame) ~= false
end

function Readiness:check()
  local tables = {}
  for processId, entry in pairs(self.waiting) do
    local protocol = entry.transportType == schema.enums.TransportType.Udp and "udp" or "tcp"
    if tables[protocol] == nil then tables[protocol] = sockets.bound(protocol) or false end
    self.blind = not tables[protocol]
    if tables[protocol] and isReady(entry, tables[protocol]) then
      self.waiting[processId] = nil
      self.onReady(processId)
    end
  end
  self.timer = nil
  self:schedule()
end

function Readiness:schedule()
  if self.timer or not next(self.waiting) then return end
  self.timer = self.loop:after(interval, function() self:check() end)
end

--- Wait for a process.
-- @tparam string processId
-- @tparam table entry `pid`, the top of its tree; `isGame`, if that is the game itself and no shim;
-- `port`; `transportType`
function Readiness:add(processId, entry)
  self.waiting[processId] = entry
  self:schedule()
end

--- Wait no more.
function Readiness:remove(processId)
  self.waiting[processId] = nil
end

--- Can the machine be asked at all? While it cannot, that a process is not ready says nothing.
function Readiness:isBlind()
  return self.blind
end

--- Wait for nothing any more.
function Readiness:close()
  self.waiting = {}
  if self.timer then self.timer:cancel() end
end

return readiness
