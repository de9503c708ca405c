--- Notices when a starting process has bound its port, which is when players can reach it.
-- @module hathora.host.engine.local.readiness

local loops = require "hathora.host.machine.loop"
local portText = require "hathora.host.engine.port"
local procfs = require "hathora.host.machine.procfs"
local sockets = require "hathora.host.sockets"

local readiness = {}

-- A poll is made so often, and less often the longer one takes. For a port that is bound it goes
-- through /proc: so many of these at a time, the others with the next polls.
local interval, rests, portion = 0.025, 20, 16

local Readiness = {}
Readiness.__index = Readiness

--- Make one.
-- @param loop
-- @tparam function onReady called with a process' id
function readiness.new(loop, onReady)
  return setmetatable({ loop = loop, onReady = onReady, waiting = {}, round = 0 }, Readiness)
end

-- The kernel's list of bound sockets names a socket; the tree's descriptors show whose it is.
-- Where the descriptors are kept from us, that the port is bound at all must do: it was free just
-- before the process started.
local function isReady(entry, bound)
  return procfs.holdsSocket(entry.pid, bound[entry.port]) ~= false
end

-- What is bound in the machine's own network, which is asked once a poll.
local function boundHere(ours, protocol)
  if ours[protocol] == nil then
    ours[protocol] = sockets.bound(protocol, ours.first, ours.last) or false
  end
  return ours[protocol]
end

-- What is bound where a process is.
local function boundFor(entry, ours)
  local protocol = portText.protocol(entry)
  if entry.isApart then return sockets.bound(protocol, entry.port, entry.port, entry.pid) end
  return boundHere(ours, protocol)
end

-- Where TLS is taken off before it comes to the game, that is someone else's to listen for.
local function canBeReached(entry, ours)
  return not entry.outer or (boundHere(ours, "tcp") or {})[entry.outer] ~= nil
end

local function portsOf(waiting)
  local first, last = math.huge, 0
  for _, entry in pairs(waiting) do
    local outer = entry.outer or entry.port
    first, last = math.min(first, entry.port, outer), math.max(last, entry.port, outer)
  end
  return { first = first, last = last }
end

-- Returns whether there was something to check.
local function check(self, processId, entry, ours)
  local bound = boundFor(entry, ours)
  entry.isUnseen = not bound
  if not bound or not bound[entry.port] then return entry.isApart end
  entry.round = self.round
  if isReady(entry, bound) and canBeReached(entry, ours) then
    self.waiting[processId] = nil
    self.onReady(processId)
  end
  return true
end

function Readiness:check()
  local ours, checked = portsOf(self.waiting), 0
  for processId, entry in pairs(self.waiting) do
    local isDue = checked < portion and entry.round ~= self.round
    if isDue and check(self, processId, entry, ours) then checked = checked + 1 end
  end
  if checked < portion then self.round = self.round + 1 end
end

function Readiness:schedule(rest)
  if self.timer or not next(self.waiting) then return end
  self.timer = self.loop:after(math.max(interval, rest or 0), function()
    self.timer = nil
    local began = loops.now()
    loops.guarded(self.check, self)
    self:schedule(rests * (loops.now() - began))
  end)
end

--- Wait for a process.
-- @tparam string processId
-- @tparam table entry `pid`, the top of its tree, which is no game itself; `port`, where it
-- listens; `transportType`; `outer`, where players come if that is elsewhere; `isApart`, if it has
-- a network of its own
function Readiness:add(processId, entry)
  self.waiting[processId] = entry
  self:schedule()
end

--- Wait no more.
function Readiness:remove(processId)
  self.waiting[processId] = nil
end

--- Can it not be seen what a process has bound? While it cannot, that it is not ready says nothing.
function Readiness:cannotObserve(processId)
  local entry = self.waiting[processId]
  return entry ~= nil and entry.isUnseen == true
end

--- Wait for nothing any more.
function Readiness:close()
  self.waiting = {}
  if self.timer then self.timer:cancel() end
end

return readiness
