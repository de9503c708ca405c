--- From a request table to what is sent: method, URL, headers.
-- @module hathora.request

local contract = require "hathora.contract"
local core = require "hathora.core"
local errors = require "hathora.errors"
local write = require "hathora.schema.write"

local request = {}

--- The URL of a checked request.
-- @raise RequestError that names every wrong field
function request.url(operation, base, fields, defaults, rules)
  local check = require "hathora.schema.check" -- not before the first request
  local problems = check.request(operation, fields, defaults, rules)
  if problems then
    error(errors.request(problems, { operation = operation.name }), 0)
  end
  return base .. write.path(operation, fields, defaults)
end

local function authorization(token)
  local scheme = contract.security.scheme
  if token:sub(1, #scheme + 1):lower() == scheme:lower() .. " " then return token end
  return scheme .. " " .. token
end

--- Header lines of a request. `extra` are the user's; their values are refused when they could
-- not be sent as they are.
function request.headerLines(operation, token, idempotencyKey, extra)
  local lines = { "Accept: " .. (operation.answer == "bytes" and "*/*" or "application/json") }
  -- Without an empty Content-Type libcurl says "form data" (CURLOPT_POSTFIELDS(3)).
  if operation.body then lines[#lines + 1] = "Content-Type: application/json"
  elseif operation.method ~= "GET" then lines[#lines + 1] = "Content-Type:" end
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
