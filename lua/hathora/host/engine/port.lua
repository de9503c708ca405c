--- The ports of a process: as a text in its row, and as an engine uses them.
-- @module hathora.host.engine.port

local schema = require "hathora.schema"

local portText = {}

--- Write the named ports of a process as the one text the records hold, the primary one first.
-- @tparam {table,...} ports `{ name =, transportType =, port = }`, and `inner` where TLS is taken
-- off in front of the game: `port` is where players come then, `inner` where the game listens
function portText.write(ports)
  local packed = {}
  for index, port in ipairs(ports) do
    packed[index] = ("%s:%s:%d"):format(port.name, port.transportType, port.port)
      .. (port.inner and ":" .. port.inner or "")
  end
  return table.concat(packed, " ")
end

--- Read them back.
-- @treturn {table,...}
function portText.read(text)
  local ports = {}
  for name, transportType, port, inner in text:gmatch "(%S+):(%l+):(%d+):?(%d*)" do
    ports[#ports + 1] = {
      name = name, transportType = transportType, port = math.tointeger(tonumber(port)),
      inner = math.tointeger(tonumber(inner)),
    }
  end
  return ports
end

--- Is TLS taken off in front of a port, so that the game behind it speaks plainly?
-- @tparam table port or what is to become one
-- @tparam table app
-- @treturn boolean
function portText.isTerminated(port, app)
  return port.transportType == schema.enums.TransportType.Tls and not app.tlsPassthrough
end

--- Of how many of an app's ports is TLS taken off?
-- @tparam table app as configured, complete or not
-- @treturn integer
function portText.countTerminated(app)
  local count = portText.isTerminated(app, app) and 1 or 0
  for _, port in ipairs(app.additionalPorts or {}) do
    if portText.isTerminated(port, app) then count = count + 1 end
  end
  return count
end

--- Which of this machine's ports leads to the game: the port that players see, unless TLS is taken
-- off before.
-- @tparam table port
-- @treturn integer
function portText.leading(port) return port.inner or port.port end

--- Where a game listens for one of its ports: its app's `containerPort`, in a network of its own,
-- or this machine's port that leads to it.
-- @tparam table port one of them
-- @tparam ?table app
-- @treturn integer
function portText.inside(port, app)
  local settings = port.name == "default" and app or nil
  for _, extra in ipairs(app and app.additionalPorts or {}) do
    if extra.name == port.name then settings = extra end
  end
  return settings and settings.containerPort or portText.leading(port)
end

--- What carries a port's traffic, in the kernel's and Docker's words.
-- @treturn string `tcp` or `udp`
function portText.protocol(port)
  return port.transportType == schema.enums.TransportType.Udp and "udp" or "tcp"
end

return portText
