--- The idempotency key of a request.
-- @module hathora.host.api.key

local name = require "hathora.contract".idempotency.header

local maxLength = 255

--- Read it. An empty key is none. Keys are recorded, so they must be text, and of bounded length.
-- @treturn[1] ?string
-- @treturn[2] nil
-- @treturn[2] table a problem
return function(request)
  local key = request:header(name)
  if key == "" then return nil end
  if key and not utf8.len(key) then
    return nil, { statusCode = 400, message = ("the %s header is not UTF-8"):format(name) }
  end
  if key and #key > maxLength then
    return nil, { statusCode = 422, message = ("the %s header has %d bytes; it may have %d"):format(
      name, #key, maxLength) }
  end
  return key
end
