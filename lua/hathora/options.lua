--- The options of an sdk, and of a single call: one row an option.
-- A row is `{ "name", kind, "What it does.", default =, shown = }`: the kind says what a value may
-- be, `shown` what the reference says of the default where the value itself says too little. The
-- checks, the defaults, docs/options.md and the editor's types are made from these rows.
-- @module hathora.options

local contract = require "hathora.contract"
local security = require "hathora.security"

local options = {}

-- Kinds: `lua`, the type for an editor; `allowed`, words for what would be right; `test`; `rows`,
-- of a table with options of its own; `copied`, when later changes to a table shall not count.

local function kind(lua, allowed, test)
  return { lua = lua, allowed = allowed, test = test }
end

local function ofType(name)
  return function(value) return type(value) == name end
end

local function callback(signature) return kind(signature, "a function", ofType "function") end

local text = kind("string", "text", ofType "string")
local flag = kind("boolean", "true or false", ofType "boolean")
local count = kind("integer", "a whole number of at least 1", function(value)
  return math.type(value) == "integer" and value >= 1
end)
local seconds = kind("number", "a number of seconds above 0, such as 2.5", function(value)
  return type(value) == "number" and value > 0
end)
local key = kind("string", "text with more in it than blanks", function(value)
  return type(value) == "string" and value:find "%S" ~= nil
end)
local tokens = kind("hathora.Security", "a table such as { hathoraDevToken = token }",
  function(value) return not security.mistake(value) end)
tokens.copied = true
local parameters = kind("table<string, string>", "a table of the server URL's parameters",
  ofType "table")
local headers = kind("table<string, string>", "a table of header names and their values in text",
  function(value)
    if type(value) ~= "table" then return false end
    for _, line in pairs(value) do
      if type(line) ~= "string" and type(line) ~= "number" then return false end
    end
    return true
  end)
local transport = kind("table", "a table with a function send(self, request)", function(value)
  return type(value) == "table" and type(value.send) == "function"
end)
local event = callback "fun(event: table)"

--- What `security` holds.
options.security = {
  { "hathoraDevToken", text, "The developer's token, for all operations except those of players." },
  { "playerAuth", text, "A player's token, as a login returns it, for the operations of players." },
}

--- How to try again.
options.retry = {
  { "attempts", count, "How many attempts to make in all.", default = 3 },
  { "initialDelay", seconds, "The first delay is a random part of this, in seconds.",
    default = 0.2 },
  { "maxDelay", seconds, "The longest random delay, in seconds; Retry-After may ask for more.",
    default = 5 },
  { "budget", count, "For an sdk alone: how many retries all its calls share; ten successes "
    .. "restore one.", default = 20 },
  { "idempotencyKeys", flag, "The server honours idempotency keys, as hathora-host does, so "
    .. "creates may be retried.", default = false },
}

local retry = kind("hathora.RetryOptions|false", "false, or a table such as { attempts = 3 }",
  function(value) return value == false or type(value) == "table" end)
retry.rows, retry.copied = options.retry, true

--- The options of `hathora.new`.
options.sdk = {
  { "security", tokens, "`{ hathoraDevToken = token }`, and `playerAuth` for the operations of "
    .. "players. Without it, no token is sent." },
  { "securitySource", callback "fun(): hathora.Security", "Returns such a table; called for each "
    .. "request that needs a token. Takes precedence over `security`." },
  { "appId", text, "The application for requests that name none." },
  { "serverUrl", text, "The server: `https://...`, `http://...` on this machine, or "
    .. "`unix:/path`.", shown = "`" .. contract.defaultServer .. "`" },
  { "serverIndex", count, "A server of the API's own list, instead of `serverUrl`: 1 is Hathora's "
    .. "own address, `" .. contract.servers[1] .. "`, whose service has ended." },
  { "urlParams", parameters, "Values for the `{names}` in `serverUrl`." },
  { "allowHttp", flag, "Allow the token to be sent unencrypted to another machine.",
    default = false },
  { "caFile", text, "A file of certificate authorities (PEM) to verify the server with. Its "
    .. "certificate is always verified.", shown = "the system's" },
  { "http2", flag, "Use HTTP/2 if the server supports it.", default = false },
  { "timeout", seconds, "The limit of a call in seconds, over all its attempts; for a stream, "
    .. "until its answer begins.", default = 30 },
  { "connectTimeout", seconds, "The limit of connecting, in seconds.", default = 5 },
  { "retry", retry, "How to retry, or false for never.", shown = "see below" },
  { "maxInFlight", count, "How many calls may run at once; more are queued.", default = 64 },
  { "maxResponseSize", count, "The limit of an answer in bytes; a larger one is an error.",
    default = 8 * 1024 * 1024, shown = "8 MiB" },
  { "stepBudget", seconds, "The work after which a step returns, in seconds.", default = 0.0005 },
  { "spin", flag, "Before a step sleeps, poll for up to 50 microseconds, if the last wait was as "
    .. "short. Faster with a second processor, at the cost of CPU time.", default = true },
  { "poll", callback "fun(sdk: table)", "How plain calls wait: `cqueues.poll`, "
    .. "`coroutine.yield`." },
  { "safe", flag, "Calls return `nil, err` instead of raising errors.", default = false },
  { "allowUnknown", flag, "Send text that is not a known member of an enum, such as a region of "
    .. "your own.", default = false },
  { "log", callback "fun(line: string)", "Called with a line for each request, answer and retry, "
    .. "without the token. `HATHORA_DEBUG=1` with `hathora.fromEnvironment` writes them to "
    .. "standard error." },
  { "onRequest", event, "Called before each attempt: `operation`, `method`, `url`, `attempt`, "
    .. "`idempotencyKey`." },
  { "onResponse", event, "Called with the result of each attempt: `statusCode`, `response`, "
    .. "`error`." },
  { "onRetry", event, "Called before each retry: `delay`, `error`." },
  { "onError", callback "fun(message: string)", "Called with the error of an `onDone`; without "
    .. "it, `step` raises that error." },
  { "userAgent", text, "Appended to our own User-Agent." },
  { "traceback", flag, "Add to each error a `traceback` of where its call was made.",
    default = false },
  { "client", transport, "Your own transport: `send(self, request)` is called with `method`, "
    .. "`url`, `headers` (lines), `body`; returns `{ statusCode, headers, body }`, or nil and "
    .. "the reason." },
}

