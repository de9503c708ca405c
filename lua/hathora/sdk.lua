--- An sdk: one client of the API, with its own connections.
-- @classmod hathora.sdk

local address = require "hathora.address"
local contract = require "hathora.contract"
local core = require "hathora.core"
local newCredentials = require "hathora.call.credentials"
local errors = require "hathora.errors"
local hooks = require "hathora.call.hooks"
local optionRules = require "hathora.options"
local plan = require "hathora.call.plan"
local retry = require "hathora.call.retry"
local schema = require "hathora.schema"
local states = require "hathora.call.states"
local turn = require "hathora.call.turn"
local wait = require "hathora.call.wait"

local sdk = {}
sdk.__name = "hathora.sdk"

local function refuse(problems)
  error(errors.request(problems, { where = errors.caller() }), 0)
end

core.onMisuse(function(message) refuse { { path = "sdk", message = message } } end)

-- Methods of an sdk; what else it is asked for is a group, or misspelt.
local methods = {}

local function stateOf(self, name)
  return states[self] or refuse { { path = name,
    message = ("is called with a dot; call it with a colon: sdk:%s(...)"):format(name) } }
end

--- Move every call on. With nothing to do it returns at once.
-- @tparam[opt=0] number seconds how long to wait for something to do
-- @raise the first error of an `onDone` callback, when there is no `onError`; others by the steps
-- that follow
function methods:step(seconds)
  local state = stateOf(self, "step")
  turn.step(state, seconds or 0)
  if state.failures[1] then hooks.raise(state) end
end

--- The one descriptor to poll for reading: readable when `step` has something to do.
-- @treturn integer
function methods:pollfd() return stateOf(self, "pollfd").core:pollfd() end

--- What to poll the descriptor for, as cqueues wants it.
function methods.events() return "r" end

--- Seconds until `step` has something to do even if the descriptor stays quiet, nil for never.
-- The descriptor knows too: a loop without timers can do without this.
function methods:timeout() return stateOf(self, "timeout").core:due() end

--- How many calls have not been answered yet.
-- @treturn integer
function methods:inFlight() return stateOf(self, "inFlight").core:inFlight() end

--- Let go of all connections. Calls in flight are dropped.
function methods:close()
  local state = stateOf(self, "close")
  state.core:close()
  state.simple, state.isClosed = false, true
  for _, failure in ipairs(state.failures) do
    warn("hathora: a callback failed, and no step followed: " .. tostring(failure[1]))
  end
  state.failures = {}
end
sdk.__close = methods.close

-- Groups.

local function waitNames(group)
  local names = {}
  for _, row in ipairs(wait.rows) do
    if row.group == group then names[#names + 1] = row.name end
  end
  return names
end

-- What words need is loaded when there are words to say.
local function namesOf(set) return require "hathora.suggest".names(set) end

local function groupMetatable(name)
  return {
    __name = "hathora." .. name,
    __index = function(_, key)
      refuse { { path = name, message = ("has no operation %s%s"):format(tostring(key),
        require "hathora.schema.lookup".inGroup(name, key, waitNames(name))) } }
    end,
    __tostring = function()
      return ("hathora.%s: %s"):format(name, table.concat(namesOf(plan.group(name)), ", "))
    end,
  }
end

-- The methods are the group's own fields, so that it can be listed and completed.
local function makeGroup(state, name)
  local group = {}
  for key, method in pairs(plan.group(name)) do group[key] = method end
  states[group] = state
  return setmetatable(group, groupMetatable(name))
end

function sdk.__index(self, key)
  local method = methods[key]
  if method then return method end
  if schema.isGroup(key) then
    local group = makeGroup(states[self], key)
    rawset(self, key, group)
    return group
  end
  refuse { { path = "sdk", message = ("has no %s%s"):format(tostring(key),
    require "hathora.schema.lookup".inSdk(key, namesOf(methods))) } }
end

function sdk:__tostring()
  return ("hathora.sdk: %s (%s)"):format(states[self].base, table.concat(schema.groups(), ", "))
end

-- Making one.

-- A user's own transport says itself who it is.
local function userAgent(options)
  if options.client then return nil end
  local own = ("hathora-lua/%s %s libcurl/%s"):format(core._VERSION, _VERSION:gsub(" ", "/"),
    core.info().libcurl)
  return options.userAgent and own .. " " .. options.userAgent or own
end

-- A copy of the options, which are right.
local function checked(given)
  local problems = optionRules.check(optionRules.sdk, given)
  if problems then refuse(problems) end
  local options = optionRules.complete(optionRules.sdk, given)
  if options.userAgent and options.userAgent:find "[%c\x7f]" then
    refuse { { path = "userAgent", message = "has a control character in it" } }
  end
  return options
end

local function newClient(options, agent, base, transport, defaults, watched)
  return core.client {
    base = base, origin = transport.origin, unixSocket = transport.unixSocket,
    direct = transport.direct, defaults = defaults, userAgent = agent,
    connectTimeout = options.connectTimeout, timeout = options.timeout,
    maxInFlight = options.maxInFlight, maxResponseSize = options.maxResponseSize,
    stepBudget = options.stepBudget, spin = options.spin ~= false, caFile = options.caFile,
    http2 = options.http2,
    allowUnknown = options.allowUnknown, external = options.client ~= nil, watched = watched,
    polled = options.poll ~= nil,
  }
end

local function newState(self, options)
  local base, transport = address(options)
  local defaults = {}
  local policy = retry.policy(options.retry, optionRules.complete(optionRules.retry, {}))
  for _, name in ipairs(contract.globals) do defaults[name] = options[name] end
  local watched = (options.onRequest or options.onResponse or options.onRetry or options.log) ~= nil
  local credentials, agent = newCredentials(options), userAgent(options)
  local state = {
    sdk = self, base = base, defaults = defaults, rules = { allowUnknown = options.allowUnknown },
    agent = agent, credentials = credentials, policy = policy, budget = retry.budget(policy.budget),
    send = options.client and require "hathora.call.transport".send,
    poll = options.poll, safe = options.safe, watched = watched, failures = {},
    handing = setmetatable({}, { __mode = "k" }), options = options,
    core = newClient(options, agent, base, transport, defaults, watched),
  }
  state.simple = not (watched or options.securitySource or options.traceback)
    and not credentials.refreshAll(state.core)
  options.security, options.securitySource = nil, nil
  return state
end

--- Make an sdk. `hathora.new` is the public name.
function sdk.new(given)
  local self = setmetatable({}, sdk)
  local state = newState(self, checked(given))
  states[self], states[state.core] = state, state
  return self
end

return sdk
