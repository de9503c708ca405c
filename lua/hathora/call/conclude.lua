--- From what came back to a payload or an error, and what follows from that.
-- @module hathora.call.conclude

local core = require "hathora.core"
local errors = require "hathora.errors"
local hooks = require "hathora.call.hooks"
local json = require "hathora.json"
local retry = require "hathora.call.retry"
local wait = require "hathora.call.wait"

local conclude = {}

local isDone, outcome, settle = core.isDone, core.outcome, core.settle

-- Words.

local function redactor(state, call) return state.credentials.redactor(core.headerLines(call)) end

local function redacted(redact, value)
  if type(value) == "string" then return redact(value) end
  if type(value) ~= "table" then return value end
  for key, item in pairs(value) do value[key] = redacted(redact, item) end
  return value
end

-- An error of a call: what is known of the call stands in it, and no token.
local function problemOf(state, call, name, fields)
  local more = call.more
  fields.operation, fields.method, fields.url = more and more.name or call.operation, call.method,
    call.url
  fields.attempts, fields.sent, fields.where = call.attempts, call.sent, call.where
  fields.idempotencyKey, fields.traceback = call.idempotencyKey, more and more.traceback
  local redact = redactor(state, call)
  for _, shown in ipairs { "message", "body", "headers" } do
    fields[shown] = redacted(redact, fields[shown])
  end
  return errors.new(name, fields)
end
conclude.problemOf = problemOf

local failures = { failed = "ConnectionError", timeout = "TimeoutError" }

-- libcurl says that it is out of memory also for what is larger than it takes.
local function tooMuch(state, call)
  if call.sent == "no" then
    return problemOf(state, call, "ConnectionError", { message = "the request cannot be sent: its "
      .. "path and headers are larger than the 1 MiB that libcurl accepts, or memory ran out" })
  end
  return problemOf(state, call, "SDKException", { message = "the answer cannot be read: a "
    .. "line of its headers is longer than the 100 KiB that libcurl accepts, or memory ran out" })
end

-- The error of an attempt without a usable answer.
local function unanswered(state, call)
  local kind, message = outcome(call)
  if kind == "noMemory" then return tooMuch(state, call) end
  if kind == "tooLarge" then
    return problemOf(state, call, "SDKException",
      { message = "the answer is larger than maxResponseSize allows" })
  end
  if kind == "timeout" and message == "" then message = "no answer in time" end
  return problemOf(state, call, failures[kind], { message = message })
end

local function isJson(contentType)
  return contentType ~= nil and contentType:lower():find("json", 1, true) ~= nil
end

local function unexpected(state, call, message)
  return problemOf(state, call, "SDKException", { statusCode = call.statusCode, message = message,
    body = call.rawResponse, headers = call.headers })
end

-- What is shown is cut only once no token is in it: a part of one would not be known for one.
local function describe(state, call)
  local status = call.statusCode
  if status >= 300 and status < 400 then
    return ("the server redirects to %s, and redirects are not followed"):format(
      call.headers.location or "nowhere")
  end
  local body = redactor(state, call)(call.rawResponse)
  return ("unexpected answer of type %s: %s"):format(call.contentType or "none",
    body == "" and "(empty)" or body:sub(1, 200))
end

-- The error of an answer that is not the documented success.
local function refusal(state, call)
  local operation = core.row(call).operation
  if operation.errors[call.statusCode] and isJson(call.contentType) then
    local body = json.decode(call.rawResponse)
    if type(body) == "table" and type(body.message) == "string" then
      return problemOf(state, call, "ApiError", { statusCode = call.statusCode,
        message = body.message, body = body, headers = call.headers })
    end
  end
  return unexpected(state, call, describe(state, call))
end

--- The error of a success whose body is not what it must be.
function conclude.unreadable(state, call)
  if not isJson(call.contentType) then return unexpected(state, call, describe(state, call)) end
  local wanted = core.row(call).payload
  local _, why = json.decode(call.rawResponse)
  return unexpected(state, call, "the answer cannot be read: "
    .. (why or "it is not " .. (wanted == "table" and "an object or list" or "a " .. wanted)))
end

