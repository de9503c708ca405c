--- A process as the API shows it, made from its row in the records.
-- @module hathora.host.processes.view

local json = require "hathora.json"
local schema = require "hathora.schema"

local process = {}

--- Write the named ports of a process as the one text the records hold, the primary one first.
-- @tparam {table,...} ports `{ name =, transportType =, port = }`
function process.packPorts(ports)
  local packed = {}
  for index, port in ipairs(ports) do
    packed[index] = ("%s:%s:%d"):format(port.name, port.transportType, port.port)
  end
  return table.concat(packed, " ")
end

--- Read them back.
-- @treturn {table,...}
function process.unpackPorts(text)
  local ports = {}
  for name, transportType, port in text:gmatch "(%S+):(%l+):(%d+)" do
    ports[#ports + 1] = {
      name = name, transportType = transportType, port = math.tointeger(tonumber(port)),
    }
  end
  return ports
end

--- Where a game listens for one of its ports: its app's `containerPort`, in a network of its own,
-- or the port that players see.
-- @tparam table port one of them
-- @tparam ?table app
-- @treturn integer
function process.insidePort(port, app)
  local settings = port.name == "default" and app or nil
  for _, extra in ipairs(app and app.additionalPorts or {}) do
    if extra.name == port.name then settings = extra end
  end
  return settings and settings.containerPort or port.port
end

--- What carries a port's traffic, in the kernel's and Docker's words.
-- @treturn string `tcp` or `udp`
function process.protocol(port)
  return port.transportType == schema.enums.TransportType.Udp and "udp" or "tcp"
end

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
  for index, port in ipairs(row.startedAt and process.unpackPorts(row.ports) or {}) do
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
