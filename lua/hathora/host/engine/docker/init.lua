--- The engine that runs each process as a container of this machine's Docker.
--
-- The truth is Docker's: a container's name comes from the process' id, so that a create that is
-- repeated is one container, and its labels tell what the records would, so that it is found again
-- when those are lost. What is to be done when something happens depends on a process's state:
--
--     creating    its container is asked for
--     fetching    its image is; then the container again
--     fetched     its container is asked for, and the image must be there
--     looking     it is looked at, how far its container is
--     adopted     the same, of what an earlier host began
--     doubted     there was nothing, and it is to be stopped: it is looked at once more
--     starting    its container is told to run
--     running     it runs
--     quiet       it runs, and has written all that it will
--     finishing   it is over, and its last words are still to come
--
-- @module hathora.host.engine.docker

local describe = require "hathora.host.engine.docker.describe"
local exit = require "hathora.host.engine.docker.exit"
local failpoint = require "hathora.host.failpoint"
local fetchImage = require "hathora.host.engine.docker.pull"
local tracked = require "hathora.host.engine.docker.tracked"
local portText = require "hathora.host.engine.port"
local readiness = require "hathora.host.engine.local.readiness"
local time = require "hathora.time"

local engine = {}

local Docker = tracked.class()

--- Make the engine.
function engine.new(options)
  local self = tracked.new(Docker, options, "docker")
  self.readiness = readiness.new(self.loop, function(processId)
    self.onReady(processId, { startedAt = self.held[processId].startedAt })
  end)
  return self
end

--- Where Docker lists all containers that a filter lets through.
function Docker.list(_, filter) return "/containers/json?all=1&" .. filter end

local function pathOf(processId) return "/containers/hathora-" .. processId end

function Docker:ask(entry, method, rest, body, callback, seconds)
  self:askUntilAnswered(entry, method, pathOf(entry.row.processId) .. rest, body, callback, seconds)
end

-- How a container that is not running any more ended, in an engine's words.
local function outcomeOf(state)
  local at = time(state.FinishedAt)
  local outcome
  if state.OOMKilled then outcome = { error = "it ran out of memory" }
  elseif state.Error and state.Error ~= "" then outcome = { error = state.Error }
  else outcome = exit(state.ExitCode) end
  -- "0001-01-01T00:00:00Z" is Docker's word for never.
  outcome.at = at and at > 0 and at or nil
  return outcome
end

local function finish(self, entry, outcome)
  self.readiness:remove(entry.row.processId)
  self:ended(entry, outcome)
end

local function unstarted(self, entry) finish(self, entry, { unstarted = true }) end

local function fail(self, entry, answer) finish(self, entry, { error = self.message(answer) }) end

local function look(self, entry)
  self:ask(entry, "GET", "/json", nil, function(status, answer)
    if status == 404 then return self:dispatch(entry, "missing") end
    local container = answer.State
    local event = container.Status == "created" and "made" or container.Running and "running"
      or "over"
    self:dispatch(entry, event, container)
  end)
end

local function lookAgain(self, entry)
  entry.state = "looking"
  look(self, entry)
end

local function create(self, entry)
  local row = entry.row
  local facts = { labels = self:labelsOf(row), logBytes = self.logBytes, hostname = self.hostname }
  self:askUntilAnswered(entry, "POST", "/containers/create?name=hathora-" .. row.processId,
    describe.container(row, self.apps[row.appId], facts), function(status, answer)
      if status == 404 then return self:dispatch(entry, "noImage", answer) end
      if status ~= 201 and status ~= 409 then return fail(self, entry, answer) end
      failpoint "containerMade"
      lookAgain(self, entry)
    end)
end

local function fetch(self, entry)
  entry.state = "fetching"
  local image = self.apps[entry.row.appId].image
  fetchImage(self.api, image, function(problem)
    if self:holds(entry) then self:dispatch(entry, "fetched", image, problem) end
  end)
end

local function fetched(self, entry, image, problem)
  if problem then
    return finish(self, entry, { error = ("its image %s is not there and cannot be fetched: %s")
      :format(image, problem) })
  end
  entry.state = "fetched"
  create(self, entry)
end

