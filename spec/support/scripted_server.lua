--- An HTTP server that does what its script says, however wrong: what a real host never does.
-- A process of its own: `lua5.4 scripted_server.lua SCRIPT RECORD`. SCRIPT and the events
-- appended to RECORD are Lua data; server.lua, which starts it, says what they hold. It prints
-- `listening on PORT` once it does.

local cqueues = require "cqueues"
local socket = require "socket"
local literal = require "support.literal"

local script = dofile(arg[1])
local record = assert(io.open(arg[2], "a"))
local loop = cqueues.new()

local function note(event)
  record:write(literal.write(event), ",\n")
  record:flush()
end

-- What a peer's refusal to go on means for the poll that must come before the next try.
local events = { timeout = { receive = "r", send = "w" },
  wantread = { receive = "r", send = "r" }, wantwrite = { receive = "w", send = "w" } }

local function waitFor(peer, problem, doing)
  cqueues.poll { pollfd = peer:getfd(), events = events[problem][doing] }
end

--- The bytes that come next, or nil at the end of the connection.
local function receive(peer)
  while true do
    local whole, problem, part = peer:receive(16384)
    local bytes = whole or part
    if #bytes > 0 then return bytes end
    if not events[problem] then return nil end
    waitFor(peer, problem, "receive")
  end
end

--- Send all of it; false when the peer is gone.
local function send(peer, bytes)
  local sent = 0
  while sent < #bytes do
    local last, problem, partly = peer:send(bytes, sent + 1)
    sent = last or partly
    if not last then
      if not events[problem] then return false end
      waitFor(peer, problem, "send")
    end
  end
  return true
end

