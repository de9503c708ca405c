--- The ports games are given: from one range, free when given, each to one process at a time, and
-- not again until some time after that process ended, so that no late packet of an old game
-- reaches a new one. Where TLS is taken off in front of a game, its port is one of the first of
-- the range, and the port that players see follows from it: the two ranges run side by side.
-- @module hathora.host.processes.ports

local loop = require "hathora.host.machine.loop"
local sockets = require "hathora.host.sockets"
local portText = require "hathora.host.engine.port"

local ports = {}

local Ports = {}
Ports.__index = Ports

--- Make the range's ledger.
-- @tparam table options `first`, `last`, and `quarantine` in seconds; `tls`, the first and the
-- last of the ports at which TLS is taken off, if there are any
function ports.new(options)
  local self = setmetatable({
    first = options.first, last = options.last, quarantine = options.quarantine,
    held = {}, freeAt = {}, range = { first = options.first, last = options.last },
    inUse = 0, rests = { first = 1, last = 0 },
  }, Ports)
  if options.tls then
    self.offset = options.first - options.tls[1]
    self.inner = { first = options.first, last = options.tls[2] + self.offset }
  end
  return self
end

--- Say why the range is a bad one, if it is: the system takes ports for outgoing connections from
-- `ip_local_port_range`, ip(7), and may take one that a game is about to bind.
-- @treturn ?string
function Ports:warning()
  local file <close> = io.open "/proc/sys/net/ipv4/ip_local_port_range"
  local first, last = (file and file:read "l" or ""):match "(%d+)%s+(%d+)"
  if not first or tonumber(last) < self.first or tonumber(first) > self.last then return nil end
  return ("the ports %d to %d overlap those the system takes for itself, %s to %s"):format(
    self.first, self.last, first, last)
end

--- A port is in use already, by a process from before.
function Ports:hold(port)
  if not self.held[port] then self.inUse = self.inUse + 1 end
  self.held[port] = true
end

function Ports:letGo(port)
  if self.held[port] then self.inUse = self.inUse - 1 end
  self.held[port] = nil
end

-- When each port that rests is free again: in this order they were released.
function Ports:endRests(now)
  local rests = self.rests
  while rests[rests.first] and rests[rests.first] <= now do
    rests[rests.first] = nil
    rests.first = rests.first + 1
  end
end

--- A port's process is gone, since so many seconds.
function Ports:release(port, since)
  self:letGo(port)
  local now = loop.now()
  local due = now - (since or 0) + self.quarantine
  self.freeAt[port] = due
  if due <= now then return end
  self:endRests(now)
  self.rests.last = self.rests.last + 1
  self.rests[self.rests.last] = due
end

--- How many ports are `in_use`, `resting` after their game's end, and `free`.
-- Games from before the range was changed may have others, which are in use as well.
function Ports:usage()
  self:endRests(loop.now())
  local resting = self.rests.last - self.rests.first + 1
  return { in_use = self.inUse, resting = resting,
    free = math.max(0, self.last - self.first + 1 - self.inUse - resting) }
end

function Ports:isAvailable(port, now)
  if self.held[port] then return false end
  if self.freeAt[port] and self.freeAt[port] > now then return false end
  self.freeAt[port] = nil
  return sockets.free(port)
end

--- Take a port. All of the range had its turn before one has it again.
-- @tparam[opt] table range `first`, `last`: only of these
-- @treturn[1] integer
-- @treturn[2] nil when none is free
-- @treturn[2] ?string why that is not known
function Ports:take(range)
  local now = loop.now()
  range = range or self.range
  for _ = range.first, range.last do
    local port = range.next or range.first
    range.next = port < range.last and port + 1 or range.first
    local isAvailable, problem = self:isAvailable(port, now)
    if problem then return nil, problem end
    if isAvailable then
      self:hold(port)
      return port
    end
  end
  return nil
end

local function each(self, process, act, ...)
  for _, port in ipairs(portText.read(process.ports)) do act(self, portText.leading(port), ...) end
end

--- A process from before has its ports.
function Ports:holdOf(process) each(self, process, Ports.hold) end

--- A process is gone, since so many seconds.
function Ports:releaseOf(process, since) each(self, process, Ports.release, since) end

--- A process has never been: its ports need no rest.
function Ports:giveBack(process) each(self, process, Ports.release, self.quarantine) end

--- Take a number for each of some ports: its `port`, and `inner` where it `isTerminated`.
-- @tparam {table,...} wanted
-- @treturn[1] boolean true
-- @treturn[2] nil when there are not as many: none is taken then
-- @treturn[2] table the range that has none left, `first` and `last`
-- @treturn[2] ?string why that is not known
function Ports:takeAll(wanted)
  local taken = {}
  for index, port in ipairs(wanted) do
    local range = port.isTerminated and self.inner or self.range
    local number, problem = self:take(range)
    if not number then
      for _, other in ipairs(taken) do self:letGo(other) end
      return nil, range, problem
    end
    taken[index], port.port = number, number
    if port.isTerminated then port.port, port.inner = number - self.offset, number end
  end
  return true
end

return ports
