--- The engine that runs each process as a service of one task on a Docker Swarm, placed by the node
-- label `region`. The host stands on a manager.
--
-- A replicated service with restart condition none is never moved or started again by Swarm; a
-- job's container outlives its service there (moby#44312). The truth is Swarm's, as with
-- `hathora.host.engine.docker`; a manager tells no events of tasks, so they are looked at once a
-- second. A process is running once its task is, and its port does not refuse. What is done when a
-- look shows something depends on the process's state:
--
--     creating    its service is asked for
--     placing     its service is there, and no task was seen yet
--     adopted     the same, of what an earlier host began
--     doubted     there was nothing, and it is to be stopped: it is looked at once more
--     coming      its task is on the way to running, or runs
--     locating    its task runs, and its node is asked for its address
--     probing     its port is asked there until something may listen
--     ready       players were told where it is
--     finishing   it is over, and its last words are awaited
-- @module hathora.host.engine.swarm

local describe = require "hathora.host.engine.docker.describe"
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

-- A service is told to have no task, and is gone once that has ended. It is told again at each look
-- until its task is to end: refused when someone else has just changed the service, and a Swarm
-- that is just placing the task forgets what it took ("failed to update task to REMOVE: update out
-- of sequence" in Docker's log).
local function tellToStop(self, entry)
  local path = pathOf(entry.row.processId)
  self:askUntilAnswered(entry, "GET", path, nil, function(status, service)
    if status ~= 200 then return self:watch() end
    service.Spec.Mode.Replicated.Replicas = 0
    self.api:ask("POST", ("%s/update?version=%d"):format(path, service.Version.Index),
      prune(service.Spec), function() self:watch() end)
  end)
end

local function keepLog(self, entry)
  self:followLog(entry, pathOf(entry.row.processId), function() end)
end

-- Its end, once what it wrote last has come.
local function finish(self, entry, outcome)
  entry.state = "finishing"
  if entry.probe then entry.probe:cancel() end
  if not entry.log then keepLog(self, entry) end
  self:after(entry, lastWords, function() self:ended(entry, outcome) end)
end

-- When a task is to end, its node sees to that, and it will show; unless Swarm has given the node
-- up: there the task goes on until the node is back, and is ended then.
local function judge(self, entry, task)
  local nodeId = task.NodeID
  if task.DesiredState == "running" or not nodeId then return end
  self:askUntilAnswered(entry, "GET", "/nodes/" .. nodeId, nil, function(status, node)
    if entry.state == "finishing" or status == 200 and node.Status.State ~= "down" then return end
    finish(self, entry, { lost = ("its node %s does not answer; there it may go on until the "
      .. "node is back"):format(self.nodes[nodeId] or nodeId) })
  end)
end

local function coming(self, entry, task)
  if (task.Status.Err or "") ~= "" then entry.reason = task.Status.Err end
  judge(self, entry, task)
end

local function appear(self, entry, task)
  entry.state = "coming"
  coming(self, entry, task)
end

local function watchRunning(self, entry, task)
  if not entry.log then keepLog(self, entry) end
  judge(self, entry, task)
end

-- Players come to its node's label `address`, or to the node's own.
local function awaitPort(self, entry, node)
  local port = portText.read(entry.row.ports)[1]
  entry.state = "probing"
  entry.probe = probe { loop = self.loop, protocol = portText.protocol(port),
    address = node.Status.Addr, port = port.port, onReached = function()
      entry.state = "ready"
      self.onReady(entry.row.processId, { node = node.Description.Hostname,
        host = (node.Spec.Labels or {}).address or node.Status.Addr, startedAt = entry.startedAt })
    end }
end

local function locate(self, entry, nodeId)
  entry.state = "locating"
  self:askUntilAnswered(entry, "GET", "/nodes/" .. nodeId, nil, function(status, node)
    if entry.state ~= "locating" then return end
    if status ~= 200 then
      entry.state = "coming"
      return
    end
    self.nodes[nodeId] = node.Description.Hostname
    awaitPort(self, entry, node)
  end)
end

local function running(self, entry, task)
  entry.state = "coming"
  if task.DesiredState == "running" and not entry.row.startedAt then
    locate(self, entry, task.NodeID)
  end
  watchRunning(self, entry, task)
end

-- When its port was reached first is not known: its task's start comes nearest.
local function adoptRunning(self, entry, task)
  entry.startedAt = time(task.Status.Timestamp)
  running(self, entry, task)
end

local function complete(self, entry) finish(self, entry, { exitCode = 0 }) end

local function failed(self, entry, task)
  local status = task.Status
  local exitCode = status.ContainerStatus and status.ContainerStatus.ExitCode or 0
  local outcome = exitCode > 0 and exit(exitCode)
    or { error = status.Err ~= "" and status.Err or nil }
  -- A Swarm does not tell whose signal it was.
  local app = self.apps[entry.row.appId]
  if outcome.signal == kill and app and app.memoryMB then
    outcome = { error = "it was ended by signal 9, as is what runs out of memory" }
  end
  finish(self, entry, outcome)
end

local function shutdown(self, entry)
  finish(self, entry, { error = not entry.row.stoppingAt and "Swarm shut it down" or nil })
end

local function gone(self, entry)
  self:ended(entry, { error = not entry.row.stoppingAt and "its service is gone" or nil })
end

local function missing(self, entry)
  if entry.row.startedAt then return gone(self, entry) end
  self:doubt(entry, function() self:watch() end)
end

local function neverWas(self, entry) self:ended(entry, { unstarted = true }) end

-- What the states of a task that are not here mean: it is on the way to running.
local taskEvents = {
  running = "running", complete = "complete", failed = "failed", rejected = "failed",
  orphaned = "failed", shutdown = "shutdown", remove = "shutdown",
}

-- Without a task, the service tells: it is new, it was told to have none, or it is gone.
local function lookAtService(self, entry)
  self:askUntilAnswered(entry, "GET", pathOf(entry.row.processId), nil, function(status, service)
    if status == 404 then return self:dispatch(entry, "missing") end
    if service.Spec.Mode.Replicated.Replicas == 0 then return self:dispatch(entry, "emptied") end
    if entry.row.stoppingAt then self:dispatch(entry, "stop") end
  end)
end

local function emptied(self, entry) self:ended(entry, {}) end

-- What most states do, and some otherwise.
local usual = {
  coming = coming, running = watchRunning, complete = complete, failed = failed,
  shutdown = shutdown, noTask = lookAtService, missing = gone, emptied = emptied, stop = tellToStop,
}

local function but(changes) return setmetatable(changes, { __index = usual }) end

Swarm.states = {
  creating = {},
  placing = but { coming = appear, running = running, missing = missing },
  adopted = but { coming = appear, running = adoptRunning, missing = missing },
  doubted = but { coming = appear, running = running, missing = neverWas },
  coming = but { running = running },
  locating = usual, probing = usual, ready = usual,
  finishing = {},
}

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
  self.timer = self.loop:after(self.looked and interval or 0, function()
    if self.closed then return end
    self.looked = true
    self.api:ask("GET", "/tasks?" .. self:filter(), nil, function(status, answer)
      if self.closed then return end
      self.timer, self.unseen = nil, status ~= 200
      if status == 200 then examineAll(self, newest(answer)) end
      self:watch()
    end, tasksTimeout)
  end)
end

--- Start a process: its service is made, unless it is there.
function Swarm:start(row)
  self:beginLog(row.processId)
  local entry = self:hold(row, "creating")
  local facts = { name = "hathora-" .. row.processId, labels = self:labelsOf(row),
    logBytes = self.logBytes }
  self:askUntilAnswered(entry, "POST", "/services/create",
    describe.service(row, self.apps[row.appId], facts), function(status, answer)
      if status ~= 201 and status ~= 409 then
        return self:ended(entry, { error = self.message(answer) })
      end
      failpoint "containerMade"
      entry.state = "placing"
      if row.stoppingAt then tellToStop(self, entry) end
      self:watch()
    end)
end

--- Take hold of what an earlier host started.
function Swarm:adopt(row)
  self:hold(row, "adopted")
  self:watch()
end

--- Stop a process. One whose service is being made is told so when that is there.
function Swarm:stop(row)
  local entry = self.held[row.processId]
  if not entry then return self:endUnstarted(row) end
  self:dispatch(entry, "stop")
end

--- Its end is recorded: what is left of the service goes.
function Swarm:cleanUp(processId) self:cleanUpAt(pathOf(processId), processId) end

--- Why a process is not running yet.
-- @treturn ?string
function Swarm:pendingReason(row)
  local entry = self.held[row.processId]
  if not entry then return nil end
  return entry.state == "probing" and "nothing listens there yet" or entry.reason
end

--- Can it not be seen who is ready?
function Swarm:cannotObserve() return self.unseen or tracked.cannotObserve(self) end

--- Let go of a process.
function Swarm:letGo(entry)
  if entry.probe then entry.probe:cancel() end
  tracked.letGo(self, entry)
end

return engine
