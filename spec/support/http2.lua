--- A scripted HTTP/2 server, node's own, for what HTTP/1.1 cannot do.
--
-- The script is a list of answers. A request gets the first that fits and is not used up; each is
-- used once, the last without end. An answer may have
--
--   on               text that "METHOD PATH" must have in it
--   times            how many requests it serves
--   status, body     200 and nothing when not given
--   headers          name to value
--   headerKilobytes  so many headers of a thousand bytes more
--   interim          an informational status that comes before
--   at               "start": nothing of the answer is sent
--   delay            seconds until what follows:
--   reset            RST_STREAM with this code; else
--   destroy          the connection is closed; else
--   endless          text that is sent again and again; else
--   hold             nothing more; else the stream ends
--   goaway, last     GOAWAY with this code first, and the last stream it names (this one's)
--   frames           true, in the first answer: the server writes its frames itself. The answers
--                    then have `type`, `body`, `length` (the content-length), and `reset`: the
--                    code of a RST_STREAM that ends the body after the delay, without END_STREAM

local certificates = require "support.certificates"
local cjson = require "cjson"
local process = require "support.process"

local http2 = {}

--- Is there a node that can serve?
function http2.available()
  local _, status = process.run "node --version"
  return status == 0 and require "hathora.core".info().http2
end

local Server = {}
Server.__index = Server

--- Start a server.
-- @treturn Server with `url` and `caFile`
function http2.start(script)
  local self = setmetatable({ directory = process.temporaryDirectory() }, Server)
  local files = certificates.make(self.directory, "localhost")
  process.writeFile(self.directory .. "/script", cjson.encode(script))
  self.process = process.hold {
    command = { "node", "spec/support/http2_server.mjs", self.directory .. "/script",
      files.certificate, files.key },
    directory = self.directory,
    ready = "listening on (%d+)\n",
  }
  self.caFile, self.url = files.authority, "https://localhost:" .. self.process.found
  return self
end

--- The requests so far, in order.
-- @treturn table list of `{ connection, method, path }`; `connection` counts from 1
function Server:requests()
  local requests = {}
  for connection, method, path in self.process:output():gmatch "request (%d+) (%S+) (%S+)\n" do
    requests[#requests + 1] = { connection = math.tointeger(tonumber(connection)),
      method = method, path = path }
  end
  return requests
end

function Server:close()
  if self.process:endStatus() then io.stderr:write(self.process:errors()) end
  self.process:close()
end

Server.__close = Server.close

return http2
