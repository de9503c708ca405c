--- What is to be done about a container when something happens, by its state:
--
--     creating    its container is asked for
--     fetching    its image is; then the container again
--     fetched     its container is asked for, and the image must be there
--     inspecting  it is inspected: how far its container is
--     adopted     the same, of what an earlier host began
--     doubted     there was nothing, and it is to be stopped: it is inspected once more
--     starting    its container is being started
--     running     it runs
--     quiet       it runs, and has written all that it will
--     finishing   it is over, and its last words are still to come
--
-- @module hathora.host.engine.docker.states

local describe = require "hathora.host.engine.docker.describe"
local exit = require "hathora.host.engine.docker.exit"
local failpoint = require "hathora.host.failpoint"
local fetchImage = require "hathora.host.engine.docker.pull"
local portText = require "hathora.host.engine.port"
local time = require "hathora.time"

local retryInterval = 1

local function ask(self, entry, method, rest, body, callback, seconds)
  local path = self.pathOf(entry.row.processId) .. rest
  self:askUntilAnswered(entry, method, path, body, callback, seconds)
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

local function inspect(self, entry)
  ask(self, entry, "GET", "/json", nil, function(status, answer)
    if status == 404 then return self:dispatch(entry, "missing") end
    local container = answer.State
    local event = container.Status == "created" and "made" or container.Running and "running"
      or "over"
    self:dispatch(entry, event, container)
  end)
end

local function lookLater(self, entry)
  self:after(entry, retryInterval, function() inspect(self, entry) end)
end

local function create(self, entry)
  local row = entry.row
  local options = { labels = self:labelsOf(row), logBytes = self.logBytes,
    hostname = self.hostname }
  self:askUntilAnswered(entry, "POST", "/containers/create?name=hathora-" .. row.processId,
    describe.container(row, self.apps[row.appId], options), function(status, answer)
      if status == 404 then return self:dispatch(entry, "noImage", answer) end
      if status ~= 201 and status ~= 409 then return fail(self, entry, answer) end
      failpoint "containerMade"
      self:enter(entry, "inspecting")
    end)
end

local function fetch(self, entry)
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
  self:enter(entry, "fetched")
end

local function made(self, entry)
  if entry.row.stoppingAt then return unstarted(self, entry) end
  self:enter(entry, "starting")
end

local function run(self, entry)
  ask(self, entry, "POST", "/start", nil, function(status, answer)
    if status == 204 or status == 304 then return self:enter(entry, "inspecting") end
    fail(self, entry, answer)
  end)
end

-- Its log may be there of an earlier host, or of when it was seen to run.
local function missing(self, entry)
  if entry.row.startedAt or entry.log then
    return finish(self, entry, { error = "its container is gone" })
  end
  self:doubt(entry)
end

local function keepLog(self, entry)
  self:followLog(entry, self.pathOf(entry.row.processId), function()
    self:dispatch(entry, "logged")
  end)
end

-- Docker ends all of the container, after the app's grace.
local function stop(self, entry)
  local app = self.apps[entry.row.appId]
  self.readiness:remove(entry.row.processId)
  ask(self, entry, "POST", "/stop?t=" .. (app and math.ceil(app.stopGrace) or 10), nil,
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
  ask(self, entry, "POST", "/wait", nil, function() inspect(self, entry) end, math.huge)
end

local function attend(self, entry, container)
  keepLog(self, entry)
  watch(self, entry, container)
end

local function running(self, entry, container) self:enter(entry, "running", container) end

-- When its port was reached first is not known: its container's start comes nearest.
local function adoptRunning(self, entry, container)
  entry.startedAt = time(container.StartedAt)
  running(self, entry, container)
end

local function logged(self, entry) self:enter(entry, "quiet") end

local function over(self, entry, container)
  entry.outcome = outcomeOf(container)
  self:enter(entry, "finishing")
end

-- A Docker that was begun anew meanwhile may have had more to give.
local function overUnseen(self, entry, container)
  over(self, entry, container)
  keepLog(self, entry)
end

local function conclude(self, entry) finish(self, entry, entry.outcome) end

local function refused(self, entry) self:enter(entry, "inspecting") end

-- Never from within `stop`.
local function stopFetching(self, entry)
  self:after(entry, 0, function() unstarted(self, entry) end)
end

return {
  creating = { enter = create, refused = refused,
    noImage = function(self, entry) self:enter(entry, "fetching") end },
  fetching = { enter = fetch, fetched = fetched, stop = stopFetching },
  fetched = { enter = create, refused = refused, noImage = fail },
  inspecting = { enter = inspect, missing = missing, made = made, running = running,
    over = overUnseen },
  adopted = { enter = inspect, missing = missing, made = made, running = adoptRunning,
    over = overUnseen },
  doubted = { enter = lookLater, missing = unstarted, made = made, running = running,
    over = overUnseen },
  starting = { enter = run, refused = refused },
  running = { enter = attend, missing = missing, running = watch, over = over, logged = logged,
    stop = stop },
  quiet = { missing = missing, running = running, over = overUnseen, stop = stop },
  finishing = { logged = conclude },
}
