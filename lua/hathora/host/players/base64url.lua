--- base64url, as JSON Web Tokens and keys are written in it (RFC 4648 section 5, without padding).
-- @module hathora.host.players.base64url

local mime = require "mime"

local base64url = {}

local toUrl, fromUrl = { ["+"] = "-", ["/"] = "_", ["="] = "" }, { ["-"] = "+", ["_"] = "/" }

--- Write bytes.
function base64url.encode(bytes) return ((mime.b64(bytes) or ""):gsub("[+/=]", toUrl)) end

--- Read bytes; nil when there is any other way to write what is given, which a decoder would let
-- pass.
function base64url.decode(text)
  local bytes = mime.unb64((text:gsub("[-_]", fromUrl)) .. ("="):rep(-#text % 4)) or ""
  return base64url.encode(bytes) == text and bytes or nil
end

return base64url
