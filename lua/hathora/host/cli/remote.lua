--- A running host, called over HTTP by the commands that inspect it.
-- @module hathora.host.cli.remote

local http = require "hathora.http"
local json = require "hathora.json"
local address = require "hathora.address"

local Remote = {}
Remote.__index = Remote

local remote = {}

local timeout = 30

--- Make one; nothing is sent yet.
-- @tparam table options `url`, `token`, and maybe `caFile`
-- @raise an error of the sdk's kind for a URL that cannot be used
function remote.new(options)
  local base, transport = address { serverUrl = options.url }
  return setmetatable({ client = http.new { base = base, origin = transport.origin,
    caFile = options.caFile, direct = transport.direct, unixSocket = transport.unixSocket,
    headers = { "Accept: application/json", "Content-Type:",
      options.token and "Authorization: Bearer " .. options.token } } }, Remote)
end

local function explain(reply)
  if not reply.status then
    return reply.message .. ". Is the host running? --url or HATHORA_CLOUD_ENDPOINT says where it "
      .. "is."
  end
  local problem = json.decode(reply.body)
  if type(problem) == "table" and problem.message then return problem.message end
  return ("the host answered with status %d"):format(reply.status)
end

local function ask(self, request)
  request.timeout = timeout
  local reply = self.client:ask(request)
  if not reply.status or reply.status >= 300 then error(explain(reply), 0) end
  return reply.body
end

--- Send a request and wait for its answer.
-- @treturn string the body
-- @raise text that says what went wrong
function Remote:ask(method, path)
  return ask(self, { method = method, path = path })
end

--- Ask, and give every piece of the answer on as it comes, until the host ends it.
-- @raise text that says what went wrong
function Remote:follow(path, onPiece)
  ask(self, { path = path, onPiece = onPiece })
end

return remote
