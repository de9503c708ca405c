--- How a process is created.
-- It is promised once the engine has it ready behind its gate and the store has it, in this order:
-- no process can run unrecorded, and a crash in between leaves nothing. Creates that arrive in one
-- turn of the loop are recorded together.
-- @module hathora.host.processes.launch

local core = require "hathora.core"
local failpoint = require "hathora.host.failpoint"
local loops = require "hathora.host.machine.loop"
local refusal = require "hathora.host.processes.refusal"
local schema = require "hathora.schema"
local portText = require "hathora.host.engine.port"
local watch = require "hathora.host.processes.watch"

local launch = {}

local Status = schema.enums.ProcessStatus

--- What is on the way: `replies` by process, processes `byId` and `byKey`, how many `ofApp`.
function launch.new() return { replies = {}, byId = {}, byKey = {}, ofApp = {} } end

-- The process that a repeated create is about: on the way, alive or over.
local function findByKey(self, key)
  local process = self.launching.byKey[key] or self.live.byKey[key]
  if process then return process end
  return refusal.attempt(self.store.processes.findByKey, self.store.processes, key)
end

-- A repeated create gets what its first one got; the same key for another one is a mistake.
local function repeated(self, wanted)
  local key = wanted.idempotencyKey
  if not key then return nil end
  if not utf8.len(key) then return nil, refusal.malformed "the idempotency key is not UTF-8" end
  local process, problem = findByKey(self, key)
  if not process or process.appId == wanted.appId and process.region == wanted.region then
    return process, problem
  end
  return nil, refusal.contradiction("the idempotency key %q was used for a process of app %s in %s",
    key, process.appId, process.region)
end

local function countLive(self, appId)
  local count = self.launching.ofApp[appId] or 0
  for _, counted in ipairs(self.live:counted(appId)) do
    if not schema.terminal[counted.status] then count = count + counted.count end
  end
  return count
end

-- What a create is refused for before anything is done.
local function refusalOf(self, wanted, app)
  local count = app.maxProcesses and countLive(self, wanted.appId) or 0
  if app.maxProcesses and count >= app.maxProcesses then
    return refusal.limitReached("app %s has %d processes, and may have no more than %d",
      wanted.appId, count, app.maxProcesses)
  end
  local ok, possible, why = pcall(self.engine.check, self.engine, app)
  if not ok or not possible then
    return refusal.broken("app %s cannot be started: %s", wanted.appId,
      tostring(ok and why or possible))
  end
end

local function cannotCreate(why)
  return refusal.unavailable("a process cannot be created now: %s", tostring(why))
end

local function takePorts(self, app)
  local ports = { { name = "default", transportType = app.transportType } }
  table.move(app.additionalPorts or {}, 1, #(app.additionalPorts or {}), 2, ports)
  for index, port in ipairs(ports) do
    ports[index] = { name = port.name, transportType = port.transportType,
      isTerminated = portText.isTerminated(port, app) }
  end
  local taken, range, problem = self.ledger:takeAll(ports)
  if taken then return ports end
  if problem then return nil, cannotCreate(problem) end
  return nil, refusal.unavailable("no port is free from %d to %d", range.first, range.last)
end

local function describe(self, wanted, app, ports)
  self.number = self.number + 1
  return {
    number = self.number, processId = core.uuid(), appId = wanted.appId, region = wanted.region,
    status = Status.Starting, deploymentId = app.deploymentId,
    roomsPerProcess = app.roomsPerProcess, roomsAllocated = 0,
    idempotencyKey = wanted.idempotencyKey, ports = portText.write(ports),
    createdAt = self:now(), createdUptime = self:uptime(), bootId = self.bootId,
    variables = wanted.variables,
  }
end

-- Have the engine make a process that waits to be started.
local function prepare(self, wanted, app)
  local ports, problem = takePorts(self, app)
  if not ports then return nil, problem end
  local process = describe(self, wanted, app, ports)
  local ok, columns, why = pcall(self.engine.prepare, self.engine, process, app)
  if not ok or not columns then
    self.ledger:giveBack(process)
    return nil, cannotCreate(ok and why or columns)
  end
  for name, value in pairs(columns) do process[name] = value end
  failpoint "prepared"
  return process
end

local function start(self, process)
  self.live:tally(process, 1)
  self.live:add(process)
  watch.setDeadline(self, process)
  self.events:emit("created", process)
  watch.start(self, process)
  failpoint "started"
end

local function await(self, process, reply)
  local launching = self.launching
  launching.replies[process] = { reply }
  launching.byId[process.processId] = process
  launching.ofApp[process.appId] = (launching.ofApp[process.appId] or 0) + 1
  if process.idempotencyKey then launching.byKey[process.idempotencyKey] = process end
end

local function answer(self, process, ...)
  local launching = self.launching
  local replies = launching.replies[process]
  launching.replies[process], launching.byId[process.processId] = nil, nil
  launching.ofApp[process.appId] = launching.ofApp[process.appId] - 1
  if process.idempotencyKey then launching.byKey[process.idempotencyKey] = nil end
  for _, reply in ipairs(replies) do loops.guarded(reply, ...) end
end

local function refuse(self, appId, problem)
  self.events:emit("refused", appId, problem)
  return problem
end

local function record(self, process, alsoRecord)
  self.store:write(function()
    self.store.processes:insert(process)
    if alsoRecord then alsoRecord(process) end
  end, function(problem)
    if problem then
      self.ledger:giveBack(process)
      answer(self, process, nil, refuse(self, process.appId, refusal.unrecorded(problem)))
      return self.engine:discard(process)
    end
    failpoint "recorded"
    start(self, process)
    answer(self, process, process)
  end)
end

--- Create a process.
-- @tparam table self the service
-- @tparam table wanted see `hathora.host.processes`
-- @tparam function reply called once, with the process or with nothing and a refusal: at once when
-- there is nothing to record, else when its transaction is through
function launch.create(self, wanted, reply)
  local app, problem = self:app(wanted.appId)
  if not app then return reply(nil, problem) end
  local process
  process, problem = repeated(self, wanted)
  if problem then return reply(nil, refuse(self, wanted.appId, problem)) end
  if process then
    local replies = self.launching.replies[process]
    if not replies then return reply(process) end
    replies[#replies + 1] = reply
    return
  end
  problem = refusalOf(self, wanted, app)
  if not problem then process, problem = prepare(self, wanted, app) end
  if not process then return reply(nil, refuse(self, wanted.appId, problem)) end
  await(self, process, reply)
  record(self, process, wanted.record)
end

return launch
