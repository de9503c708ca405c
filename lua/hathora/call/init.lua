--- A call in flight, and the response once it has ended.
--
-- As a response it has `statusCode`, `contentType`, `headers` (names in lower case; the values of
-- a repeated one joined by ", "), `rawResponse` (the body), `attempts`, `timings` (seconds from the
-- start: `nameLookup`, `connect`, `tls`, `firstByte`, `total`), `reused` (was the connection kept
-- from an earlier call?); of its request `operation`, `method`, `url`, `idempotencyKey`, `where`
-- (the line that made it); and `sent`: whether the server may have acted.
-- @classmod hathora.call

local conclude = require "hathora.call.conclude"
local core = require "hathora.core"
local states = require "hathora.call.states"
local turn = require "hathora.call.turn"

local isDone = core.isDone

local function stateOf(call) return states[core.clientOf(call)] end

-- A wait has a name of its own beside the operation that is polled.
local function nameOf(call) return call.more and call.more.name or call.operation end

local methods = {}

--- Has it ended, in success or failure? Only `step` and `wait` move it on.
-- @function isDone
-- @treturn boolean

--- What the plain call would return, or raise.
-- @function result
-- @return the payload
-- @treturn hathora.call the call itself, as the response
-- @raise what the plain call raises; a RequestError when it has not ended yet

--- Step until this call has ended, or the time is up; through the option `poll` when there is one.
-- @tparam[opt] number seconds default: as long as it takes
-- @treturn boolean whether it has ended
-- @raise RequestError when its end could never come: from within its own `onData`, `onResponse` or
-- `onRetry`; without `poll` and `seconds`, while a callback of its own, or the `send` of the option
-- `client`, has yielded
function methods:wait(seconds)
  local state = stateOf(self)
  if state.handing[self] == coroutine.running() and not isDone(self) then
    turn.refuse(self, "cannot be waited for from within its own onData, onResponse or onRetry")
  end
  if seconds then return turn.awaitFor(state, self, seconds) end
  turn.awaitStarted(state, self)
  return true
end

--- Cancel it. What has been sent stays sent: `result()` raises a CancelledError that says
-- whether the server may have acted.
-- @treturn boolean false when it had ended already
function methods:cancel()
  return conclude.cancel(stateOf(self), self, "the call was cancelled") ~= nil
end

local meta = {}

function meta:__tostring()
  return ("hathora.call: %s, %s"):format(nameOf(self),
    not isDone(self) and "in flight" or core.problem(self) == nil and "done" or "failed")
end

-- What `result` does about a call that has none.
function meta.explain(call)
  if not isDone(call) then
    turn.refuse(call, "has not ended yet: wait for it, or step until isDone()")
  end
  local state, problem = stateOf(call), core.problem(call)
  if problem == nil then
    problem = conclude.unreadable(state, call)
    core.settle(call, problem)
  end
  if state.safe then return nil, problem end
  error(problem, 0)
end

-- What stands behind a plain call's `<close>`: its waiting was broken off.
function meta.breakOff(call, why)
  error(conclude.cancel(stateOf(call), call, why == nil and "its coroutine was closed"
    or "its wait was interrupted: " .. tostring(why), why), 0)
end

local names = { "isDone", "result", "wait", "cancel", "statusCode", "headers", "rawResponse",
  "attempts", "timings", "idempotencyKey", "url", "sent" }

function meta.misnamed(call, name)
  local suggest = require "hathora.suggest"
  turn.refuse(call, ("has no %s: what was asked for is what call:result() returns%s"):format(
    tostring(name), suggest.sentence(name, names)))
end

core.extend(methods, meta)
