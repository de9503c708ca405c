--- The engine that runs each process as a service of one task on a Docker Swarm, placed by the node
-- label `region`. The host stands on a manager.
--
-- A replicated service with restart condition none is never moved or started again by Swarm; a
-- job's container outlives its service there (moby#44312). The truth is Swarm's, as with
-- `hathora.host.engine.docker`; a manager reports no events of tasks, so they are polled once a
-- second. A process is running once its task is, and its port does not refuse.
-- @module hathora.host.engine.swarm

local states = require "hathora.host.engine.swarm.states"
local tracked = require "hathora.host.engine.docker.tracked"

local engine = {}

local Swarm = tracked.class(states)

local interval, tasksTimeout = 1, 10

--- Make the engine.
function engine.new(options)
  local self = tracked.new(Swarm, options, "swarm")
  self.nodes = {}
  return self
end

--- Where Swarm lists all services that a filter lets through.
function Swarm.list(_, filter) return "/services?" .. filter end

--- Where a process's service is.
function Swarm.pathOf(processId) return "/services/hathora-" .. processId end

-- What the states of a task that are not here mean: it is on the way to running.
local taskEvents = {
  running = "running", complete = "complete", failed = "failed", rejected = "failed",
  orphaned = "failed", shutdown = "shutdown", remove = "shutdown",
}

-- Of a process's tasks, the one made last decides.
local function newest(tasks)
  local found = {}
  for _, task in ipairs(tasks) do
    local processId = tracked.processIdOf(task.Spec.ContainerSpec.Labels)
    local other = found[processId]
    if not other or other.CreatedAt < task.CreatedAt then found[processId] = task end
  end
  return found
end

function Swarm:examine(entry, task)
  if not task then return self:dispatch(entry, "noTask") end
  if entry.row.stoppingAt and task.DesiredState == "running" then self:dispatch(entry, "stop") end
  self:dispatch(entry, taskEvents[task.Status.State] or "coming", task)
end

local function examineAll(self, tasks)
  local entries = {}
  for _, entry in pairs(self.held) do entries[#entries + 1] = entry end
  for _, entry in ipairs(entries) do self:examine(entry, tasks[entry.row.processId]) end
end

--- Look at all tasks in a while, as long as there is anything to see.
function Swarm:watch()
  if self.timer or self.closed or not next(self.held) then return end
  self.timer = self.loop:after(self.polled and interval or 0, function()
    if self.closed then return end
    self.polled = true
    self.api:ask("GET", "/tasks?" .. self:filter(), nil, function(status, answer)
      if self.closed then return end
      self.timer, self.unseen = nil, status ~= 200
      if status == 200 then examineAll(self, newest(answer)) end
      self:watch()
    end, tasksTimeout)
  end)
end

--- Take hold of what an earlier host started.
function Swarm:adopt(row)
  tracked.adopt(self, row)
  self:watch()
end

--- Its end is recorded: what is left of the service goes.
function Swarm:cleanUp(processId) self:cleanUpAt(self.pathOf(processId), processId) end

--- Why a process is not running yet.
-- @treturn ?string
function Swarm:pendingReason(row)
  local entry = self.held[row.processId]
  if not entry then return nil end
  return entry.state == "probing" and "nothing listens there yet" or entry.refusal or entry.reason
end

--- Can it not be seen who is ready?
function Swarm:cannotObserve() return self.unseen or tracked.cannotObserve(self) end

--- Let go of a process.
function Swarm:letGo(entry)
  if entry.probe then entry.probe:cancel() end
  tracked.letGo(self, entry)
end

return engine
