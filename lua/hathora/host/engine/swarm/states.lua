--- What is to be done about a service when a poll shows something, by its process's state:
--
--     creating    its service is asked for
--     placing     its service is there, and no task was seen yet
--     adopted     the same, of what an earlier host began
--     doubted     there was nothing, and it is to be stopped: it is polled once more
--     coming      its task is on the way to running, or runs
--     locating    its task runs, and its node is asked for its address
--     probing     its port is asked there until something may listen
--     ready       players know where it is
--     finishing   it is over, and its last words are awaited
-- @module hathora.host.engine.swarm.states

local describe = require "hathora.host.engine.docker.describe"
local exit = require "hathora.host.engine.docker.exit"
local failpoint = require "hathora.host.failpoint"
local portText = require "hathora.host.engine.port"
local probe = require "hathora.host.engine.swarm.probe"
local time = require "hathora.time"

local lastWords = 0.5
local kill = 9

-- JSON read here does not distinguish an empty list from an empty object, and Docker does not
-- accept one for the other; left out, both mean the same.
local function prune(value)
  for key, element in pairs(value) do
    if type(element) == "table" then
      prune(element)
      if not next(element) then value[key] = nil end
    end
  end
  return value
end

-- A service is scaled to no task, and is gone once that has ended. It is scaled again at each poll
-- until its task is to end: refused when someone else has just changed the service, and a Swarm
-- that is just placing the task forgets what it took ("failed to update task to REMOVE: update out
-- of sequence" in Docker's log).
local function tellToStop(self, entry)
  local path = self.pathOf(entry.row.processId)
  self:askUntilAnswered(entry, "GET", path, nil, function(status, service)
    if status ~= 200 then return self:watch() end
    service.Spec.Mode.Replicated.Replicas = 0
    self.api:ask("POST", ("%s/update?version=%d"):format(path, service.Version.Index),
      prune(service.Spec), function() self:watch() end)
  end)
end

local function create(self, entry)
  local row = entry.row
  local options = { name = "hathora-" .. row.processId, labels = self:labelsOf(row),
    logBytes = self.logBytes }
  self:askUntilAnswered(entry, "POST", "/services/create",
    describe.service(row, self.apps[row.appId], options), function(status, answer)
      if status ~= 201 and status ~= 409 then
        return self:ended(entry, { error = self.message(answer) })
      end
      failpoint "containerMade"
      self:enter(entry, "placing")
      if row.stoppingAt then self:dispatch(entry, "stop") end
      self:watch()
    end)
end

local function keepLog(self, entry)
  self:followLog(entry, self.pathOf(entry.row.processId), function() end)
end

-- Its end, once what it wrote last has come.
local function finish(self, entry, outcome)
  self:enter(entry, "finishing")
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
    finish(self, entry, { lost = ("its node %s does not answer; it may continue there until the "
      .. "node is back"):format(self.nodes[nodeId] or nodeId) })
  end)
end

local function coming(self, entry, task)
  if (task.Status.Err or "") ~= "" then entry.reason = task.Status.Err end
  judge(self, entry, task)
end

local function appear(self, entry, task)
  self:enter(entry, "coming")
  coming(self, entry, task)
end

local function watchRunning(self, entry, task)
  if not entry.log then keepLog(self, entry) end
  judge(self, entry, task)
end

-- Players come to its node's label `address`, or to the node's own.
local function awaitPort(self, entry, node)
  local port = portText.read(entry.row.ports)[1]
  entry.probe = probe { loop = self.loop, protocol = portText.protocol(port),
    address = node.Status.Addr, port = port.port, onReached = function()
      self:enter(entry, "ready")
      self.onReady(entry.row.processId, { node = node.Description.Hostname,
        host = (node.Spec.Labels or {}).address or node.Status.Addr, startedAt = entry.startedAt })
    end }
end

local function locate(self, entry, nodeId)
  self:askUntilAnswered(entry, "GET", "/nodes/" .. nodeId, nil, function(status, node)
    if entry.state ~= "locating" then return end
    if status ~= 200 then return self:enter(entry, "coming") end
    self.nodes[nodeId] = node.Description.Hostname
    self:enter(entry, "probing", node)
  end)
end

local function running(self, entry, task)
  self:enter(entry, "coming")
  if task.DesiredState == "running" and not entry.row.startedAt then
    self:enter(entry, "locating", task.NodeID)
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
  -- A Swarm does not report whose signal it was.
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
  self:doubt(entry)
end

local function neverWas(self, entry) self:ended(entry, { unstarted = true }) end

-- Without a task, the service decides: it is new, it was scaled to none, or it is gone.
local function lookAtService(self, entry)
  local path = self.pathOf(entry.row.processId)
  self:askUntilAnswered(entry, "GET", path, nil, function(status, service)
    if status == 404 then return self:dispatch(entry, "missing") end
    if service.Spec.Mode.Replicated.Replicas == 0 then return self:dispatch(entry, "emptied") end
    if entry.row.stoppingAt then self:dispatch(entry, "stop") end
  end)
end

local function refused(self, entry)
  self:enter(entry, "doubted")
  self:watch()
end

local function emptied(self, entry) self:ended(entry, {}) end

-- What most states do, and some otherwise.
local common = {
  coming = coming, running = watchRunning, complete = complete, failed = failed,
  shutdown = shutdown, noTask = lookAtService, missing = gone, emptied = emptied, stop = tellToStop,
}

local function but(changes) return setmetatable(changes, { __index = common }) end

return {
  creating = { enter = create, refused = refused },
  placing = but { coming = appear, running = running, missing = missing },
  adopted = but { coming = appear, running = adoptRunning, missing = missing },
  doubted = but { coming = appear, running = running, missing = neverWas },
  coming = but { running = running },
  locating = but { enter = locate }, probing = but { enter = awaitPort }, ready = common,
  finishing = {},
}
