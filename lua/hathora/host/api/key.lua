--- The idempotency key of a request.
-- @module hathora.host.api.key

local name = require "hathora.contract".idempotency.header

--- Read it. An empty key is none. Keys are recorded, so they must be text.
-- @treturn[1] ?string
-- @treturn[2] nil
-- @treturn[2] table a problem
return function(request)
  local key = request:header(name)
  if key == "" then return nil end
  if key and not utf8.len(key) then
    return nil, { statusCode = 400, message = ("the %s header is not UTF-8"):format(name) }
  end
  return key
end
