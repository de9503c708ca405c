--- Any HTTP request over the core, for who is not the sdk.
--
--     local client <close> = http.new { base = "http://127.0.0.1:4000" }
--     local reply = client:ask { path = "/healthz" }
--     client:send { method = "POST", path = "/x", onEnd = function(reply) end }
--
-- A request has `path` (the base stands in front of it), maybe `method`, `body` (text),
-- `timeout` in seconds, `onPiece(text)` for an answer that is handed on as it comes, and
-- `onEnd(reply)`. A reply has `status` and `body`, or neither and a `message` that says why not.
-- @module hathora.http

local core = require "hathora.core"

local http = {}

local Client = {}
Client.__index = Client

local limit = 64 * 1024 * 1024

--- Make a client; nothing is sent yet.
-- @tparam table options `base`; maybe `headers` (lines), and what the core's client takes
function http.new(options)
  local self = setmetatable({ headers = core.headers(options.headers or {}) }, Client)
  local settings = { maxResponseSize = limit }
  for name, value in pairs(options) do
    if name ~= "headers" then settings[name] = value end
  end
  self.client = core.client(settings)
  return self
end

--- Send a request. It moves on when the client does.
-- @treturn table the request, to be cancelled
function Client:send(request)
  request.call = self.client:send { method = request.method, path = request.path,
    body = request.body, timeout = request.timeout, headers = self.headers,
    streamed = request.onPiece ~= nil, more = request }
  return request
end

local function replyOf(call)
  local kind, message = core.outcome(call)
  if kind == "answered" then
    return { status = call.statusCode, body = call.rawResponse, headers = call.headers }
  end
  return { message = message ~= "" and message or kind }
end

local function handOn(call)
  local request = call.more
  local piece = core.take(call)
  while piece and not request.isOver do
    request.onPiece(piece)
    piece = core.take(call)
  end
  if request.isOver or core.outcome(call) == "none" then return end
  request.isOver = true
  if request.onEnd then request.onEnd(replyOf(call)) end
end

--- Move all requests on, waiting so many seconds for something to do.
function Client:turn(seconds)
  local call = self.client:turn(seconds)
  while call do
    handOn(call)
    call = self.client:turn()
  end
end

--- Send a request and wait for its end.
-- @treturn table the reply
function Client:ask(request)
  local reply
  request.onEnd = function(ended) reply = ended end
  self:send(request)
  repeat self:turn(math.huge) until reply
  return reply
end

--- Call nothing back for a request any more.
function Client.cancel(_, request)
  if request.isOver then return end
  request.isOver = true
  core.abort(request.call)
end

--- The descriptor to poll for reading: readable when there is something to do.
function Client:pollfd() return self.client:pollfd() end

--- Ask for nothing more.
function Client:close() self.client:close() end
Client.__close = Client.close

return http
