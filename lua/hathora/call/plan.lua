--- The methods of a group, made from the contract: for each operation one that waits, and one that
-- gives a call in flight.
-- @module hathora.call.plan

local core = require "hathora.core"
local errors = require "hathora.errors"
local schema = require "hathora.schema"
local states = require "hathora.call.states"
local turn = require "hathora.call.turn"
local wait = require "hathora.call.wait"
require "hathora.call"

local plan = {}

local await, result = turn.await, core.result
local none = {}

-- Compiling.

local kinds = { string = "string", integer = "integer", number = "number", boolean = "boolean" }

local function compileField(field, before)
  local kind = field.type
  local scalar = not kind.map and (kind.members and "string" or kinds[kind.name]) or "other"
  local text = scalar == "string"
  return { name = field.name, place = field.place, kind = scalar, list = kind.list, before = before,
    optional = field.optional or kind.nullable, members = kind.members, pattern = kind.pattern,
    minimum = text and kind.minLength or kind.minimum,
    maximum = text and kind.maxLength or kind.maximum }
end

-- What a payload is in Lua that is neither an object nor a list.
local payloads = { string = "string", integer = "number", number = "number", boolean = "boolean",
  text = "string" }

local function payloadOf(kind)
  return kind and not kind.list and not kind.map and payloads[kind.name] or "table"
end

--- An operation as the core knows it.
-- @tparam table operation of `hathora.schema`
function plan.compile(operation)
  local fields, pieces = {}, operation.pieces
  for index, field in ipairs(operation.fields) do
    fields[index] = compileField(field, field.place == "path" and pieces[2 * index - 1] or "")
  end
  return core.plan { operation = operation, name = operation.name, method = operation.method,
    answer = operation.answer, payload = payloadOf(operation.success.type),
    success = operation.success.status, idempotent = operation.idempotent,
    security = operation.security, body = operation.body ~= nil, fields = fields,
    tail = pieces[#pieces] }
end

-- Methods.

--- The one door through which a call's errors leave.
local function refuse(state, problem)
  problem.where = problem.where or errors.caller()
  if state.safe then return nil, problem end
  error(problem, 0)
end

local function misused(name, group)
  error(errors.request({ { path = group, message = ("is called with a dot; call its operation "
    .. "with a colon: sdk.%s:%s { ... }"):format(group, name) } }, { operation = name,
    where = errors.caller() }), 0)
end

-- Wait for a call; broken off, it is cancelled.
local function awaitHeld(state, call)
  local held <close> = call -- luacheck: ignore
  await(state, call)
end

-- The plain way is written out: it is the one that is counted.
local function finish(state, call)
  if state.safe then
    pcall(awaitHeld, state, call)
  else
    local held <close> = call -- luacheck: ignore
    await(state, call)
  end
  return result(call)
end

-- The two methods of what can be asked for: one waits, one gives the call.
local function pair(name, group, start)
  local function plain(self, request, options)
    local state = states[self] or misused(name, group)
    local call, problem = start(state, request, options)
    if call then return finish(state, call) end
    return refuse(state, problem)
  end

  local function inFlight(self, request, options)
    local state = states[self] or misused(name, group)
    local call, problem = start(state, request, options)
    if call then return call end
    return refuse(state, problem)
  end

  return plain, inFlight
end

-- What checks everything is loaded when there is something to check.
local function prepare(...) return require "hathora.call.prepare".start(...) end

-- Where the user's program is on the stack, seen from what starts a call.
local level = 3

local function operationMethods(operation)
  local compiled = plan.compile(operation)
  return pair(operation.name, operation.group, function(state, request, options)
    local call = state.simple and state.core:start(level, compiled, request or none, options)
    if call then return call end
    return prepare(state, operation, compiled, request or none, options)
  end)
end

local defaultWait = 60

-- A wait's timeout stands among its fields.
local function withoutTimeout(request)
  if type(request) ~= "table" then return request or none end
  local fields = {}
  for name, value in pairs(request) do
    if name ~= "timeout" then fields[name] = value end
  end
  return fields, request.timeout
end

local function waitMethods(row)
  local operation = schema.operation(row.group, row.polled)
  local compiled = plan.compile(operation)
  return pair(row.name, row.group, function(state, request, options)
    local fields, timeout = withoutTimeout(request)
    return prepare(state, operation, compiled, fields, options, row, timeout or defaultWait)
  end)
end

local groups = {}

--- The methods of a group by name, made on first use.
function plan.group(name)
  if groups[name] then return groups[name] end
  local methods = {}
  for _, key in ipairs(schema.names(name)) do
    methods[key], methods[key .. "Async"] = operationMethods(schema.operation(name, key))
  end
  for _, row in ipairs(wait.rows) do
    if row.group == name then methods[row.name], methods[row.name .. "Async"] = waitMethods(row) end
  end
  groups[name] = methods
  return methods
end

return plan
