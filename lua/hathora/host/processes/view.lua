--- A process as the API shows it, made from its row in the records.
-- @module hathora.host.processes.view

local json = require "hathora.json"
local portText = require "hathora.host.engine.port"

local process = {}

-- RFC 3339, UTC.
local function timestamp(milliseconds)
  return milliseconds and ("%s.%03dZ"):format(
    os.date("!%Y-%m-%dT%H:%M:%S", milliseconds // 1000), milliseconds % 1000)
end

--- A row as the API's ProcessV2; what is null there is absent. Ports are shown once the process
-- has been reachable.
-- @tparam table row
-- @tparam string hostname where its ports are, unless the row says otherwise
-- @treturn table
function process.show(row, hostname)
  local ports = json.list {}
  for index, port in ipairs(row.startedAt and portText.read(row.ports) or {}) do
    port.host = row.host or hostname
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

return process
