--- The ports games are given: from one range, free when given, each to one process at a time, and
-- not again until some time after that process ended, so that no late packet of an old game
-- reaches a new one.
-- @module hathora.host.processes.ports

local loop = require "hathora.host.machine.loop"
local sockets = require "hathora.host.sockets"
local portText = require "hathora.host.engine.port"

local ports = {}

local Ports = {}
Ports.__index = Ports

--- Make the range's ledger.
-- @tparam table options `first`, `last`, and `quarantine` in seconds
function ports.new(options)
  return setmetatable({
    first = options.first, last = options.last, quarantine = options.quarantine,
    held = {}, freeAt = {}, next = options.first,
  }, Ports)
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
  self.held[port] = true
end

--- A port's process is gone, since so many seconds.
function Ports:release(port, since)
  self.held[port] = nil
  self.freeAt[port] = loop.now() - (since or 0) + self.quarantine
end

function Ports:isAvailable(port, now)
  if self.held[port] then return false end
  if self.freeAt[port] and self.freeAt[port] > now then return false end
  self.freeAt[port] = nil
  return sockets.free(port)
end

--- Take a port. All of the range had its turn before one has it again.
-- @treturn ?integer nil when none is free
function Ports:take()
  local now = loop.now()
  for _ = self.first, self.last do
    local port = self.next
    self.next = port < self.last and port + 1 or self.first
    if self:isAvailable(port, now) then
      self.held[port] = true
      return port
    end
  end
  return nil
end

local function each(self, process, act, ...)
  for _, port in ipairs(portText.read(process.ports)) do act(self, port.port, ...) end
end

--- A process from before has its ports.
function Ports:holdOf(process) each(self, process, Ports.hold) end

--- A process is gone, since so many seconds.
function Ports:releaseOf(process, since) each(self, process, Ports.release, since) end

--- A process has never been: its ports need no rest.
function Ports:giveBack(process) each(self, process, Ports.release, self.quarantine) end

--- Take so many ports.
-- @treturn ?{integer,...} nil when there are not as many
function Ports:takeAll(count)
  local taken = {}
  for index = 1, count do
    taken[index] = self:take()
    if not taken[index] then
      for _, port in ipairs(taken) do self.held[port] = nil end
      return nil
    end
  end
  return taken
end

return ports