--- The options of one call: the second argument of every operation.
options.call = {
  { "timeout", seconds, "As above, for this call.", shown = "the sdk's" },
  { "retry", retry, "As above, for this call.", shown = "the sdk's" },
  { "idempotencyKey", key, "For a create: the server carries out one request for each key.",
    shown = "a new one" },
  { "security", tokens, "As above, for this call.", shown = "the sdk's" },
  { "headers", headers, "Additional headers." },
  { "onDone", callback "fun(call: hathora.Call)", "For a call in flight: called from `step` "
    .. "when it has ended." },
  { "onData", callback "fun(piece: string)", "For logs: called with each piece as it arrives; "
    .. "the call then returns true, and its `timeout` is until the answer begins." },
  { "idleTimeout", seconds, "How long a stream may be silent once it has begun, in seconds.",
    shown = "none" },
}

for _, rows in pairs { options.sdk, options.call, options.retry, options.security } do
  for _, row in ipairs(rows) do rows[row[1]] = row end
end

local function rowNames(rows)
  local names = {}
  for index, row in ipairs(rows) do names[index] = row[1] end
  table.sort(names)
  return names
end

local checkInto

local function checkOne(problems, path, row, value)
  local rule = row[2]
  if not rule.test(value) then
    -- The value is shown by its type alone: it may be a secret.
    problems[#problems + 1] = { path = path, message = ("is not a valid %s; it must be %s")
      :format(type(value), rule.allowed) }
  elseif rule.rows and value then
    checkInto(problems, path .. ".", rule.rows, value)
  end
end

function checkInto(problems, prefix, rows, given)
  for _, row in ipairs(rows) do
    local value = given[row[1]]
    if value ~= nil then checkOne(problems, prefix .. row[1], row, value) end
  end
  for name in pairs(given) do
    if type(name) ~= "string" or not rows[name] then
      local suggest = require "hathora.suggest"
      problems[#problems + 1] = { path = prefix .. tostring(name),
        message = "is no option" .. suggest.sentence(name, rowNames(rows)) }
    end
  end
end

--- What is wrong with options.
-- @tparam table rows `options.sdk`, `options.call` or `options.retry`
-- @tparam table given
-- @treturn ?table nil when all is right, else a list of `{ path, message }`
function options.check(rows, given)
  if type(given) ~= "table" then
    return { { path = "options", message = ("are a %s; they must be a table such as "
      .. "{ timeout = 5 }"):format(type(given)) } }
  end
  local problems = {}
  checkInto(problems, "", rows, given)
  return problems[1] and problems or nil
end

local function copy(values)
  local copied = {}
  for name, value in pairs(values) do copied[name] = value end
  return copied
end

--- A copy of checked options, with the defaults of those that are absent.
-- @tparam table rows
-- @tparam table given
-- @treturn table later changes to the given, or to a table in it, do not count
function options.complete(rows, given)
  local completed = {}
  for _, row in ipairs(rows) do
    local name, value = row[1], given[row[1]]
    if value == nil then value = row.default end
    completed[name] = row[2].copied and type(value) == "table" and copy(value) or value
  end
  return completed
end

return options
