--- A running host, spoken to over HTTP by the commands that look at it.
-- @module hathora.host.cli.remote

local core = require "hathora.core"
local json = require "hathora.json"
local options = require "hathora.options"
local request = require "hathora.request"

local Remote = {}
Remote.__index = Remote

local remote = {}

local timeout, ceiling = 30, 64 * 1024 * 1024

--- Make one; nothing is sent yet.
-- @tparam table facts `url`, `token`, and maybe `caFile`
-- @raise an error of the sdk's kind for a URL that cannot be used
function remote.new(facts)
  local base, transport = options.server { serverUrl = facts.url }
  return setmetatable({
    base = base, token = facts.token,
    client = core.client { caFile = facts.caFile, direct = transport.direct,
      unixSocket = transport.unixSocket },
  }, Remote)
end

local function start(self, method, path, streamed)
  local lines = request.headerLines({ method = method }, self.token)
  return self.client:send(true, method, self.base .. path, core.headers(lines), nil,
    method ~= "GET", ceiling, core.now() + timeout, 0, streamed)
end

local function explain(status, message, body)
  if not status then return message ~= "" and message or "the host gave no answer" end
  local problem = json.decode(body)
  if type(problem) == "table" and problem.message then return problem.message end
  return ("the host answered with status %d"):format(status)
end

-- Wait for the end, giving on what comes before; raise text unless it is a good one.
local function finish(self, transfer, onPiece)
  local status, kind, message
  repeat
    self.client:step(math.huge)
    local piece = transfer:take()
    if piece then onPiece(piece) end
    status, kind, message = transfer:outcome()
  until kind ~= "none"
  if not status or status >= 300 then error(explain(status, message, transfer:body()), 0) end
  return transfer:body()
end

--- Send a request and wait for its answer.
-- @treturn string the body
-- @raise text that says what went wrong
function Remote:ask(method, path)
  return finish(self, start(self, method, path))
end

--- Ask, and give every piece of the answer on as it comes, until the host ends it.
-- @raise text that says what went wrong
function Remote:follow(path, onPiece)
  finish(self, start(self, "GET", path, true), onPiece)
end

return remote
