--- An sdk: one client of the API, with its own connections.
-- @classmod hathora.sdk

local attempt = require "hathora.attempt"
local call = require "hathora.call"
local contract = require "hathora.contract"
local core = require "hathora.core"
local errors = require "hathora.errors"
local log = require "hathora.log"
local optionRules = require "hathora.options"
local request = require "hathora.request"
local retry = require "hathora.retry"
local schema = require "hathora.schema"
local suggest = require "hathora.suggest"
local waiting = require "hathora.waiting"
local write = require "hathora.schema.write"

local sdk = {}
sdk.__name = "hathora.sdk"

local defaultWait = 60

-- Methods of an sdk; what else it is asked for is a group, or misspelt.
local methods = {}

-- How calls wait.

--- Wait for news of a call: as a coroutine that `step` resumes when it is one in flight; else
-- blocking, or through the user's `poll`, and what comes meanwhile for others is given to them.
function methods:await(flight)
  if flight.worker then return coroutine.yield() end
  local poll = self.options.poll
  flight.news = false
  repeat
    if poll then poll(self) end
    if not flight.news then methods.step(self, poll and 0 or math.huge) end
  until flight.news
end

-- There is news of a call: resume it, or tell the one that waits for it.
local function dispatch(self, flight)
  if flight.worker then
    flight:resume()
  else
    flight.news = true
    -- Another coroutine may be waiting on the descriptor for just this.
    if self.options.poll then self.core:wake() end
  end
end

--- Move every call on. With nothing to do it returns at once.
-- @tparam[opt=0] number seconds how long to wait for something to do
-- @raise the first error of an `onDone` callback, once all have run, when there is no `onError`
function methods:step(seconds)
  local flight = self.core:step(seconds or 0)
  while flight do
    dispatch(self, flight)
    flight = self.core:next()
  end
  local failure = self.failure
  if failure then
    self.failure = false
    error(failure, 0)
  end
end

--- The one descriptor to poll for reading: readable when `step` has something to do.
-- @treturn integer
function methods:pollfd() return self.core:pollfd() end

--- What to poll the descriptor for, as cqueues wants it.
function methods.events() return "r" end

--- Seconds until `step` has something to do even if the descriptor stays quiet, nil for never.
-- The descriptor knows too: a loop without timers can do without this.
function methods:timeout() return self.core:due() end

--- How many calls have not been answered yet.
-- @treturn integer
function methods:inFlight() return self.core:inFlight() end

--- Let go of all connections. Calls in flight are dropped.
function methods:close() self.core:close() end
sdk.__close = methods.close

-- Hooks and callbacks.

--- Run a user's callback so that its failure harms nothing else.
function methods:guard(callback, ...)
  local ok, failure = xpcall(callback, debug.traceback, ...)
  if ok then return end
  local onError = self.options.onError
  if onError then pcall(onError, failure)
  else self.failure = self.failure or failure end
end

local function tellOne(name, listener, ...)
  local ok, failure = pcall(listener, ...)
  if not ok then warn(("hathora: %s failed: %s"):format(name, tostring(failure))) end
end

--- Tell a hook and the log what happened: a table of `operation`, `method`, `url`, `attempt`,
-- `idempotencyKey`, and as known `statusCode`, `response`, `error`, `delay`. Never the token.
function methods:tell(hook, facts, response, problem, delay)
  local event = {
    operation = facts.operation.name, method = facts.operation.method, url = facts.url,
    attempt = facts.attempts, idempotencyKey = facts.idempotencyKey, response = response,
    statusCode = response and response.statusCode or problem and problem.statusCode,
    error = problem, delay = delay,
  }
  local options = self.options
  if options[hook] then tellOne(hook, options[hook], event) end
  if options.log then tellOne("log", options.log, log.line(hook, event)) end
end

-- Operations.

local nothing = {}

local function refuse(name, path, message)
  error(errors.request({ { path = path, message = message } }, { operation = name }), 0)
end

-- Everything a call needs to know, checked before anything is sent.
local function prepare(self, operation, name, fields, options, timeout)
  if fields ~= nil and type(fields) ~= "table" then
    refuse(name, "request", ("is a %s; it must be a table, such as %s { ... }"):format(
      type(fields), name))
  end
  if options then optionRules.verify(optionRules.call, options) end
  local given = options or nothing
  if given.onData and operation.answer ~= "bytes" then
    refuse(name, "onData", "is for operations that answer with bytes; this one does not")
  end
  local key = given.idempotencyKey
  if not key and not operation.idempotent then key = core.uuid() end
  return {
    sdk = self, operation = operation, attempts = 0,
    url = request.url(operation, self.base, fields or nothing, self.defaults, self.options),
    body = write.body(operation, fields or nothing),
    deadline = core.now() + (given.timeout or timeout), idempotencyKey = key,
    headers = given.headers, security = given.security, onDone = given.onDone,
    onData = given.onData, idleTimeout = given.idleTimeout,
    policy = retry.policy(given.retry, self.policy),
    -- What comes later has its place made now, so that the table need not grow.
    worker = nil, token = nil, transfer = nil, succeeded = nil, payload = nil, response = nil,
  }
