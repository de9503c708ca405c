--- The engine that runs each process as a service of one task on a Docker Swarm, placed by the node
-- label `region`. The host stands on a manager.
--
-- A replicated service with restart condition none is never moved or started again by Swarm; a
-- job's container outlives its service there (moby#44312). The truth is Swarm's, as with
-- `hathora.host.engine.docker`; a manager tells no events of tasks, so they are looked at once a
-- second. A process is running once its task is, and its port does not refuse.
-- @module hathora.host.engine.swarm

local description = require "hathora.host.engine.docker.describe"
local exit = require "hathora.host.engine.docker.exit"
local failpoint = require "hathora.host.failpoint"
local tracked = require "hathora.host.engine.docker.tracked"
local probe = require "hathora.host.engine.swarm.probe"
local portText = require "hathora.host.engine.port"
local time = require "hathora.time"

local engine = {}

local Swarm = tracked.class()

local interval, tasksTimeout, lastWords = 1, 10, 0.5
local kill = 9

--- Make the engine.
function engine.new(options)
  local self = tracked.new(Swarm, options, "swarm")
  self.nodes = {}
  return self
end

--- Where Swarm lists all services that a filter lets through.
function Swarm.list(_, filter) return "/services?" .. filter end

local function pathOf(processId) return "/services/hathora-" .. processId end

--- Start a process: its service is made, unless it is there.
function Swarm:start(row)
  local entry = self:hold(row)
  entry.isBeingMade = true
  self:beginLog(row.processId)
  local facts = { name = "hathora-" .. row.processId, labels = self:labelsOf(row),
    logBytes = self.logBytes }
  self:askUntilAnswered(row.processId, "POST", "/services/create",
    description.service(row, self.apps[row.appId], facts), function(status, answer)
      entry.isBeingMade = nil
      if status ~= 201 and status ~= 409 then
        return self:ended(row.processId, { error = self.message(answer) })
      end
      failpoint "containerMade"
      if entry.stopping then self:stop(row) end
      self:watch()
    end)
end

--- Take hold of what an earlier host started.
function Swarm:adopt(row)
  self:hold(row).isAdopted = true
  self:watch()
end

--- Look at all tasks in a while, as long as there is anything to see.
function Swarm:watch()
  if self.timer or self.closed or not next(self.held) then return end
  self.timer = self.loop:after(self.looked and interval or 0, function()
    self.timer, self.looked = nil, true
    self:examineAll()
  end)
end

-- Of a process' tasks the one made last tells.
local function newest(tasks)
  local found = {}
  for _, task in ipairs(tasks) do
    local processId = tracked.processIdOf(task.Spec.ContainerSpec.Labels)
    local other = found[processId]
    if not other or other.CreatedAt < task.CreatedAt then found[processId] = task end
  end
  return found
end

