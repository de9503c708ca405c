--- Bytes sent to a host as they are, and its answer.

local socket = require "socket"

local raw = {}

--- Connect to a host.
function raw.connect(running)
  local connection = assert(socket.connect("127.0.0.1", tonumber(running.url:match ":(%d+)$")))
  connection:settimeout(20)
  return connection
end

--- Read an answer's head.
-- @treturn ?table `status` and `headers` by lower-case name; nil when the host closed instead
function raw.head(connection)
  local line = connection:receive "*l"
  if not line then return nil end
  local reply = { status = tonumber(line:match "^HTTP/1%.1 (%d+)"), headers = {} }
  for header in function() return connection:receive "*l" end do
    local name, value = header:match "^([^:]+): *(.-)$"
    if not name then break end
    reply.headers[name:lower()] = value
  end
  return reply
end

--- Send bytes on a connection of their own and read until the host closes it.
-- @treturn table `status` (nil when the host closed without an answer), `headers`, `body`
function raw.send(running, bytes)
  local connection = raw.connect(running)
  connection:send(bytes)
  local reply = raw.head(connection) or { headers = {} }
  local body, _, partial = connection:receive "*a"
  connection:close()
  reply.body = body or partial
  return reply
end

return raw
