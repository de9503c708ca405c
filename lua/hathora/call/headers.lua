--- The headers of a request to which a user adds some.
-- @module hathora.call.headers

local contract = require "hathora.contract"

local headers = {}

-- What a user may not set, and why.
local refused = {
  [contract.security.header:lower()] = "is made from the option security",
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
