--- The engine that runs each process as a container of this machine's Docker.
--
-- The truth is Docker's: a container's name comes from the process' id, so that a create that is
-- repeated is one container, and its labels tell what the records would, so that it is found again
-- when those are lost. The interface is that of `hathora.host.engine.local`; beside it,
-- `found()` gives the rows of all containers that are this host's.
-- @module hathora.host.engine.docker

local api = require "hathora.host.engine.docker_api"
local dockerLog = require "hathora.host.engine.docker_log"
local environment = require "hathora.host.environment"
local fault = require "hathora.host.fault"
local json = require "hathora.json"
local poll = require "hathora.host.poll"
local process = require "hathora.host.process"
local readiness = require "hathora.host.engine.readiness"
local time = require "hathora.time"

local engine = {}

local Docker = {}
Docker.__index = Docker

local retryInterval, patience = 1, 5
local mebibyte = 1024 * 1024
local labels = { host = "hathora.host", row = "hathora.process" }

-- What a label tells of a process: what its row began as.
local told = { "processId", "appId", "region", "deploymentId", "roomsPerProcess", "ports",
  "createdAt", "idempotencyKey" }

--- Make the engine. Options as for `hathora.host.engine.local`, and `docker`, the socket's path.
function engine.new(options)
  local self = setmetatable({ held = {}, rows = {} }, Docker)
  for name, value in pairs(options) do self[name] = value end
  self.identity = self.directory.path
  self.api = api.new(self.loop, self.docker)
  self.readiness = readiness.new(self.loop, self.onReady)
  self:look()
  return self
end

