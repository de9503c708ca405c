--- What an sdk can be told, and what a single call can.
-- @module hathora.options

local contract = require "hathora.contract"
local errors = require "hathora.errors"
local security = require "hathora.security"
local suggest = require "hathora.suggest"

local options = {}

local function isRight(known, given)
  for name, value in pairs(given) do
    if not known[name] or known[name](value) then return false end
  end
  return true
end

-- Hold options against what they may be: name to a function that returns what would be right, or
-- nothing. nil when all is right, else a list of `{ path, message }`.
local function check(known, given)
  if isRight(known, given) then return nil end
  local problems, names = {}, suggest.names(given)
  for key in pairs(given) do
    if type(key) ~= "string" then names[#names + 1] = key end
  end
  for _, name in ipairs(names) do
    local allowed = known[name] and known[name](given[name])
    if not known[name] then
      problems[#problems + 1] = { path = tostring(name),
        message = "is no option" .. suggest.sentence(name, suggest.names(known)) }
    elseif allowed then
      -- The value is shown by its type alone: it may be a secret.
      problems[#problems + 1] = { path = name, message = ("is a %s that will not do; it must be %s")
        :format(type(given[name]), allowed) }
    end
  end
  return problems
end

local function kind(wanted, words)
  return function(value)
    if type(value) ~= wanted then return words end
  end
end

local function seconds(value)
  if type(value) ~= "number" or value ~= value or value <= 0 then
    return "a number of seconds above 0, such as 2.5"
  end
end

local function count(value)
  if math.type(value) ~= "integer" or value < 1 then return "a whole number of at least 1" end
end

local text = kind("string", "text")
local flag = kind("boolean", "true or false")
local callback = kind("function", "a function")

local retryOptions = {
  attempts = count, initialDelay = seconds, maxDelay = seconds, budget = count,
  idempotencyKeys = flag,
}

local function retry(value)
  if value == false then return nil end
  local words = "false, or a table of attempts, initialDelay, maxDelay, budget, idempotencyKeys"
  if type(value) ~= "table" or check(retryOptions, value) then return words end
end

local function tokens(value)
  if security.mistake(value) then return "a table such as { hathoraDevToken = token }" end
end

local function sender(value)
  if type(value) ~= "table" or type(value.send) ~= "function" then
    return "a table with a function send(self, request)"
  end
end

--- The options of `hathora.new`.
options.sdk = {
  security = tokens,
  securitySource = callback, appId = text, serverUrl = text, serverIndex = count,
  urlParams = kind("table", "a table of the server URL's parameters"), client = sender,
  caFile = text, http2 = flag, allowHttp = flag, timeout = seconds, connectTimeout = seconds,
  maxInFlight = count, maxResponseSize = count, stepBudget = seconds, retry = retry,
  poll = callback, safe = flag, allowUnknown = flag, userAgent = text, onRequest = callback,
  onResponse = callback,
  onRetry = callback, onError = callback, log = callback,
}

--- The options of one call: the second argument of every operation.
options.call = {
  timeout = seconds, retry = retry, idempotencyKey = text, security = tokens,
  headers = kind("table", "a table of header names and values"), onDone = callback,
  onData = callback, idleTimeout = seconds,
}

--- Raise a RequestError unless all of the given are known and right.
function options.verify(known, given)
  local problems = check(known, given)
  if problems then error(errors.request(problems), 0) end
end

local function isLoopback(host)
  return host == "localhost" or host == "[::1]" or host:match "^127%.%d+%.%d+%.%d+$" ~= nil
end

local function refuse(path, message)
  error(errors.request { { path = path, message = message } }, 0)
end

local function fill(url, parameters)
  return (url:gsub("{([^{}]+)}", function(name)
    local value = parameters[name]
    if value == nil then refuse("serverUrl", ("has {%s}, which urlParams lacks"):format(name)) end
    return tostring(value)
  end))
end

--- Where an sdk's server is.
-- @treturn string the base of every URL
-- @treturn table what the transport is told: `unixSocket`, `direct` (past any proxy), `origin`
function options.server(given)
  local url = given.serverUrl
  if not url then
    url = contract.servers[given.serverIndex or 1]
    if not url then
      refuse("serverIndex", ("is %d; there are %d servers"):format(given.serverIndex,
        #contract.servers))
    end
  end
  url = fill(url, given.urlParams or {})
  local socket = url:match "^unix:(/.*)$"
  if socket then
    if #socket > 107 then refuse("serverUrl", "names a socket path longer than 107 bytes") end
    return "http://localhost", { unixSocket = socket, direct = true, origin = "http://localhost" }
  end
  local scheme, authority, path = url:match "^(https?)://([^/?#%s%c]+)(/?[^?#%s%c]*)$"
  if not scheme then
    refuse("serverUrl", "must be https://HOST, http://HOST or unix:/PATH, without a query")
  end
  if authority:find("@", 1, true) then
    refuse("serverUrl", "must not have a user or password in it")
  end
  local host = authority:gsub(":%d+$", "")
  local loopback = isLoopback(host)
  if scheme == "http" and not loopback and not given.allowHttp then
    refuse("serverUrl", ("would send the token to %s in the clear; use https, or say "
      .. "allowHttp = true"):format(host))
  end
  local origin = scheme .. "://" .. authority
  -- An HTTP proxy is told the whole URL; for https it only passes bytes on.
  local whole = scheme == "http" and not loopback
  return origin .. path:gsub("/+$", ""), { direct = loopback, origin = not whole and origin or nil }
end

return options