function Swarm:examineAll()
  self.api:ask("GET", "/tasks?" .. self:filter(), nil, function(status, answer)
    if self.closed then return end
    self.unseen = status ~= 200
    if status == 200 then
      local tasks, ids = newest(answer), {}
      for processId in pairs(self.held) do ids[#ids + 1] = processId end
      for _, processId in ipairs(ids) do
        if tasks[processId] then self:examine(processId, tasks[processId])
        else self:examineService(processId) end
      end
    end
    self:watch()
  end, tasksTimeout)
end

-- Without a task, the service tells: it is new, it was told to have none, or it is gone.
function Swarm:examineService(processId)
  if self.held[processId].isBeingMade then return end
  self:askUntilAnswered(processId, "GET", pathOf(processId), nil, function(status, answer)
    local entry = self.held[processId]
    if status == 404 then
      if not entry.seen and not entry.row.startedAt then
        if not self:believeMissing(processId, function() self:watch() end) then return end
        return self:ended(processId, { unstarted = true })
      end
      return self:ended(processId, { error = not entry.stopping and "its service is gone" or nil })
    end
    if answer.Spec.Mode.Replicated.Replicas == 0 then self:ended(processId, {})
    elseif entry.stopping then self:stop(entry.row) end
  end)
end

-- What a task's state means. One that is not here is on the way to running.
local states = {}

local function coming(self, processId, task)
  local reason = task.Status.Err
  if reason and reason ~= "" then self.held[processId].pendingReason = reason end
  self:judge(processId, task)
end

function states.running(self, processId, task)
  local entry = self.held[processId]
  if not entry.log then self:followLog(processId, pathOf(processId), function() end) end
  if task.DesiredState == "running" and not entry.row.startedAt and not entry.ready then
    entry.ready = true
    entry.startedAt = time(task.Status.Timestamp)
    self:findNode(processId, task.NodeID)
  end
  self:judge(processId, task)
end

-- When a task is to end, its node sees to that, and it will show; unless Swarm has given the node
-- up: there the task goes on until the node is back, and is ended then.
function Swarm:judge(processId, task)
  local nodeId = task.NodeID
  if task.DesiredState == "running" or not nodeId then return end
  self:askUntilAnswered(processId, "GET", "/nodes/" .. nodeId, nil, function(status, node)
    if status == 200 and node.Status.State ~= "down" then return end
    self:finish(processId, { lost = ("its node %s does not answer; there it may go on until the "
      .. "node is back"):format(self.nodes[nodeId] or nodeId) })
  end)
end

local function failed(self, processId, task)
  local status = task.Status
  local exitCode = status.ContainerStatus and status.ContainerStatus.ExitCode or 0
  local outcome = exitCode > 0 and exit(exitCode)
    or { error = status.Err ~= "" and status.Err or nil }
  -- A Swarm does not tell whose signal it was.
  local app = self.apps[self.held[processId].row.appId]
  if outcome.signal == kill and app and app.memoryMB then
    outcome = { error = "it was ended by signal 9, as is what runs out of memory" }
  end
  self:finish(processId, outcome)
end

states.failed, states.rejected, states.orphaned = failed, failed, failed

function states.complete(self, processId) self:finish(processId, { exitCode = 0 }) end

function states.shutdown(self, processId)
  local entry = self.held[processId]
  local asked = entry.stopping or entry.row.stoppingAt
  self:finish(processId, { error = not asked and "Swarm shut it down" or nil })
end

states.remove = states.shutdown

function Swarm:examine(processId, task)
  local entry = self.held[processId]
  entry.seen = true
  if entry.stopping and task.DesiredState == "running" then self:stop(entry.row) end
  local act = states[task.Status.State] or coming
  act(self, processId, task)
end

-- Its end, once what it wrote last has come.
function Swarm:finish(processId, outcome)
  local entry = self.held[processId]
  if entry.finishing then return end
  entry.finishing = true
  if not entry.log then self:followLog(processId, pathOf(processId), function() end) end
  self.loop:after(lastWords, function()
    if self.held[processId] == entry and not self.closed then self:ended(processId, outcome) end
  end)
end

-- Where a process' task is: players come to its node's label `address`, or to the node's own.
function Swarm:findNode(processId, nodeId)
  local entry = self.held[processId]
  self:askUntilAnswered(processId, "GET", "/nodes/" .. nodeId, nil, function(status, node)
    if status ~= 200 then
      entry.ready = false
      return
    end
    self.nodes[nodeId] = node.Description.Hostname
    self:awaitPort(processId, node)
  end)
end

-- When an earlier host's was reached first is not known: its task's start comes nearest.
function Swarm:awaitPort(processId, node)
  local entry = self.held[processId]
  local port = portText.read(entry.row.ports)[1]
  entry.pendingReason = "nothing listens there yet"
  entry.probe = probe { loop = self.loop, protocol = portText.protocol(port),
    address = node.Status.Addr, port = port.port, onReached = function()
      entry.pendingReason = nil
      self.onReady(processId, { node = node.Description.Hostname,
        host = (node.Spec.Labels or {}).address or node.Status.Addr,
        startedAt = entry.isAdopted and entry.startedAt or nil })
    end }
end

-- JSON read here does not tell an empty list from an empty object, and Docker takes neither for the
-- other; left out, both mean the same.
local function prune(value)
  for key, element in pairs(value) do
    if type(element) == "table" then
      prune(element)
      if not next(element) then value[key] = nil end
    end
  end
  return value
end

--- Stop a process: its service is told to have no task, and is gone once that has ended. It is told
-- again at each look until its task is to end: refused when someone else has just changed the
-- service, and a Swarm that is just placing the task forgets what it took ("failed to update task
-- to REMOVE: update out of sequence" in Docker's log).
function Swarm:stop(row)
  local processId = row.processId
  local entry = self.held[processId]
  if not entry then
    self.loop:after(0, function() self:ended(processId, { unstarted = true }) end)
    return
  end
  entry.stopping = true
  self:askUntilAnswered(processId, "GET", pathOf(processId), nil, function(status, service)
    if status ~= 200 then return self:watch() end
    service.Spec.Mode.Replicated.Replicas = 0
    self.api:ask("POST", ("%s/update?version=%d"):format(pathOf(processId), service.Version.Index),
      prune(service.Spec), function() self:watch() end)
  end)
end

--- Its end is recorded: what is left of the service goes.
function Swarm:cleanUp(processId)
  self:endLog(processId)
  self:remove(pathOf(processId))
end

--- Can it not be seen who is ready?
function Swarm:cannotObserve() return self.unseen or tracked.cannotObserve(self) end

return engine
