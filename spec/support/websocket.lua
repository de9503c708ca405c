--- The client's side of a web socket, as bytes: what a well-made client does not send, too.

local raw = require "support.raw"

local websocket = { text = 1, binary = 2, close = 8, ping = 9, pong = 10 }

--- The example's key and its answer, of RFC 6455 section 1.3.
websocket.key, websocket.accept = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

--- The text of a handshake.
-- @tparam[opt] string path
-- @tparam[opt] table changes headers by name, false to leave one out
function websocket.handshake(path, changes)
  local headers = { Host = "localhost", Upgrade = "websocket", Connection = "Upgrade",
    ["Sec-WebSocket-Version"] = "13", ["Sec-WebSocket-Key"] = websocket.key }
  for name, value in pairs(changes or {}) do headers[name] = value end
  local lines = { ("GET %s HTTP/1.1"):format(path or "/") }
  for name, value in pairs(headers) do
    if value then lines[#lines + 1] = name .. ": " .. value end
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n"
end

--- The bytes of a frame, whole and masked by zeros, which leave it as it is.
function websocket.frame(kind, text)
  local length = #text < 126 and string.char(0x80 | #text)
    or string.pack(">BI2", 0x80 | 126, #text)
  return string.char(0x80 | kind) .. length .. "\0\0\0\0" .. text
end

local Socket = {}
Socket.__index = Socket

--- Open one.
-- @tparam table running a host
function websocket.open(running, path)
  local connection = raw.connect(running)
  connection:send(websocket.handshake(path))
  local head = assert(raw.head(connection), "the host closed")
  assert(head.status == 101, head.status)
  assert(head.headers["sec-websocket-accept"] == websocket.accept)
  return setmetatable({ connection = connection }, Socket)
end

--- Send bytes as they are.
function Socket:send(bytes) return self.connection:send(bytes) end

--- Read a frame.
-- @treturn ?integer its kind; nil when the host has closed
-- @treturn string its text
function Socket:read()
  local head = self.connection:receive(2)
  if not head then return nil end
  local kind, length = head:byte(1) & 15, head:byte(2)
  if length == 126 then length = string.unpack(">I2", self.connection:receive(2)) end
  return kind, length > 0 and self.connection:receive(length) or ""
end

--- Send a text, and read what comes back.
function Socket:ask(text)
  self:send(websocket.frame(websocket.text, text))
  return select(2, self:read())
end

function Socket:close() self.connection:close() end
Socket.__close = Socket.close

return websocket
