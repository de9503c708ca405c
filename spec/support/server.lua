--- A scripted HTTP server, for what a real host never does.
--
--     local server <close> = support.start {
--       { status = 429, headers = { ["Retry-After"] = "1" }, body = '{"message":"slow down"}' },
--       { body = '{"count":3}' },
--     }
--     ... server.url ...
--     assert.equal(2, #server:requests())
--
-- The script's list part holds the answers. A request gets the first that fits and is not used
-- up; each is used once, the last without end. An answer may have
--
--   on              Lua pattern that "METHOD TARGET" must match
--   times           how many requests it serves
--   status          200 when not given
--   headers         name to value, or to a list of values; Content-Type is application/json
--   body            bytes
--   framing         "length", "chunked" or "close" (the body ends with the connection)
--   cut             leave out this many bytes at the end, then close
--   passOn          have the server at this Unix socket answer instead
--   raw             send exactly these bytes instead of all the above
--   delay           seconds to wait before answering
--   bytesPerSecond  how fast to send
--   unasked         bytes that follow a moment after the answer, on the kept connection
--   pause           how long that moment is, in seconds
--   endless         bytes to send after it again and again, until the peer is gone
--   ending          what follows the answer: "close" (FIN), "reset" (RST), "hold" (nothing more,
--                   left open); the connection is kept when not given
--
-- The script itself may have
--
--   connections     what to do with each connection, the last for all that follow: "serve", or
--                   "close", "reset" or "hold" without reading a request or shaking hands
--   tls             true, or a name other than localhost for the certificate to be made out to
--   unreachable     true: no connection is ever accepted nor refused
--   host, port      where to listen: 127.0.0.1, and a free port
--   unix            true: listen on a Unix socket, `socketPath`

local certificates = require "support.certificates"
local literal = require "support.literal"
local process = require "support.process"

local server = {}

--- An answer that never comes; the connection stays open.
server.silence = { raw = "", ending = "hold" }
--- The connection ends, without an answer, by FIN.
server.hangUp = { raw = "", ending = "close" }
--- The connection ends, without an answer, by RST.
server.reset = { raw = "", ending = "reset" }

local Server = {}
Server.__index = Server

--- Start a server.
-- @tparam table script as above
-- @treturn Server with `url`, `port`, `host`, `socketPath` and, under TLS, `caFile`
function server.start(script)
  local self = setmetatable({ directory = process.temporaryDirectory() }, Server)
  local full = { host = "127.0.0.1", port = 0 }
  for key, value in pairs(script) do full[key] = value end
  if script.tls then
    full.tls = certificates.make(self.directory, script.tls == true and "localhost" or script.tls)
    self.caFile = full.tls.authority
  end
  if script.unix then
    full.socketPath = self.directory .. "/socket"
    self.socketPath = full.socketPath
  end
  self.record = self.directory .. "/record"
  process.writeFile(self.directory .. "/script", "return " .. literal.write(full))
  self.process = process.hold {
    command = { "lua5.4", "spec/support/scripted_server.lua", self.directory .. "/script",
      self.record },
    directory = self.directory,
    ready = "listening on (%d+)\n",
  }
  self.host, self.port = full.host, math.tointeger(tonumber(self.process.found))
  self.url = ("%s://%s:%d"):format(script.tls and "https" or "http",
    self.host:find(":", 1, true) and "[" .. self.host .. "]" or self.host, self.port)
  return self
end

local function eventsOf(self, kind)
  local found = {}
  -- What follows the last whole event is still being written.
  local recorded = (self.recorded or process.readFile(self.record)):match "^.*,\n" or ""
  for _, event in ipairs(literal.read("{" .. recorded .. "}")) do
    if event.event == kind then found[#found + 1] = event end
  end
  return found
end

--- The requests received so far, in order.
-- @treturn table list of `{ connection, method, target, version, head, headers, body }`:
-- `connection` counts from 1, `target` and `head` are as sent, `headers` has lower-case names
function Server:requests() return eventsOf(self, "request") end

--- How many connections came so far.
function Server:connections() return #eventsOf(self, "connection") end

--- How many connections are over.
function Server:closed() return #eventsOf(self, "closed") end

--- Wait until so many requests have been received.
-- @treturn table the requests
function Server:waitForRequests(count, seconds)
  return process.waitFor(function()
    local requests = self:requests()
    return #requests >= count and requests
  end, count .. " requests", seconds)
end

--- Wait until so many answers have been sent, with all that follows them unasked: this machine has
-- them then, for whoever reads.
function Server:waitForAnswers(count)
  process.waitFor(function() return #eventsOf(self, "answered") >= count end, count .. " answers")
end

--- End the server; whoever connects now is refused. What it recorded stays.
function Server:close()
  if self.recorded or not self.process then return end
  self.recorded = process.readFile(self.record)
  if self.process:endStatus() then io.stderr:write(self.process:errors()) end
  self.process:close()
end

Server.__close = Server.close
Server.__gc = Server.close

return server
