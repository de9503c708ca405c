--- Ends what is left of processes whose shim was killed: whatever has their identity in its
-- environment. Where half of the shim is left, that does it better, and is waited for.
-- @module hathora.host.engine.local.sweep

local environment = require "hathora.host.engine.environment"
local lfs = require "lfs"
local procfs = require "hathora.host.machine.procfs"
local spawn = require "hathora.host.spawn"

local sweep = {}

-- Of all that runs on the machine so many are inspected in one turn of the loop.
local interval, portion = 0.1, 200

local Sweep = {}
Sweep.__index = Sweep

--- Make one.
-- @param loop
-- @tparam string shim its program
function sweep.new(loop, shim)
  return setmetatable({ loop = loop, shim = lfs.attributes(shim), waiting = {} }, Sweep)
end

local function isShim(self, pid)
  local program = lfs.attributes(("/proc/%d/exe"):format(pid))
  return program and program.dev == self.shim.dev and program.ino == self.shim.ino
end

-- Held before it is inspected: by then the number may be another's.
local function inspect(self, pid)
  local processId = procfs.variable(pid, environment.identity)
  local entry = processId and self.waiting[processId]
  if not entry then return end
  local held <close> = spawn.find(pid)
  if not held or procfs.variable(pid, environment.identity) ~= processId then return end
  entry.isLeft = true
  held:signal(isShim(self, pid) and "CONT" or "KILL")
end

-- One walk does for all that wait when it begins.
local function conclude(self)
  for processId, entry in pairs(self.waiting) do
    if entry.isAwaited and not entry.isLeft then
      self.waiting[processId] = nil
      self.loop:after(0, function() if not self.closed then entry.done() end end)
    end
  end
  self.timer = nil
  self:schedule(interval)
end

local function walk(self, pids, first)
  for index = first, math.min(first + portion - 1, #pids) do inspect(self, pids[index]) end
  if first + portion > #pids then return conclude(self) end
  self.timer = self.loop:after(0, function() walk(self, pids, first + portion) end)
end

function Sweep:schedule(seconds)
  if self.timer or not next(self.waiting) then return end
  self.timer = self.loop:after(seconds, function()
    for _, entry in pairs(self.waiting) do entry.isAwaited, entry.isLeft = true, false end
    walk(self, procfs.all(), 1)
  end)
end

--- Sweep up a process.
-- @tparam string processId
-- @tparam function done called when nothing is left
function Sweep:add(processId, done)
  self.waiting[processId] = { done = done }
  self:schedule(0)
end

--- Sweep no more.
function Sweep:close()
  self.closed, self.waiting = true, {}
  if self.timer then self.timer:cancel() end
end

return sweep
