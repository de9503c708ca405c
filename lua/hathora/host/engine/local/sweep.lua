--- Ends what is left of processes whose shim was killed: whatever has their identity in its
-- environment. Where half of the shim is left, that does it better, and is waited for.
-- @module hathora.host.engine.local.sweep

local environment = require "hathora.host.engine.environment"
local lfs = require "lfs"
local loops = require "hathora.host.machine.loop"
local procfs = require "hathora.host.machine.procfs"
local spawn = require "hathora.host.spawn"

local sweep = {}

-- Seconds between two sweeps, and that one turn of the loop may spend inspecting the machine's
-- processes: what one has in its environment is megabytes at the most.
local interval, portion = 0.1, 0.005

local Sweep = {}
Sweep.__index = Sweep

local function fileOf(path)
  local found = lfs.attributes(path)
  return found and ("%d:%d"):format(found.dev, found.ino)
end

--- What names the file that a process runs, even when there is another at its path since.
function sweep.program(pid) return fileOf(("/proc/%d/exe"):format(pid)) end

--- Make one.
-- @param loop
-- @tparam string shim its program
function sweep.new(loop, shim)
  return setmetatable({ loop = loop, shim = fileOf(shim), waiting = {} }, Sweep)
end

-- Held before it is inspected: by then the number may be another's.
local function inspect(self, pid)
  local processId = procfs.variable(pid, environment.identity)
  local entry = processId and self.waiting[processId]
  if not entry then return end
  entry.isLeft = true
  local held <close> = spawn.find(pid)
  if not held or procfs.variable(pid, environment.identity) ~= processId then return end
  held:signal(sweep.program(pid) == (entry.shim or self.shim) and "CONT" or "KILL")
end

-- One walk does for all that wait when it begins.
local function conclude(self)
  for processId, entry in pairs(self.waiting) do
    if entry.isAwaited and not entry.isLeft then
      self.waiting[processId] = nil
      self.loop:after(0, function() if not self.closed then entry.done() end end)
    end
  end
end

-- Whoever cannot read an environment of their own, as when too many files are open, sees nobody's:
-- the walk is in vain then.
local function walk(self, pids, index)
  local ends = loops.now() + portion
  repeat
    inspect(self, pids[index])
    index = index + 1
  until index > #pids or loops.now() > ends
  if not select(2, procfs.variable("self", environment.identity)) then return end
  if index > #pids then return conclude(self) end
  self:after(0, function() walk(self, pids, index) end)
end

local function begin(self)
  for _, entry in pairs(self.waiting) do entry.isAwaited, entry.isLeft = true, false end
  local pids = procfs.all()
  if pids then walk(self, pids, 1) end
end

-- Whatever fails in a step, another walk follows for those that still wait.
function Sweep:after(seconds, step)
  self.timer = self.loop:after(seconds, function()
    self.timer = nil
    loops.guarded(step)
    self:schedule(interval)
  end)
end

function Sweep:schedule(seconds)
  if self.timer or not next(self.waiting) then return end
  self:after(seconds, function() begin(self) end)
end

--- Sweep up a process.
-- @tparam string processId
-- @tparam function done called when nothing is left
-- @tparam[opt] string shim what `program` said of its shim
function Sweep:add(processId, done, shim)
  self.waiting[processId] = { done = done, shim = shim }
  self:schedule(0)
end

--- Sweep no more.
function Sweep:close()
  self.closed, self.waiting = true, {}
  if self.timer then self.timer:cancel() end
end

return sweep
