--- A process as the API shows it, made from its row in the records.
-- @module hathora.host.processes.view

local json = require "hathora.json"
local portText = require "hathora.host.engine.port"
local schema = require "hathora.schema"

local process = {}

local Status = schema.enums.ProcessStatus

--- A time in milliseconds since 1970 as the API writes it: RFC 3339, UTC.
-- @treturn ?string nil for none
local function timestamp(milliseconds)
  return milliseconds and ("%s.%03dZ"):format(
    os.date("!%Y-%m-%dT%H:%M:%S", milliseconds // 1000), milliseconds % 1000)
end
process.timestamp = timestamp

--- A row as the API's ProcessV2; what is null there is absent. Ports are shown once the process
-- has been reachable.
-- @tparam table row
-- @tparam string hostname where its ports are, unless the row says otherwise
-- @treturn table
function process.show(row, hostname)
  local ports = json.list {}
  for index, port in ipairs(row.startedAt and portText.read(row.ports) or {}) do
    port.host, port.inner = row.host or hostname, nil
    ports[index] = port
  end
  return {
    appId = row.appId, processId = row.processId, deploymentId = row.deploymentId,
    region = row.region, status = row.status,
    roomsAllocated = row.roomsAllocated or 0, roomsPerProcess = row.roomsPerProcess,
    exposedPort = table.remove(ports, 1), additionalExposedPorts = ports,
    createdAt = timestamp(row.createdAt), startedAt = timestamp(row.startedAt),
    stoppingAt = timestamp(row.stoppingAt), terminatedAt = timestamp(row.terminatedAt),
  }
end

local function copy(values)
  local made = {}
  for name, value in pairs(values) do made[name] = value end
  return made
end

-- The program of a process of this machine is started with its create; of another engine's, no
-- more is known than that it was before the process could be reached.
local function bootedAt(row, shown)
  return row.engine == "local" and shown.createdAt or shown.startedAt
end

--- A process as version 3 of the API has it.
-- @tparam table row
-- @tparam table shown the same as `process.show` gives it
-- @treturn table
function process.showV3(row, shown)
  local made = copy(shown)
  made.deploymentId = ("%d"):format(row.deploymentId)
  made.scheduledAt, made.bootedAt = bootedAt(row, shown), bootedAt(row, shown)
  return made
end

--- A process as version 1 has it. Of what it has besides nothing is counted here.
-- @tparam table row
-- @tparam table shown as `process.show` gives it
-- @tparam integer now milliseconds since 1970
-- @treturn table
function process.showV1(row, shown, now)
  local made, port = copy(shown), shown.exposedPort or {}
  made.host, made.port = port.host or "", port.port or 0
  made.startingAt, made.draining = shown.createdAt, row.status == Status.Draining
  made.roomSlotsAvailable = row.roomsPerProcess - shown.roomsAllocated
  made.activeConnections, made.egressedBytes = 0, 0
  for _, name in ipairs { "roomSlotsAvailable", "roomsAllocated", "activeConnections" } do
    made[name .. "UpdatedAt"] = timestamp(now)
  end
  return made
end

return process
