--- How a supervisor creates a process.
-- It is promised once the engine has it ready behind its gate and the records have it, in this
-- order: no process can run unrecorded, and a crash in between leaves nothing.
-- @module hathora.host.processes.launch

local fault = require "hathora.host.failpoint"
local problem = require "hathora.host.processes.refusal"
local process = require "hathora.host.processes.view"
local schema = require "hathora.schema"
local uuid = require "hathora.host.uuid"

local creation = {}

local Status = schema.enums.ProcessStatus

local attempt = problem.attempt

-- A repeated create gets what its first one got; the same key for another one is a mistake.
local function repeated(row, wanted)
  if row.appId == wanted.appId and row.region == wanted.region then return row end
  return nil, problem.contradiction("the idempotency key %q was used for a process of app %s in %s",
    wanted.idempotencyKey, row.appId, row.region)
end

local function takePorts(self, app)
  local ports = { { name = "default", transportType = app.transportType } }
  table.move(app.additionalPorts or {}, 1, #(app.additionalPorts or {}), 2, ports)
  local numbers = self.ledger:takeAll(#ports)
  if not numbers then
    return nil, problem.unavailable("no port is free from %d to %d", self.ports[1], self.ports[2])
  end
  for index, port in ipairs(ports) do
    ports[index] = { name = port.name, transportType = port.transportType, port = numbers[index] }
  end
  return ports
end

-- What a create is refused for before anything is done.
local function refusal(self, wanted, app)
  local live, failure = attempt(self.records.liveOfApp, self.records, wanted.appId)
  if not live then return failure end
  if app.maxProcesses and live >= app.maxProcesses then
    return problem.limitReached("app %s has %d processes, and may have no more than %d",
      wanted.appId, live, app.maxProcesses)
  end
  local possible, why = self.engine:check(app)
  if not possible then
    return problem.broken("app %s cannot be started: %s", wanted.appId, why)
  end
end

local function insert(self, row, app)
  local facts, why = self.engine:prepare(row, app)
  if not facts then return nil, problem.unavailable("a process cannot be made now: %s", why) end
  fault "prepared"
  for name, value in pairs(facts) do row[name] = value end
  local _, failure = attempt(self.records.insert, self.records, row)
  if failure then
    self.engine:discard(row)
    return nil, failure
  end
  fault "recorded"
  return row
end

local function begin(self, wanted, app)
  local ports, failure = takePorts(self, app)
  if not ports then return nil, failure end
  local row
  row, failure = insert(self, {
    processId = uuid(), appId = wanted.appId, region = wanted.region, status = Status.Starting,
    deploymentId = app.deploymentId, roomsPerProcess = app.roomsPerProcess,
    idempotencyKey = wanted.idempotencyKey, ports = process.packPorts(ports),
    createdAt = self.now(),
  }, app)
  if not row then
    self:releasePorts(ports, self.portQuarantine)
    return nil, failure
  end
  self.engine:start(row)
  fault "started"
  self:setDeadline(row)
  return row
end

--- Create a process: see `hathora.host.processes`.
function creation:create(wanted)
  local app, failure = self:findApp(wanted.appId)
  if not app then return nil, failure end
  local row
  if wanted.idempotencyKey then
    row, failure = attempt(self.records.findByKey, self.records, wanted.idempotencyKey)
    if failure then return nil, failure end
    if row then row, failure = repeated(row, wanted) end
  end
  failure = failure or not row and refusal(self, wanted, app)
  if failure then return nil, failure end
  if not row then row, failure = begin(self, wanted, app) end
  return row and process.show(row, self.hostname), failure
end

return creation