-- Learn which containers are ours, once. Until that is known, none is made.
function Docker:look()
  local filter = json.encode { label = json.list { labels.host .. "=" .. self.identity } }
  local status, answer = self.api:askNow("GET", "/containers/json?all=1&filters="
    .. api.escape(filter), patience)
  self.problem = status ~= 200 and ("Docker at %s does not answer: %s"):format(self.docker,
    status and (answer.message or answer) or answer) or nil
  for _, container in ipairs(status == 200 and answer or {}) do
    self.rows[#self.rows + 1] = json.decode(container.Labels[labels.row])
  end
end

--- The rows that labels tell of.
function Docker:found() return self.rows end

--- Say what an operator should know.
function Docker:describe() return self.problem end

--- Only Docker can say.
function Docker.check() return true end

--- Nothing of a container is there before it is recorded.
function Docker:prepare()
  if self.problem then self:look() end
  if self.problem then return nil, self.problem end
  return {}
end

--- Undo `prepare`.
function Docker.discard() end

local function nameOf(processId) return "/containers/hathora-" .. processId end

local function labelOf(row)
  local facts = { engine = "docker" }
  for _, name in ipairs(told) do facts[name] = row[name] end
  return json.encode(facts)
end

-- Hardened: no rights, no writing but to /tmp, no restart by Docker.
local function describeContainer(self, row, app)
  local variables, command = environment.of(row, app, self.hostname)
  return {
    Image = app.image, Cmd = command[1] and json.list(command) or nil,
    Env = json.list(variables), User = app.user, WorkingDir = app.cwd,
    Labels = { [labels.host] = self.identity, [labels.row] = labelOf(row) },
    StopTimeout = math.ceil(app.stopGrace),
    HostConfig = {
      NetworkMode = "host", RestartPolicy = { Name = "no" },
      Memory = app.memoryMB and app.memoryMB * mebibyte,
      MemorySwap = app.memoryMB and app.memoryMB * mebibyte,
      NanoCpus = app.cpus and math.floor(app.cpus * 1e9), PidsLimit = 4096,
      CapDrop = json.list { "ALL" }, SecurityOpt = json.list { "no-new-privileges" },
      ReadonlyRootfs = true, Tmpfs = { ["/tmp"] = "" },
      LogConfig = { Type = "json-file", Config = {
        ["max-size"] = tostring(self.logBytes), ["max-file"] = "1",
      } },
    },
  }
end

local function message(answer) return type(answer) == "table" and answer.message or answer end

-- Ask for something of a held process; without a sensible answer, again, until it is let go of.
local function insist(self, processId, method, path, body, callback, seconds)
  self.api:ask(method, path, body, function(status, answer)
    if self.closed or not self.held[processId] then return end
    if status and status < 500 then return callback(status, answer) end
    self.loop:after(retryInterval, function()
      if self.closed or not self.held[processId] then return end
      insist(self, processId, method, path, body, callback, seconds)
    end)
  end, seconds)
end

local function letGo(self, processId)
  local entry = self.held[processId]
  self.held[processId] = nil
  self.readiness:remove(processId)
  if entry and entry.log then entry.log:close() end
end

local function ended(self, processId, outcome)
  letGo(self, processId)
  outcome.at = outcome.at or poll.time()
  self.onEnd(processId, outcome)
end

-- How a container that is not running any more ended, in the supervisor's words.
local function outcomeOf(state)
  local outcome = { at = time(state.FinishedAt) }
  if state.OOMKilled then outcome.error = "it ran out of memory"
  elseif state.Error and state.Error ~= "" then outcome.error = state.Error
  elseif state.ExitCode > 128 then outcome.signal = state.ExitCode - 128
  else outcome.exitCode = state.ExitCode end
  return outcome
end

local function followLog(self, processId)
  local entry = self.held[processId]
  if entry.log then return end
  entry.log = dockerLog(self.directory:log(processId), self.logBytes)
  self.api:follow(nameOf(processId) .. "/logs?follow=1&stdout=1&stderr=1",
    function(piece) entry.log:take(piece) end,
    function()
      entry.logged = true
      if entry.outcome then ended(self, processId, entry.outcome) end
    end)
end

-- Wait for the end, then for the last of its log, and tell.
local function watch(self, processId)
  insist(self, processId, "POST", nameOf(processId) .. "/wait", nil, function()
    self:examine(processId)
  end, math.huge)
end

--- Look at a held container and go on from there.
function Docker:examine(processId)
  insist(self, processId, "GET", nameOf(processId) .. "/json", nil, function(status, answer)
    local entry = self.held[processId]
    local row = entry.row
    if status == 404 then
      local began = row.startedAt or entry.log
      return ended(self, processId, { unstarted = not began or nil,
        error = began and "its container is gone" or nil })
    end
    local state = answer.State
    if state.Status == "created" then
      if row.stoppingAt or entry.stopping then
        return ended(self, processId, { unstarted = true })
      end
      return self:run(processId)
    end
    followLog(self, processId)
    if state.Running then
      if not row.startedAt and not row.stoppingAt and not entry.stopping then
        local port = process.unpackPorts(row.ports)[1]
        self.readiness:add(processId, { pid = state.Pid, port = port.port, isGame = true,
          transportType = port.transportType })
      end
      if entry.stopping then self:stop(row) end
      return watch(self, processId)
    end
    entry.outcome = outcomeOf(state)
    if entry.logged then ended(self, processId, entry.outcome) end
  end)
end

--- Run a container that has been made.
function Docker:run(processId)
  insist(self, processId, "POST", nameOf(processId) .. "/start", nil, function(status, answer)
    if status == 204 or status == 304 then return self:examine(processId) end
    ended(self, processId, { error = message(answer) })
  end)
end

--- Start a process: its container is made, unless it is there, and run.
function Docker:start(row)
  local processId = row.processId
  self.held[processId] = { row = row }
  dockerLog(self.directory:log(processId), self.logBytes):close() -- nothing is in it yet
  insist(self, processId, "POST", "/containers/create?name=hathora-" .. processId,
    describeContainer(self, row, self.apps[row.appId]), function(status, answer)
      if status ~= 201 and status ~= 409 then
        return ended(self, processId, { error = message(answer) })
      end
      fault "containerMade"
      self:examine(processId)
    end)
end

--- Take hold of what an earlier host started.
function Docker:adopt(row)
  self.held[row.processId] = { row = row }
  self:examine(row.processId)
end

--- Stop a process: Docker ends all of the container, after the app's grace.
function Docker:stop(row)
  local processId = row.processId
  self.readiness:remove(processId)
  local entry = self.held[processId]
  if not entry then
    self.loop:after(0, function() ended(self, processId, { unstarted = true }) end)
    return
  end
  entry.stopping = true
  local app = self.apps[row.appId]
  insist(self, processId, "POST", ("%s/stop?t=%d"):format(nameOf(processId),
    app and math.ceil(app.stopGrace) or 10), nil, function() end, math.huge)
end

--- Its end is recorded: what is left of the container goes.
function Docker:forget(processId)
  self.api:ask("DELETE", nameOf(processId) .. "?force=1&v=1", nil, function() end)
end

--- Can it not be seen who is ready?
function Docker:isBlind() return self.readiness:isBlind() or self.problem ~= nil end

--- Let go of every process.
function Docker:close()
  self.closed = true
  self.readiness:close()
  for processId in pairs(self.held) do letGo(self, processId) end
  self.api:close()
end

return engine