end

local function safely(ok, ...)
  if ok then return ... end
  if errors.is((...)) then return nil, (...) end
  error((...), 0)
end

-- The two methods of one thing that can be asked for: wait for it, or be given a call.
local function pair(name, perform, facts)
  local function waitFor(self, fields, options)
    return perform(facts(self, name, fields, options), self, 0)
  end
  local function start(self, fields, options)
    return call.start(self, facts(self, name, fields, options), perform)
  end
  local function method(go)
    return function(group, fields, options)
      local self = group.sdk
      if self.options.safe then return safely(pcall(go, self, fields, options)) end
      return go(self, fields, options)
    end
  end
  return method(waitFor), method(start)
end

local function operationMethods(operation)
  return pair(operation.name, attempt.perform, function(self, name, fields, options)
    return prepare(self, operation, name, fields, options, self.options.timeout)
  end)
end

local function waitMethods(row, look)
  return pair(row.name, waiting.perform, function(self, name, fields, options)
    local wanted, timeout = {}, nil
    for field, value in pairs(fields or {}) do
      if field == "timeout" then timeout = value else wanted[field] = value end
    end
    if timeout then optionRules.verify(optionRules.call, { timeout = timeout }) end
    local facts = prepare(self, look, name, wanted, options, timeout or defaultWait)
    facts.name, facts.goals = name, row.goals
    return facts
  end)
end

-- The methods of each group, made on first use from the contract's rows.
local groups = setmetatable({}, { __index = function(groups, name)
  if not schema.isGroup(name) then return nil end
  local group = {}
  local function add(key, plain, inFlight) group[key], group[key .. "Async"] = plain, inFlight end
  for _, key in ipairs(schema.names(name)) do
    add(key, operationMethods(schema.operation(name, key)))
  end
  for _, row in ipairs(waiting.rows) do
    if row.group == name then add(row.name, waitMethods(row, schema.operation(name, row.look))) end
  end
  groups[name] = group
  return group
end })

local function waitNames(group)
  local names = {}
  for _, row in ipairs(waiting.rows) do
    if row.group == group then names[#names + 1] = row.name end
  end
  return names
end

local function groupMetatable(name)
  return {
    __name = "hathora." .. name,
    __index = function(_, key)
      error(("%s has no operation %s%s"):format(name, tostring(key),
        require "hathora.schema.lookup".inGroup(name, key, waitNames(name))), 2)
    end,
    __tostring = function()
      return ("hathora.%s: %s"):format(name, table.concat(suggest.names(groups[name]), ", "))
    end,
  }
end

-- The methods are the group's own fields, so that it can be listed and completed.
local function makeGroup(self, name)
  local group = { sdk = self }
  for key, method in pairs(groups[name]) do group[key] = method end
  return setmetatable(group, groupMetatable(name))
end

local publicMethods = { "close", "events", "inFlight", "pollfd", "step", "timeout" }

function sdk.__index(self, key)
  local method = methods[key]
  if method then return method end
  if schema.isGroup(key) then
    local group = makeGroup(self, key)
    rawset(self, key, group)
    return group
  end
  error(("an sdk has no %s%s"):format(tostring(key),
    require "hathora.schema.lookup".inSdk(key, publicMethods)), 2)
end

function sdk:__tostring()
  return ("hathora.sdk: %s (%s)"):format(self.base, table.concat(schema.groups(), ", "))
end

local function userAgent(options)
  local own = ("hathora-lua/%s %s libcurl/%s"):format(core._VERSION, _VERSION:gsub(" ", "/"),
    core.info().libcurl)
  return options.userAgent and own .. " " .. options.userAgent or own
end

--- Make an sdk. `hathora.new` is the public name.
function sdk.new(given)
  optionRules.verify(optionRules.sdk, given)
  local options = optionRules.complete(optionRules.sdk, given)
  local base, transport = optionRules.server(options)
  if options.userAgent and options.userAgent:find "[%c\x7f]" then
    error(errors.request { { path = "userAgent", message = "has a control character in it" } }, 0)
  end
  local defaults = {}
  for _, name in ipairs(contract.globals) do defaults[name] = options[name] end
  local self = {
    options = options, base = base, defaults = defaults, prepared = {}, failure = false,
    idleWorkers = { limit = options.maxInFlight },
    policy = retry.policy(options.retry, optionRules.complete(optionRules.retry, {})),
    maxResponseSize = options.maxResponseSize,
    watched = (options.onRequest or options.onResponse or options.onRetry or options.log) ~= nil,
    core = core.client {
      userAgent = userAgent(options), connectTimeout = options.connectTimeout,
      origin = transport.origin, maxInFlight = options.maxInFlight, stepBudget = options.stepBudget,
      spin = options.spin ~= false,
      caFile = options.caFile, http2 = options.http2, unixSocket = transport.unixSocket,
      direct = transport.direct,
    },
  }
  self.budget = retry.budget(self.policy.budget)
  return setmetatable(self, sdk)
end

return sdk
