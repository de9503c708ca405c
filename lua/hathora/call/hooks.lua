--- Calling users' own code, so that its failure harms nothing else.
-- @module hathora.call.hooks

local hooks = {}

--- Run a callback. What it raises is for `onError`, or for the next `step` to raise.
function hooks.guard(state, callback, call)
  local ok, failure = xpcall(callback, debug.traceback, call)
  if ok then return end
  local onError = state.options.onError
  if onError then pcall(onError, failure)
  else state.failures[#state.failures + 1] = { failure } end
end

--- Raise the first of what callbacks raised.
function hooks.raise(state)
  local first = table.remove(state.failures, 1)
  if first then error(first[1], 0) end
end

local function notifyOne(name, listener, ...)
  local ok, failure = pcall(listener, ...)
  if not ok then warn(("hathora: %s failed: %s"):format(name, tostring(failure))) end
end

--- Tell a hook and the log what happened: a table of `operation`, `method`, `url`, `attempt`,
-- `idempotencyKey`, and as known `statusCode`, `response`, `error`, `delay`. Never the token.
function hooks.notify(state, hook, call, problem, delay)
  if not state.watched then return end
  local options, answered = state.options, hook == "onResponse" and call.statusCode
  local event = {
    operation = call.operation, method = call.method, url = call.url, attempt = call.attempts,
    idempotencyKey = call.idempotencyKey, response = answered and call or nil,
    statusCode = answered or problem and problem.statusCode, error = problem, delay = delay,
  }
  if options[hook] then notifyOne(hook, options[hook], event) end
  if options.log then
    notifyOne("log", options.log, require "hathora.log".line(hook, event))
  end
end

return hooks
