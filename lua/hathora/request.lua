--- From a request table to what is sent: method, URL, headers.
-- @module hathora.request

local check = require "hathora.check"
local contract = require "hathora.contract"
local core = require "hathora.core"
local errors = require "hathora.errors"

local request = {}

local escape = core.escape

local function addQuery(url, operation, fields)
  local separator = "?"
  for _, field in ipairs(operation.queryFields) do
    local value = fields[field.name]
    if value ~= nil then
      for _, item in ipairs(field.type.list and value or { value }) do
        url = url .. separator .. field.name .. "=" .. escape(item)
        separator = "&"
      end
    end
  end
  return url
end

--- The URL of a checked request.
-- @raise RequestError that names every wrong field
function request.url(operation, base, fields, defaults)
  local problems = check.request(operation.fields, fields, defaults)
  if problems then
    error(errors.request(problems, { operation = operation.name }), 0)
  end
  local pieces = operation.pieces
  local url = base .. pieces[1]
  for index = 2, #pieces, 2 do
    local name = pieces[index]
    url = url .. escape(fields[name] or defaults[name]) .. pieces[index + 1]
  end
  return operation.queryFields[1] and addQuery(url, operation, fields) or url
end

local function securityError(message)
  error(errors.new("SecurityError", { message = message }), 0)
end

-- A token read from a file ends in a line break; anything else of the kind inside it is refused,
-- and never shown.
local function clean(token)
  if type(token) ~= "string" then
    securityError(("%s must be text, and is a %s"):format(contract.security.option, type(token)))
  end
  token = token:gsub("^%s+", ""):gsub("%s+$", "")
  if token == "" then securityError(contract.security.option .. " is empty") end
  if token:find "[^\x21-\x7e ]" then
    securityError(contract.security.option
      .. " has a line break, a control character or a byte outside ASCII in it")
  end
  return token
end

--- The token to send now, nil when none is configured.
-- @tparam table options the sdk's
-- @tparam table known the last one, to be cleaned once: `given` and `clean`
-- @raise SecurityError
function request.token(options, known)
  local security = options.security
  if options.securitySource then
    local ok, result = pcall(options.securitySource)
    if not ok then securityError("securitySource failed: " .. tostring(result)) end
    security = result
    if type(security) ~= "table" then
      securityError(("securitySource must return a table such as { %s = token }, and returned a %s")
        :format(contract.security.option, type(security)))
    end
  end
  local token = security and security[contract.security.option]
  if token ~= known.given then known.given, known.clean = token, token and clean(token) end
  return known.clean
end

local function authorization(token)
  local scheme = contract.security.scheme
  if token:sub(1, #scheme + 1):lower() == scheme:lower() .. " " then return token end
  return scheme .. " " .. token
end

--- Header lines of a request. `extra` are the user's; their values are refused when they could
-- not be sent as they are.
function request.headerLines(operation, token, idempotencyKey, extra)
  local answers = operation.answer and operation.answer.name == "bytes" and "*/*"
  local lines = { "Accept: " .. (answers or "application/json") }
  -- Without an empty Content-Type libcurl says "form data" (CURLOPT_POSTFIELDS(3)).
  if operation.method == "POST" then lines[#lines + 1] = "Content-Type:" end
  if token then
    lines[#lines + 1] = contract.security.header .. ": " .. authorization(token)
  end
  if idempotencyKey then
    lines[#lines + 1] = contract.idempotency.header .. ": " .. idempotencyKey
  end
  for name, value in pairs(extra or {}) do
    if type(name) ~= "string" or not name:match "^[%w!#$%%&'*+%-.^_`|~]+$" then
      error(errors.request { { path = "headers", message = "has a name that is none" } }, 0)
    end
    lines[#lines + 1] = ("%s: %s"):format(name, tostring(value))
  end
  for _, line in ipairs(lines) do
    if line:find "[%c\x7f]" then
      error(errors.request { { path = line:match "^[^:]+",
        message = "has a control character in its value" } }, 0)
    end
  end
  return lines
end

--- Prepared headers, made anew only when the token changes.
function request.headers(cache, operation, token, idempotencyKey, extra)
  if idempotencyKey or extra then
    return core.headers(request.headerLines(operation, token, idempotencyKey, extra))
  end
  if cache.token ~= token then
    for key in pairs(cache) do cache[key] = nil end
    cache.token = token
  end
  local prepared = cache[operation]
  if not prepared then
    prepared = core.headers(request.headerLines(operation, token))
    cache[operation] = prepared
  end
  return prepared
end

return request
