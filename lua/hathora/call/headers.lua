--- The headers of a request: what proves who asks, and what a user adds.
-- @module hathora.call.headers

local contract = require "hathora.contract"
local security = require "hathora.security"

local headers = {}

local header = contract.security.header

local function lineOf(token)
  local scheme = contract.security.scheme
  local whole = token:sub(1, #scheme + 1):lower() == scheme:lower() .. " "
  return ("%s: %s"):format(header, whole and token or scheme .. " " .. token)
end

local function secretOf(token)
  return token:match "^%a+ +(.+)$" or token
end

local function withoutSecret(text, secret)
  local found, last = text:find(secret, 1, true)
  if not found then return text end
  return text:sub(1, found - 1) .. "[token]" .. withoutSecret(text:sub(last + 1), secret)
end

-- How many tokens are remembered: a call may end after its sdk has moved on to others.
local remembered = 8

--- The credentials of an sdk. No table has a token in it, so that none shows it.
-- @tparam table options `security`, `securitySource`
-- @treturn table `refresh(client, kind)` has the client send the token as it is now, and returns a
-- SecurityError when there is none that can be sent; `refreshAll(client)` does so for every kind;
-- `line(kind)` is that header, nil for none; `lineOf(kind, security)` the same from a call's own;
-- `redact(text)` is the text without any token
function headers.credentials(options)
  local given = { security = options.security, securitySource = options.securitySource }
  local last, lines, secrets = {}, {}, {}

  local function remember(token)
    table.insert(secrets, 1, secretOf(token))
    secrets[remembered + 1] = nil
    return lineOf(token)
  end

  local credentials = {}

  function credentials.refresh(client, kind)
    local ok, token = pcall(security.token, kind, given)
    if not ok then return token end
    if token == last[kind] then return nil end
    last[kind], lines[kind] = token, token and remember(token)
    client:authorize(kind, lines[kind] or nil)
  end

  function credentials.refreshAll(client)
    local problem
    for kind in pairs(contract.security.options) do
      problem = credentials.refresh(client, kind) or problem
    end
    return problem
  end

  function credentials.line(kind) return lines[kind] end

  function credentials.lineOf(kind, own)
    local ok, token = pcall(security.token, kind, given, own)
    if not ok then return nil, token end
    return token and remember(token)
  end

  function credentials.redact(text)
    for _, secret in ipairs(secrets) do text = withoutSecret(text, secret) end
    return text
  end

  return credentials
end

-- What a user may not set, and why.
local refused = {
  [header:lower()] = "is made from the option security",
  [contract.idempotency.header:lower()] = "is made from the option idempotencyKey",
  ["content-length"] = "is computed from the body",
  ["transfer-encoding"] = "is computed from the body",
  host = "is computed from the serverUrl",
}

local function checkHeader(name, value)
  if type(name) ~= "string" or not name:match "^[%w!#$%%&'*+%-.^_`|~]+$" then
    return "has a name that is not a valid header name"
  end
  if refused[name:lower()] then return name .. " " .. refused[name:lower()] end
  if type(value) ~= "string" and type(value) ~= "number" then
    return ("%s is a %s; it must be text"):format(name, type(value))
  end
  if tostring(value):find "[%c\x7f]" then return name .. " has a control character in its value" end
  if not tostring(value):find "%S" then return name .. " is empty; leave it out" end
end

--- What is wrong with headers that a user gave: a list of `{ path, message }`, or nil.
function headers.check(extra)
  local problems
  for name, value in pairs(extra) do
    local wrong = checkHeader(name, value)
    if wrong then
      problems = problems or {}
      problems[#problems + 1] = { path = "headers", message = wrong }
    end
  end
  return problems
end

--- What is wrong with an idempotency key that a user gave, likewise.
function headers.checkKey(key)
  if type(key) ~= "string" or not key:find "[%c\x7f]" then return nil end
  return { { path = "idempotencyKey", message = "has a control character in it" } }
end

local function ownHeaders(operation, agent, authorization, key)
  local lines = { agent and "User-Agent: " .. agent }
  lines[#lines + 1] = "Accept: " .. (operation.answer == "bytes" and "*/*" or "application/json")
  -- Without a Content-Type libcurl would say "form data" (CURLOPT_POSTFIELDS(3)).
  if operation.body then lines[#lines + 1] = "Content-Type: application/json"
  elseif operation.method ~= "GET" then lines[#lines + 1] = "Content-Type:" end
  lines[#lines + 1] = authorization
  if key then lines[#lines + 1] = contract.idempotency.header .. ": " .. key end
  return lines
end

--- The header lines of a request to which a user has added, or in which they replaced, some.
-- @tparam table operation
-- @tparam ?string agent the User-Agent
-- @tparam ?string authorization the line that proves who asks
-- @tparam ?string key the idempotency key
-- @tparam table extra by name; they are right
function headers.lines(operation, agent, authorization, key, extra)
  local lines, own = {}, {}
  for name in pairs(extra) do own[name:lower()] = true end
  for _, line in ipairs(ownHeaders(operation, agent, authorization, key)) do
    if not own[line:match "^[^:]+":lower()] then lines[#lines + 1] = line end
  end
  for name, value in pairs(extra) do lines[#lines + 1] = ("%s: %s"):format(name, value) end
  return lines
end

return headers
