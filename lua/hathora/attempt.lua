--- The one place that sends: an operation carried out, with its retries, in a straight line.
-- How to wait for a transfer is the call's own affair: blocking, yielding to a user's loop, or
-- as a coroutine that `step` resumes.
-- @module hathora.attempt

local answer = require "hathora.answer"
local errors = require "hathora.errors"
local request = require "hathora.request"
local response = require "hathora.response"
local retry = require "hathora.retry"
local security = require "hathora.security"

local attempt = {}

-- Send through the user's own transport.
local function sendByTable(call, sdk)
  local ok, given, why = pcall(sdk.options.client.send, sdk.options.client, {
    method = call.operation.method, url = call.url, body = call.body or "",
    headers = request.headerLines(call.operation, call.token, call.idempotencyKey, call.headers),
  })
  if not ok or given == nil then
    return nil, nil, errors.new("ConnectionError", { sent = "maybe",
      message = tostring(ok and why or given) })
  end
  local view, problem = answer.ofTable(given, call.attempts)
  if not view then return nil, nil, problem end
  if call.onData then call.onData(view.rawResponse) end
  local payload
  payload, problem = answer.read(call.operation, view)
  return payload, view, problem
end

local function start(call, sdk, delay)
  local transfer = call.transfer
  if transfer then
    sdk.core:resend(transfer, delay, true)
    return transfer
  end
  local operation = call.operation
  local prepared = request.headers(sdk.prepared, operation, call.token, call.idempotencyKey,
    call.headers)
  transfer = sdk.core:send(call, operation.method, call.url, prepared, call.body,
    not operation.idempotent, sdk.maxResponseSize, call.deadline, delay, call.onData,
    call.idleTimeout)
  call.transfer = transfer
  return transfer
end

-- Give the user what has come of a stream.
local function deliver(call, sdk, transfer)
  local piece = transfer:take()
  if not piece then return end
  call.delivered = true
  local ok, failure = pcall(call.onData, piece)
  if ok then return end
  sdk.core:cancel(transfer)
  error(failure, 0)
end

local function sendByCore(call, sdk, delay)
  local transfer = start(call, sdk, delay)
  local statusCode, kind, message, sent
  repeat
    sdk:await(call)
    if call.onData then deliver(call, sdk, transfer) end
    statusCode, kind, message, sent = transfer:outcome()
  until kind ~= "none"
  if not statusCode then return nil, nil, answer.failure(kind, message, sent) end
  local view = response.ofTransfer(transfer, statusCode, call.attempts)
  local payload, problem = answer.read(call.operation, view)
  return payload, view, problem
end

local function complete(problem, call)
  problem.operation, problem.method = call.operation.name, call.operation.method
  problem.url, problem.attempts = call.url, call.attempts
  problem.idempotencyKey = call.idempotencyKey
  return problem
end

local function retryAfter(call, problem)
  if not problem.statusCode then return 0 end
  return call.transfer and call.transfer:retryAfter()
    or tonumber(problem.headers and problem.headers["retry-after"]) or 0
end

--- Carry a call out to its end.
-- @tparam table call `operation`, `url`, `deadline`, `policy` and the rest of its facts
-- @tparam table sdk
-- @tparam number delay seconds before the first attempt
-- @return the payload
-- @treturn table the response
-- @raise the error of its last attempt
function attempt.perform(call, sdk, delay)
  call.transfer, call.attempts = nil, 0
  local send = sdk.options.client and sendByTable or sendByCore
  call.token = security.token(call.operation.security, sdk.options, call.security)
  repeat
    call.attempts = call.attempts + 1
    if sdk.watched then sdk:tell("onRequest", call) end
    local payload, view, problem = send(call, sdk, delay)
    if sdk.watched then sdk:tell("onResponse", call, view, problem) end
    if not problem then
      retry.refund(sdk.budget)
      return call.onData and true or payload, view
    end
    complete(problem, call)
    -- What was given to the user once must not come again.
    delay = not call.delivered and retry.delay(call, sdk.budget, problem, retryAfter(call, problem))
    if not delay then error(problem, 0) end
    if sdk.watched then sdk:tell("onRetry", call, nil, problem, delay) end
  until false
end

return attempt
