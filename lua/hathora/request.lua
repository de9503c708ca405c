--- From a request table to what is sent: method, URL, headers.
-- @module hathora.request

local check = require "hathora.check"
local contract = require "hathora.contract"
local core = require "hathora.core"
local errors = require "hathora.errors"

local request = {}

local function percent(byte) return ("%%%02X"):format(byte:byte()) end

-- All but RFC 3986's unreserved characters; dots alone would be taken for a step in the path.
local function encode(value)
  value = tostring(value)
  if value == "." or value == ".." then return (value:gsub("%.", "%%2E")) end
  return (value:gsub("[^%w%-._~]", percent))
end

local function path(operation, fields, defaults)
  local pieces = operation.pieces
  local out = { pieces[1] }
  for index = 2, #pieces, 2 do
    local name = pieces[index]
    out[index] = encode(fields[name] or defaults[name])
    out[index + 1] = pieces[index + 1]
  end
  return table.concat(out)
end

local function query(operation, fields)
  local out
  for _, field in ipairs(operation.queryFields) do
    local value = fields[field.name]
    if value ~= nil then
      out = out or {}
      for _, item in ipairs(field.type.list and value or { value }) do
        out[#out + 1] = field.name .. "=" .. encode(item)
      end
    end
  end
  return out and out[1] and "?" .. table.concat(out, "&") or ""
end

--- The URL of a checked request.
-- @raise RequestError that names every wrong field
function request.url(operation, base, fields, defaults)
  local problems = check.request(operation.fields, fields, defaults)
  if problems then
    error(errors.request(problems, { operation = operation.name }), 0)
  end
  return base .. path(operation, fields, defaults) .. query(operation, fields)
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
-- @raise SecurityError
function request.token(options)
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
  return token ~= nil and clean(token) or nil
end

local function authorization(token)
  local scheme = contract.security.scheme
  if token:sub(1, #scheme + 1):lower() == scheme:lower() .. " " then return token end
  return scheme .. " " .. token
end

--- Header lines of a request. `extra` are the user's; their values are refused when they could
-- not be sent as they are.
function request.headerLines(operation, token, idempotencyKey, extra)
  -- Without an empty Content-Type libcurl says "form data", and without an empty Expect it may
  -- wait for leave to send.
  local lines = { "Accept: application/json", "Expect:" }
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
    for method in pairs(cache) do cache[method] = nil end
    cache.token = token
  end
  local prepared = cache[operation.method]
  if not prepared then
    prepared = core.headers(request.headerLines(operation, token))
    cache[operation.method] = prepared
  end
  return prepared
end

return request
