--- Bearer tokens, compared in a time that depends on what was given alone.
-- @module hathora.host.http.tokens

local secrets = require "hathora.host.secret"
local security = require "hathora.contract".security

local tokens = {}

--- Is what an Authorization header says one of the tokens? All are tried, whichever it is.
-- @tparam ?string header
-- @tparam {string,...} known
-- @treturn boolean
function tokens.accept(header, known)
  -- No two neighbours in this pattern match one character, so it is linear whatever is sent.
  local scheme, given = (header or ""):match "^(%a+) +(%S+)%s*$"
  if not scheme or scheme:lower() ~= security.scheme:lower() then return false end
  local accepted = false
  for _, token in ipairs(known) do accepted = secrets.isSame(given, token) or accepted end
  return accepted
end

return tokens
