--- The engine that runs each process as a container of this machine's Docker.
--
-- The truth is Docker's: a container's name comes from the process' id, so that a create that is
-- repeated is one container, and its labels tell what the records would, so that it is found again
-- when those are lost.
-- @module hathora.host.engine.docker

local description = require "hathora.host.engine.docker.describe"
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
  self.readiness = readiness.new(self.loop, function(processId) self:tellReady(processId) end)
  return self
end

--- Where Docker lists all containers that a filter lets through.
function Docker.list(_, filter) return "/containers/json?all=1&" .. filter end

local function pathOf(processId) return "/containers/hathora-" .. processId end

-- How a container that is not running any more ended, in the supervisor's words.
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

function Docker:finish(processId, outcome)
  self.readiness:remove(processId)
  self:ended(processId, outcome)
end

-- The last of its log comes before its end is told.
local function keepLog(self, processId)
  local entry = self.held[processId]
  entry.logged = nil
  self:followLog(processId, pathOf(processId), function()
    entry.logged = true
    if entry.outcome then self:finish(processId, entry.outcome) end
  end)
end

local function watch(self, processId, state)
  local entry = self.held[processId]
  local row = entry.row
  if entry.stopping then
    self:stop(row)
  elseif not row.startedAt and not row.stoppingAt then
    local port, app = portText.read(row.ports)[1], self.apps[row.appId]
    entry.startedAt = time(state.StartedAt)
    self.readiness:add(processId, { pid = state.Pid, port = portText.inside(port, app),
      transportType = port.transportType, outer = port.inner and port.port,
      isApart = app ~= nil and app.containerPort ~= nil })
  end
  self:askUntilAnswered(processId, "POST", pathOf(processId) .. "/wait", nil, function()
    self:examine(processId)
  end, math.huge)
end

-- When an earlier host's was reached first is not known: its container's start comes nearest.
function Docker:tellReady(processId)
  local entry = self.held[processId]
  self.onReady(processId, { startedAt = entry.isAdopted and entry.startedAt or nil })
end

--- Look at a held container and go on from there.
function Docker:examine(processId)
  local path = pathOf(processId) .. "/json"
  self:askUntilAnswered(processId, "GET", path, nil, function(status, answer)
    local entry = self.held[processId]
    if status == 404 then
      local began = entry.row.startedAt or entry.log
      local function again() self:examine(processId) end
      if not began and not self:believeMissing(processId, again) then return end
      return self:finish(processId, { unstarted = not began or nil,
        error = began and "its container is gone" or nil })
    end
    local state = answer.State
    if state.Status == "created" then
      if entry.row.stoppingAt or entry.stopping then
        return self:finish(processId, { unstarted = true })
      end
      return self:run(processId)
    end
    if state.Running or not entry.logged then keepLog(self, processId) end
    if state.Running then return watch(self, processId, state) end
    entry.outcome = outcomeOf(state)
    if entry.logged then self:finish(processId, entry.outcome) end
  end)
end

--- Run a container that has been made.
function Docker:run(processId)
  local path = pathOf(processId) .. "/start"
  self:askUntilAnswered(processId, "POST", path, nil, function(status, answer)
    if status == 204 or status == 304 then return self:examine(processId) end
    self:finish(processId, { error = self.message(answer) })
  end)
end

local function make(self, row, isFetched)
  local processId, app = row.processId, self.apps[row.appId]
  local facts = { labels = self:labelsOf(row), logBytes = self.logBytes, hostname = self.hostname }
  self:askUntilAnswered(processId, "POST", "/containers/create?name=hathora-" .. processId,
    description.container(row, app, facts), function(status, answer)
      if status == 404 and not isFetched then return self:fetch(row, app.image) end
      if status ~= 201 and status ~= 409 then
        return self:finish(processId, { error = self.message(answer) })
      end
      failpoint "containerMade"
      self:examine(processId)
    end)
end

function Docker:fetch(row, image)
  local entry = self.held[row.processId]
  entry.pendingReason, entry.isFetching = "its image is being fetched", true
  fetchImage(self.api, image, function(problem)
    if self.closed or self.held[row.processId] ~= entry then return end
    entry.pendingReason, entry.isFetching = nil, nil
    if not problem then return make(self, row, true) end
    self:finish(row.processId, { error = ("its image %s is not there and cannot be fetched: %s")
      :format(image, problem) })
  end)
end

--- Start a process: its container is made, unless it is there, and run.
function Docker:start(row)
  self:hold(row)
  self:beginLog(row.processId)
  make(self, row)
end

--- Take hold of what an earlier host started.
function Docker:adopt(row)
  self:hold(row).isAdopted = true
  self:examine(row.processId)
end

--- Stop a process: Docker ends all of the container, after the app's grace.
function Docker:stop(row)
  local processId = row.processId
  self.readiness:remove(processId)
  local entry = self.held[processId]
  if not entry or entry.isFetching then
    self.loop:after(0, function() self:finish(processId, { unstarted = true }) end)
    return
  end
  entry.stopping = true
  local app = self.apps[row.appId]
  self:askUntilAnswered(processId, "POST", ("%s/stop?t=%d"):format(pathOf(processId),
    app and math.ceil(app.stopGrace) or 10), nil, function() end, math.huge)
end

--- Its end is recorded: what is left of the container goes.
function Docker:cleanUp(processId)
  self:endLog(processId)
  self:remove(pathOf(processId) .. "?force=1&v=1")
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