-- What an attempt came to: nil when it is the documented success.
local function judge(state, call)
  if outcome(call) ~= "answered" then return unanswered(state, call) end
  if call.statusCode ~= core.row(call).success then return refusal(state, call) end
end

--- Has a hook cancelled the call, or closed the sdk?
local function isOver(state, call) return isDone(call) or state.isClosed end
conclude.isOver = isOver

-- Ends.

--- A call has ended: call its onDone.
function conclude.done(state, call, onDone)
  if onDone then hooks.guard(state, onDone, call) end
end

local function finish(state, call) conclude.done(state, call, call.onDone) end
conclude.finish = finish

--- End a call with a problem, now.
function conclude.fail(state, call, problem)
  if settle(call, problem) then finish(state, call) end
end

-- News.

-- A callback may yield, and its coroutine be closed: the news is then handed up again.
local handled = { __close = function(self)
  self.handing[self.call] = nil
  core.release(self.call)
end }

local function handling(state, call)
  state.handing[call] = coroutine.running()
  return setmetatable({ handing = state.handing, call = call }, handled)
end

-- Deal with news of a call; `deal` returns whether it is sent again. What comes of that may be news
-- while its onRequest yields, so this news is done with before.
local function attend(deal, state, call)
  local again
  do
    local held <close> = handling(state, call) -- luacheck: ignore
    again = deal(state, call)
  end
  if again then hooks.notify(state, "onRequest", call) end
end

local function tryAgain(state, call, problem, delay)
  hooks.notify(state, "onRetry", call, problem, delay)
  if isOver(state, call) then return false end
  state.core:again(call, delay)
  return true
end

local function dealWithFailure(state, call)
  local problem = judge(state, call)
  hooks.notify(state, "onResponse", call, problem)
  if isOver(state, call) then return false end
  local delay, more = retry.delay(state, call, problem), call.more
  if delay then return tryAgain(state, call, problem, delay) end
  if more and more.wait then return wait.failed(state, call, problem, conclude) end
  conclude.fail(state, call, problem)
end

--- An attempt has failed: try again, poll again, or end the call.
function conclude.failed(state, call) attend(dealWithFailure, state, call) end

local function dealWithAnswer(state, call)
  local more = call.more
  local payload = core.payload(call)
  local problem = payload == nil and conclude.unreadable(state, call) or nil
  hooks.notify(state, "onResponse", call, problem)
  if isOver(state, call) then return false end
  if problem then return conclude.fail(state, call, problem) end
  if more and more.wait then return wait.answered(state, call, payload, conclude) end
  if settle(call) then finish(state, call) end
end

--- The documented success has come, of a call that Lua attends to.
function conclude.answered(state, call) attend(dealWithAnswer, state, call) end

-- Streams.

-- Hand over what has come, and what comes meanwhile. Returns in a table what the callback has
-- raised; in place of nil, which would be no problem, text.
local function deliver(call)
  local onData = call.onData
  local piece = core.take(call)
  while piece do
    local ok, failure = pcall(onData, piece)
    if not ok then return { failure == nil and "onData raised nil" or failure } end
    piece = core.take(call)
  end
end

local function dealWithData(state, call)
  local failure = deliver(call)
  if isOver(state, call) then return false end
  if failure then
    core.abort(call)
    return conclude.fail(state, call, failure[1])
  end
  if not core.isHeld(call) then return false end -- its end is not handed up yet
  if judge(state, call) then return dealWithFailure(state, call) end
  hooks.notify(state, "onResponse", call)
  if isOver(state, call) then return false end
  if settle(call) then finish(state, call) end
end

--- There is something new of a stream: a piece, its end, or both.
function conclude.data(state, call) attend(dealWithData, state, call) end

-- Breaking off.

--- Give a call up: it ends with a CancelledError that says whether the server may have acted, and
-- is passed to its onDone by the next step.
-- @treturn ?table the error; nil when the call had ended already
function conclude.cancel(state, call, message, cause)
  if not core.abort(call) then return nil end
  local problem = problemOf(state, call, "CancelledError", { message = message, cause = cause })
  settle(call, problem, true)
  return problem
end

return conclude
