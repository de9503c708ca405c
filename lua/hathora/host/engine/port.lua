--- The ports of a process: as a text in its row, and as an engine uses them.
-- @module hathora.host.engine.port

local schema = require "hathora.schema"

local portText = {}

--- Write the named ports of a process as the one text the records hold, the primary one first.
-- @tparam {table,...} ports `{ name =, transportType =, port = }`
function portText.write(ports)
  local packed = {}
  for index, port in ipairs(ports) do
    packed[index] = ("%s:%s:%d"):format(port.name, port.transportType, port.port)
  end
  return table.concat(packed, " ")
end

--- Read them back.
-- @treturn {table,...}
function portText.read(text)
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
function portText.inside(port, app)
  local settings = port.name == "default" and app or nil
  for _, extra in ipairs(app and app.additionalPorts or {}) do
    if extra.name == port.name then settings = extra end
  end
  return settings and settings.containerPort or port.port
end

--- What carries a port's traffic, in the kernel's and Docker's words.
-- @treturn string `tcp` or `udp`
function portText.protocol(port)
  return port.transportType == schema.enums.TransportType.Udp and "udp" or "tcp"
end

return portText
