--- Pages of other sites: which may read an answer (CORS, https://fetch.spec.whatwg.org).
-- Unless origins are configured, all may read what needs no token, and nobody what a developer's
-- token opens. Never with credentials: a token is sent by whoever has it, not by the browser.
-- @module hathora.host.http.cors

local contract = require "hathora.contract"

local cors = {}

local headersOfPreflight = table.concat({ contract.security.header, "Content-Type",
  contract.idempotency.header, "*" }, ", ")

-- Two hours: browsers take no more.
local preflightSeconds = "7200"

--- The origins of a configuration, as a set; nil when it names none.
function cors.set(origins)
  if not origins then return nil end
  local set = {}
  for _, origin in ipairs(origins) do set[origin] = true end
  return set
end

local function allowed(origins, origin, isOpen)
  if not origins then return isOpen and "*" or nil end
  return origins["*"] and "*" or origins[origin] and origin or nil
end

--- An answer's headers for whoever asks from another site.
-- @tparam ?table origins from `set`
-- @tparam ?string origin what the Origin header says
-- @tparam boolean isOpen whether the request needs no token
-- @tparam table headers the answer's own, which stay as they are
-- @treturn table
function cors.headers(origins, origin, isOpen, headers)
  if not origin then return headers end
  local name = allowed(origins, origin, isOpen)
  local all = { ["Access-Control-Allow-Origin"] = name, Vary = "Origin",
    ["Access-Control-Expose-Headers"] = name and "Retry-After" }
  for header, value in pairs(headers) do all[header] = value end
  return all
end

--- The answer to OPTIONS, which needs no token: a browser asks before it sends one.
-- @tparam string methods that the path allows
-- @treturn table
function cors.preflight(methods)
  return { status = 204, headers = {
    Allow = methods, ["Access-Control-Allow-Methods"] = methods,
    ["Access-Control-Allow-Headers"] = headersOfPreflight,
    ["Access-Control-Max-Age"] = preflightSeconds,
  } }
end

return cors