local function sendSlowly(peer, bytes, bytesPerSecond)
  local piece = math.max(1, bytesPerSecond // 20)
  for first = 1, #bytes, piece do
    if not send(peer, bytes:sub(first, first + piece - 1)) then return false end
    cqueues.sleep(piece / bytesPerSecond)
  end
  return true
end

local function discard(peer)
  while receive(peer) do end
end

-- How a connection ends. A socket that is closed with bytes unread sends a reset instead of an
-- end, so a quiet end reads on until the peer has closed, too.
local endings = {
  close = function(peer)
    if not peer.shutdown then return end -- TLS says its own goodbye when it is closed
    peer:shutdown "send"
    discard(peer)
  end,
  reset = function(peer) assert(peer:setoption("linger", { on = true, timeout = 0 })) end,
  hold = discard,
}

local function readHead(peer, buffered)
  while not buffered:find("\r\n\r\n", 1, true) do
    local bytes = receive(peer)
    if not bytes then return nil end
    buffered = buffered .. bytes
  end
  return buffered:match "^(.-\r\n)\r\n(.*)$"
end

--- Read one request.
-- @return the request, and what came after it
local function readRequest(peer, connection, buffered)
  local head, rest = readHead(peer, buffered)
  if not head then return nil end
  local method, target, version = head:match "^(%S+) (%S+) HTTP/(%S+)\r\n"
  local headers = {}
  for name, value in head:gmatch "\r\n([^:\r\n]+):[ \t]*([^\r\n]*)" do
    name = name:lower()
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  local length = math.tointeger(tonumber(headers["content-length"])) or 0
  while #rest < length do
    local bytes = receive(peer)
    if not bytes then return nil end
    rest = rest .. bytes
  end
  return { event = "request", connection = connection, method = method, target = target,
    version = version, head = head, headers = headers, body = rest:sub(1, length) },
    rest:sub(length + 1)
end

local function chunked(body)
  local chunks = {}
  for first = 1, #body, 1000 do
    local chunk = body:sub(first, first + 999)
    chunks[#chunks + 1] = ("%x\r\n%s\r\n"):format(#chunk, chunk)
  end
  return table.concat(chunks) .. "0\r\n\r\n"
end

-- How the end of a body is told, and the header that says so.
local framings = {
  length = function(body) return body, { "Content-Length", #body } end,
  chunked = function(body) return chunked(body), { "Transfer-Encoding", "chunked" } end,
  close = function(body) return body, { "Connection", "close" } end,
}

local function encode(answer)
  local status = answer.status or 200
  local lines = { ("HTTP/1.1 %d Scripted"):format(status) }
  local headers = answer.headers or {}
  local function add(name, value) lines[#lines + 1] = name .. ": " .. value end
  local body, framing = "", nil
  if status ~= 204 and status ~= 304 then
    if not headers["Content-Type"] then add("Content-Type", "application/json") end
    body, framing = framings[answer.framing or "length"](answer.body or "")
  end
  for name, value in pairs(headers) do
    for _, each in ipairs(type(value) == "table" and value or { value }) do add(name, each) end
  end
  if framing and not headers[framing[1]] then add(framing[1], framing[2]) end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
end

local function answersTo(answer, request)
  return not answer.on or (request.method .. " " .. request.target):find(answer.on)
end

--- The first answer of the script that fits and is not used up. The last one never is.
local function choose(request)
  for index, answer in ipairs(script) do
    local left = answer.times or (index == #script and math.huge or 1)
    if left > 0 and answersTo(answer, request) then
      answer.times = left - 1
      return answer
    end
  end
  return { status = 599, body = "the script has no answer for this request" }
end

--- Have a real server answer, on a connection of its own.
local function passOn(peer, request, path)
  local real = assert(require "socket.unix".stream())
  assert(real:connect(path))
  real:settimeout(0)
  send(real, request.head .. "Connection: close\r\n\r\n" .. request.body)
  local bytes = receive(real)
  while bytes and send(peer, bytes) do bytes = receive(real) end
  cqueues.cancel(real:getfd())
  real:close()
  return "close"
end

--- Send an answer.
-- @treturn string how the connection goes on: nil when it is kept
local function give(peer, request, answer)
  if answer.delay then cqueues.sleep(answer.delay) end
  if answer.passOn then return passOn(peer, request, answer.passOn) end
  local bytes = answer.raw or encode(answer)
  if answer.cut then bytes = bytes:sub(1, -1 - answer.cut) end
  local sent
  if answer.bytesPerSecond then
    sent = sendSlowly(peer, bytes, answer.bytesPerSecond)
  else
    sent = send(peer, bytes)
  end
  if answer.unasked then
    cqueues.sleep(answer.pause or 0.01)
    sent = send(peer, answer.unasked)
  end
  while sent and answer.endless do
    sent = send(peer, answer.endless)
    cqueues.sleep(0)
  end
  if not sent then return "close" end
  return answer.ending or ((answer.cut or answer.framing == "close") and "close" or nil)
end

--- Answer requests until the connection is over.
-- @treturn string how to end it
local function serve(peer, connection)
  local rest = ""
  while true do
    local request
    request, rest = readRequest(peer, connection, rest)
    if not request then return "close" end
    note(request)
    local ending = give(peer, request, choose(request))
    note { event = "answered", connection = connection }
    if ending then return ending end
  end
end

local tls = script.tls and require "ssl".newcontext {
  mode = "server", protocol = "any", certificate = script.tls.certificate, key = script.tls.key,
}

local function handshake(peer)
  if not tls then return peer end
  local secured = assert(require "ssl".wrap(peer, tls))
  secured:settimeout(0)
  while true do
    local done, problem = secured:dohandshake()
    if done then return secured end
    if not events[problem] then return nil end
    waitFor(secured, problem, "receive")
  end
end

local function connectionCame(peer, connection)
  peer:settimeout(0)
  note { event = "connection", connection = connection }
  local manners = script.connections or { "serve" }
  local ending = manners[math.min(connection, #manners)]
  if ending == "serve" then
    peer = handshake(peer)
    if not peer then return note { event = "closed", connection = connection } end
    ending = serve(peer, connection)
  end
  endings[ending](peer)
  cqueues.cancel(peer:getfd())
  peer:close()
  note { event = "closed", connection = connection, ending = ending }
end

local function listen()
  local listener
  if script.socketPath then
    listener = assert(require "socket.unix".stream())
    assert(listener:bind(script.socketPath))
  else
    listener = assert(socket.tcp())
    listener:setoption("reuseaddr", true)
    assert(listener:bind(script.host, script.port))
  end
  assert(listener:listen(script.unreachable and 0 or 1024))
  listener:settimeout(0)
  return listener
end

--- Fill the queue of connections that nobody accepts: the kernel then drops who comes next.
local function fillQueue(port)
  local waiting = {}
  for index = 1, 4 do
    waiting[index] = socket.tcp()
    waiting[index]:settimeout(0.05)
    waiting[index]:connect(script.host, port)
  end
  return waiting
end

local function acceptAll(listener)
  local connection = 0
  while true do
    local peer = listener:accept()
    if peer then
      connection = connection + 1
      local number = connection
      loop:wrap(function() connectionCame(peer, number) end)
    else
      waitFor(listener, "timeout", "receive")
    end
  end
end

local listener = listen()
local port = script.socketPath and 0 or select(2, listener:getsockname())
local waiting = script.unreachable and fillQueue(port)
io.stdout:write("listening on ", math.tointeger(port), "\n")
io.stdout:flush()
loop:wrap(function()
  if waiting then cqueues.sleep(math.huge) else acceptAll(listener) end
end)
assert(loop:loop())
