--- JSON Web Tokens (RFC 7519) of one kind: signed by HMAC with SHA-256, as Hathora's are. What is
-- signed is read only after its signature was found right.
-- @module hathora.host.players.jwt

local base64url = require "hathora.host.players.base64url"
local hmac = require "openssl.hmac"
local json = require "hathora.json"
local secrets = require "hathora.host.secret"

local jwt = {}

local algorithm = "HS256"

local function signatureOf(text, secret)
  return base64url.encode(hmac.new(secret, "sha256"):final(text))
end

--- Take a token apart.
-- @tparam string token
-- @treturn ?string what is signed; nil when it is none
-- @treturn string its signature, as it is written
function jwt.split(token)
  -- No part's pattern matches the dot behind it, so it is linear whatever is sent.
  return token:match "^([%w_-]+%.[%w_-]+)%.([%w_-]+)$"
end

--- Read a part of a token.
-- @tparam string text base64url of a JSON object
-- @treturn ?table nil when it is none
function jwt.object(text)
  local plain = base64url.decode(text)
  if not plain or not plain:find "^%s*{" then return nil end
  return (json.decode(plain))
end

--- What a token's header and claims say, whoever signed it.
-- @tparam string signed of `jwt.split`
-- @treturn ?table header
-- @treturn ?table claims
function jwt.read(signed)
  local header, claims = signed:match "^([^.]+)%.(.+)$"
  return jwt.object(header), jwt.object(claims)
end

--- Make a token.
-- @tparam table claims
-- @tparam string secret
-- @treturn string
function jwt.sign(claims, secret)
  local signed = base64url.encode(json.encode { alg = algorithm, typ = "JWT" }) .. "."
    .. base64url.encode(json.encode(claims))
  return signed .. "." .. signatureOf(signed, secret)
end

--- Check a token.
-- @tparam string token
-- @tparam string secret
-- @treturn[1] table what it claims
-- @treturn[2] nil
-- @treturn[2] string why it proves nothing
function jwt.verify(token, secret)
  local signed, signature = jwt.split(token)
  if not signed then return nil, "it is not a JSON Web Token" end
  if not secrets.isSame(signature, signatureOf(signed, secret)) then
    return nil, "its signature is wrong"
  end
  local header, claims = jwt.read(signed)
  if not header or not claims then return nil, "it is not a JSON Web Token" end
  if header.alg ~= algorithm then return nil, "its algorithm must be " .. algorithm end
  if header.crit then return nil, "it asks for extensions that are not known here" end
  return claims
end

return jwt
