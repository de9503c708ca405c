--- Starting a call the careful way: when something is wrong, to say what; when more than a plain
-- request is asked for.
-- @module hathora.call.prepare

local conclude = require "hathora.call.conclude"
local core = require "hathora.core"
local errors = require "hathora.errors"
local headers = require "hathora.call.headers"
local hooks = require "hathora.call.hooks"
local optionRules = require "hathora.options"
local retry = require "hathora.call.retry"
local wait = require "hathora.call.wait"
local write = require "hathora.schema.write"

local prepare = {}

local none = {}

-- What an error says of a call that was never made.
local function named(state, operation, name, problem)
  problem.operation, problem.method, problem.attempts = name, operation.method, 0
  problem.url = state.base .. operation.path
  return problem
end

local function append(problems, more)
  for _, problem in ipairs(more or none) do problems[#problems + 1] = problem end
end

local function checkOptions(operation, options, timeout)
  local problems = {}
  append(problems, optionRules.check(optionRules.call, options))
  if timeout then append(problems, optionRules.check(optionRules.call, { timeout = timeout })) end
  if type(options) ~= "table" then return problems end
  if options.onData and operation.answer ~= "bytes" then
    append(problems, { { path = "onData",
      message = "is for operations that answer with bytes; this one does not" } })
  end
  if type(options.retry) == "table" and options.retry.budget ~= nil then
    append(problems, { { path = "retry.budget",
      message = "is an option of the sdk, for all its calls together" } })
  end
  if type(options.headers) == "table" then append(problems, headers.check(options.headers)) end
  append(problems, headers.checkKey(options.idempotencyKey))
  return problems
end

-- Every mistake of a request and its options, at once.
local function findProblems(state, operation, name, request, options, timeout)
  if state.isClosed then return { { path = "sdk", message = "is closed" } } end
  local problems = {}
  if type(request) ~= "table" then
    append(problems, { { path = "request", message = ("is a %s; it must be a table, such as "
      .. "%s { ... }"):format(type(request), name) } })
  else
    local check = require "hathora.schema.check" -- not before something may be wrong
    append(problems, check.request(operation, request, state.defaults, state.rules))
  end
  append(problems, checkOptions(operation, options, timeout))
  return problems
end

-- Plain tables, of what is right: a request may have had a metatable.
local function plainRequest(operation, request)
  local plain = {}
  for _, field in ipairs(operation.fields) do
    local value = request[field.name]
    if field.place == "query" and type(value) == "table" then
      value = table.move(value, 1, #value, 1, {})
    end
    plain[field.name] = value
  end
  return plain
end

local function plainOptions(options, timeout)
  return { timeout = options.timeout or timeout, idleTimeout = options.idleTimeout,
    onDone = options.onDone, onData = options.onData, idempotencyKey = options.idempotencyKey }
end

-- Where the user's program is on the stack, seen from prepare.start.
local level = 3

-- What a call keeps that is more than a plain one.
local function moreOf(state, options, row, timeout)
  local more = { attended = row ~= nil or nil, name = row and row.name }
  if row then more.wait = wait.new(row, timeout) end
  if options.retry ~= nil then more.policy = retry.policy(options.retry, state.policy) end
  if state.options.traceback then more.traceback = debug.traceback("", level + 1):sub(2) end
  return next(more) and more
end

-- The headers of a call that has some of its own: prepared; or nil, and maybe a SecurityError.
local function headersOf(state, operation, options, plain)
  local kind, problem, line = operation.security, nil, nil
  if kind ~= "none" and options.security then
    line, problem = state.credentials.lineOf(kind, options.security)
  elseif kind ~= "none" then
    problem = state.credentials.refresh(state.core, kind)
    line = state.credentials.line(kind)
  end
  if problem or not (options.headers or options.security) then return nil, problem end
  if not operation.idempotent then plain.idempotencyKey = plain.idempotencyKey or core.uuid() end
  return core.headers(headers.lines(operation, state.agent, line, plain.idempotencyKey,
    options.headers or none))
end

local function tooLarge(state, operation, name)
  return named(state, operation, name, errors.request { { path = "request",
    message = "would make a URL longer than 1,000,000 bytes" } })
end

-- A call that fails before it is sent: its end is reported by the next step.
local function held(call, problem, name)
  for _, field in ipairs { "method", "url", "attempts", "where", "sent" } do
    problem[field] = call[field]
  end
  problem.operation = name
  core.settle(call, problem, true)
  return call
end

-- A hook may yield, and its coroutine be closed: then nobody has the call.
local cancelling = { __close = function(self)
  if self.call then conclude.cancel(self.state, self.call, "its coroutine was closed") end
end }

local function notifyRequest(state, call)
  local notifying <close> = setmetatable({ state = state, call = call }, cancelling)
  hooks.notify(state, "onRequest", call)
  notifying.call = nil
end

--- Start a call, having checked everything.
-- @tparam table state the sdk's
-- @tparam table operation of `hathora.schema`
-- @tparam userdata plan
-- @tparam table request
-- @tparam ?table options
-- @tparam[opt] table row of `wait.rows`, of a wait
-- @tparam[opt] number timeout of the wait
-- @treturn[1] hathora.call
-- @treturn[2] nil
-- @treturn[2] table a RequestError
function prepare.start(state, operation, plan, request, options, row, timeout)
  local name = row and row.name or operation.name
  options = options == nil and none or options
  local problems = findProblems(state, operation, name, request, options, timeout)
  if problems[1] then return nil, named(state, operation, name, errors.request(problems)) end
  local plain, more = plainOptions(options, timeout), moreOf(state, options, row, timeout)
  local prepared, security = headersOf(state, operation, options, plain)
  if security then more = more or {} more.held = true end
  local call = state.core:start(level, plan, plainRequest(operation, request), plain,
    write.body(operation, request), more, prepared)
  if not call then return nil, tooLarge(state, operation, name) end
  if security then return held(call, security, name) end
  if state.watched then notifyRequest(state, call) end
  return call
end

return prepare
