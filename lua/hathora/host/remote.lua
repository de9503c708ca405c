--- A running host, spoken to over HTTP by the commands that look at it.
-- @module hathora.host.remote

local core = require "hathora.core"
local json = require "hathora.json"
local options = require "hathora.options"
local request = require "hathora.request"

local Remote = {}
Remote.__index = Remote

local remote = {}

local timeout, ceiling, glance = 30, 64 * 1024 * 1024, 0.1

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

local function start(self, method, path, seconds)
  local lines = request.headerLines({ method = method }, self.token)
  return self.client:send(method, self.base .. path, core.headers(lines), nil, method ~= "GET",
    ceiling, seconds)
end

local function explain(transfer, body)
  local outcome, status, message = transfer:outcome()
  if outcome ~= "answered" then
    return message ~= "" and message or "the host gave no answer"
  end
  local problem = json.decode(body)
  if type(problem) == "table" and problem.message then return problem.message end
  return ("the host answered with status %d"):format(status)
end

local function isGood(transfer)
  local outcome, status = transfer:outcome()
  return outcome == "answered" and status < 300
end

--- Send a request and wait for its answer.
-- @treturn string the body
-- @raise text that says what went wrong
function Remote:ask(method, path)
  local transfer = start(self, method, path, timeout)
  repeat until self.client:step(timeout) == transfer
  if isGood(transfer) then return transfer:body() end
  error(explain(transfer, transfer:body()), 0)
end

--- Ask, and give every piece of the answer on as it comes, until the host ends it.
-- @raise text that says what went wrong
function Remote:follow(path, onPiece)
  local transfer = start(self, "GET", path, math.huge)
  local kept, finished = {}
  repeat
    finished = self.client:step(glance)
    local piece = transfer:take()
    -- Until the status is known, what comes may be the body of an error.
    local isBody = transfer:head():find "^HTTP/%S+ 200"
    if isBody then onPiece(piece) else kept[#kept + 1] = piece end
  until finished
  if not isGood(transfer) then error(explain(transfer, table.concat(kept)), 0) end
end

return remote