local function run(self, entry)
  if entry.row.stoppingAt then return unstarted(self, entry) end
  entry.state = "starting"
  self:ask(entry, "POST", "/start", nil, function(status, answer)
    if status == 204 or status == 304 then return lookAgain(self, entry) end
    fail(self, entry, answer)
  end)
end

-- Its log may be there of an earlier host, or of when it was seen to run.
local function missing(self, entry)
  if entry.row.startedAt or entry.log then
    return finish(self, entry, { error = "its container is gone" })
  end
  self:doubt(entry, function() look(self, entry) end)
end

local function keepLog(self, entry)
  self:followLog(entry, pathOf(entry.row.processId), function() self:dispatch(entry, "logged") end)
end

-- Docker ends all of the container, after the app's grace.
local function stop(self, entry)
  local app = self.apps[entry.row.appId]
  self.readiness:remove(entry.row.processId)
  self:ask(entry, "POST", "/stop?t=" .. (app and math.ceil(app.stopGrace) or 10), nil,
    function() end, math.huge)
end

local function awaitReady(self, entry, container)
  local row = entry.row
  local port, app = portText.read(row.ports)[1], self.apps[row.appId]
  self.readiness:add(row.processId, { pid = container.Pid, port = portText.inside(port, app),
    transportType = port.transportType, isApart = app ~= nil and app.containerPort ~= nil })
end

local function watch(self, entry, container)
  if entry.row.stoppingAt then
    stop(self, entry)
  elseif not entry.row.startedAt then
    awaitReady(self, entry, container)
  end
  self:ask(entry, "POST", "/wait", nil, function() look(self, entry) end, math.huge)
end

local function running(self, entry, container)
  entry.state = "running"
  keepLog(self, entry)
  watch(self, entry, container)
end

-- When its port was reached first is not known: its container's start comes nearest.
local function adoptRunning(self, entry, container)
  entry.startedAt = time(container.StartedAt)
  running(self, entry, container)
end

local function logged(_, entry) entry.state = "quiet" end

local function over(_, entry, container)
  entry.state, entry.outcome = "finishing", outcomeOf(container)
end

local function overUnseen(self, entry, container)
  over(self, entry, container)
  keepLog(self, entry)
end

local function overQuietly(self, entry, container) finish(self, entry, outcomeOf(container)) end

-- Never from within `stop`.
local function stopFetching(self, entry)
  self:after(entry, 0, function() unstarted(self, entry) end)
end

Docker.states = {
  creating = { noImage = fetch },
  fetching = { fetched = fetched, stop = stopFetching },
  fetched = { noImage = fail },
  looking = { missing = missing, made = run, running = running, over = overUnseen },
  adopted = { missing = missing, made = run, running = adoptRunning, over = overUnseen },
  doubted = { missing = unstarted, made = run, running = running, over = overUnseen },
  starting = {},
  running = { missing = missing, running = watch, over = over, logged = logged, stop = stop },
  quiet = { missing = missing, running = running, over = overQuietly, stop = stop },
  finishing = { logged = function(self, entry) finish(self, entry, entry.outcome) end },
}

--- Start a process: its container is made, unless it is there, and run.
function Docker:start(row)
  self:beginLog(row.processId)
  create(self, self:hold(row, "creating"))
end

--- Take hold of what an earlier host started.
function Docker:adopt(row) look(self, self:hold(row, "adopted")) end

--- Stop a process. Where nothing is to be done now, the next look sees that it is to be stopped.
function Docker:stop(row)
  local entry = self.held[row.processId]
  if not entry then return self:endUnstarted(row) end
  self:dispatch(entry, "stop")
end

--- Its end is recorded: what is left of the container goes.
function Docker:cleanUp(processId)
  self:cleanUpAt(pathOf(processId) .. "?force=1&v=1", processId)
end

--- Why a process is not running yet.
-- @treturn ?string
function Docker:pendingReason(row)
  local entry = self.held[row.processId]
  return entry and entry.state == "fetching" and "its image is being fetched" or nil
end

--- Can it not be seen who is ready?
function Docker:cannotObserve()
  return self.readiness:cannotObserve() or tracked.cannotObserve(self)
end

--- Let go of every process.
function Docker:close()
  self.readiness:close()
  tracked.close(self)
end

return engine
