--- What the engine reports of processes, and the deadline that each has to start.
-- @module hathora.host.processes.watch

local report = require "hathora.host.machine.report"
local schema = require "hathora.schema"
local portText = require "hathora.host.engine.port"

local watch = {}

local Status = schema.enums.ProcessStatus

local retryInterval = 1

-- Seconds in which an engine that sees a process for the first time sees whether it is ready: a
-- Swarm is polled for its task, asked for its node, and its port is tried.
local grace = 10

--- Seconds since a process was created: by the clock that nobody sets if that was in this boot.
function watch.age(self, process)
  if process.createdUptime and process.bootId == self.bootId then
    return (self:uptime() - process.createdUptime) / 1000
  end
  return math.max(0, self:now() - process.createdAt) / 1000
end

local function failToStart(self, process)
  local port, app = portText.read(process.ports)[1], self.apps[process.appId]
  local pending = self.engine:pendingReason(process)
  self:halt(process, ("it had not bound its %s port %d after %g seconds"):format(port.transportType,
    portText.leading(port), app.startDeadline) .. (pending and ": " .. pending or ""))
end

--- Fail a process if it cannot be reached by its app's deadline.
-- @tparam table self the service
-- @tparam table process
-- @tparam[opt] boolean isAdopted an earlier host started it: it may be ready, though it is older
function watch.setDeadline(self, process, isAdopted)
  local app = self.apps[process.appId]
  if not app or process.startedAt or process.stoppingAt then return end
  local wasBlind
  local function onDeadline()
    if process.stoppingAt then return end
    -- Not to see that it is ready is no reason to end it, nor is to see again only just now.
    local isBlind = self.engine:cannotObserve(process)
    if not isBlind and not wasBlind then return failToStart(self, process) end
    wasBlind = isBlind
    process.deadline = self.loop:after(grace, onDeadline)
  end
  local left = app.startDeadline - watch.age(self, process)
  process.deadline = self.loop:after(isAdopted and math.max(grace, left) or left, onDeadline)
end

--- A process needs its deadline no more.
function watch.clearDeadline(process)
  if process.deadline then process.deadline:cancel() end
  process.deadline = nil
end

--- The engine: a process can be reached, now and on this machine unless `columns` say otherwise
-- (`startedAt`, Unix seconds; `host`; `node`).
function watch.onReady(self, processId, columns)
  local process = self.live.byId[processId]
  if not process or process.startedAt or process.stoppingAt or process.terminatedAt then return end
  columns = columns or {}
  watch.clearDeadline(process)
  self:set(process, {
    startedAt = columns.startedAt and math.floor(columns.startedAt * 1000) or self:now(),
    status = process.status == Status.Starting and Status.Running or nil,
    host = columns.host, node = columns.node,
  })
  self.events:emit("ready", process)
end

--- What may end a process: it was `stopped`, `finished` by itself, was not reached by its
-- `start_deadline`, could not be started or kept (`error`), ended with another `exit_status` than 0
-- or by a `signal`, or was `lost`: nobody saw how.
watch.causes = { "error", "exit_status", "finished", "lost", "signal", "start_deadline", "stopped" }

-- What ended a process, and why it failed, if it did.
local function judge(process, outcome)
  if outcome.lost then return "lost", process.reason or outcome.lost end
  if process.reason then return "start_deadline", process.reason end
  if process.stoppingAt then return "stopped" end
  if outcome.exitCode == 0 then return "finished" end
  if outcome.error then return "error", outcome.error end
  if outcome.exitCode then return "exit_status", "it exited with status " .. outcome.exitCode end
  if outcome.signal then return "signal", "it was ended by signal " .. outcome.signal end
  return "lost", "it ended while no host was watching"
end

--- Have the engine start what it prepared. If it fails to, that is the process's end, however far
-- it came.
function watch.start(self, process)
  local ok, problem = pcall(self.engine.start, self.engine, process)
  if ok then return end
  pcall(self.engine.stop, self.engine, process)
  pcall(self.engine.discard, self.engine, process)
  self:onEnd(process.processId, { at = self.time(),
    error = "it could not be started: " .. tostring(problem) })
end

local function beUnstarted(self, process)
  self:onEnd(process.processId, { at = self.time(), unstarted = true })
end

local function tryLater(self, process, problem)
  report(("process %s cannot be started yet"):format(process.processId), problem)
  self.loop:after(retryInterval, function()
    if not self.isClosed then beUnstarted(self, process) end
  end)
end

local function areSaved(process, columns)
  for name in pairs(columns) do
    if process.unsaved and process.unsaved[name] then return false end
  end
  return true
end

-- A process whose start was recorded but never carried out is started now: behind its gate, then
-- recorded, then opened, as at first. Until it can be, it is tried again; its deadline ends that.
local function carryOn(self, process, app)
  local ok, columns, problem = pcall(self.engine.prepare, self.engine, process, app)
  if not ok or not columns then return tryLater(self, process, ok and problem or columns) end
  self:set(process, columns)
  self.store:write(nil, function()
    local isSaved = areSaved(process, columns)
    if isSaved and not process.stoppingAt then return watch.start(self, process) end
    self.engine:discard(process)
    if process.stoppingAt then return beUnstarted(self, process) end
    tryLater(self, process, "the records cannot be written")
  end)
end

--- The engine: a process and all of its tree are gone.
function watch.onEnd(self, processId, outcome)
  local process = self.live.byId[processId]
  if not process or process.terminatedAt then return end
  local app = self.apps[process.appId]
  if outcome.unstarted and not process.stoppingAt then
    if app then return carryOn(self, process, app) end
    outcome.error = "its app is not configured"
  end
  watch.clearDeadline(process)
  local cause, reason = judge(process, outcome)
  self:set(process, {
    status = reason and Status.Failed or Status.Stopped, reason = reason,
    terminatedAt = math.floor(outcome.at * 1000), terminatedUptime = self:uptime(),
    terminatedBootId = self.bootId, exitCode = outcome.exitCode, signal = outcome.signal,
  })
  self.events:emit("ended", process, cause)
end

return watch
