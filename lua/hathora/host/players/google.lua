--- What Google says of a player: an ID token, a JSON Web Token that it signed by RS256, checked as
-- https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken asks.
-- Its keys are in a file, which whoever runs the host keeps up to date: this asks nobody.
-- @module hathora.host.players.google

local base64url = require "hathora.host.players.base64url"
local bignum = require "openssl.bignum"
local digest = require "openssl.digest"
local filesystem = require "lfs"
local json = require "hathora.json"
local jwt = require "hathora.host.players.jwt"
local pkey = require "openssl.pkey"

local google = {}

local algorithm, longestFile = "RS256", 64 * 1024
local issuers = { ["https://accounts.google.com"] = true, ["accounts.google.com"] = true }

local function readKeys(path)
  local file <close> = filesystem.attributes(path, "mode") == "file" and io.open(path, "rb") or nil
  local set = file and json.decode(file:read(longestFile) or "")
  return type(set) == "table" and type(set.keys) == "table" and set.keys or {}
end

local function number(text)
  return bignum.fromBinary(assert(base64url.decode(text)))
end

local function publicKey(row)
  local key = pkey.new { type = "RSA", bits = 512 } -- any, for its numbers to be set
  key:setParameters { n = number(row.n), e = number(row.e) }
  return key
end

local function isSigned(signed, signature, keyId, keys)
  for _, row in ipairs(keys) do
    if row.kid == keyId and row.kty == "RSA" then
      return publicKey(row):verify(signature, digest.new "sha256":update(signed))
    end
  end
  return false, "no key with its kid is known"
end

local function mistake(claims, clientId, now)
  if not issuers[claims.iss] then return "its issuer is not Google" end
  if claims.aud ~= clientId then return "it is for another client id" end
  if type(claims.exp) ~= "number" or claims.exp <= now then return "it has expired" end
  if type(claims.sub) ~= "string" or claims.sub == "" then return "it names no player" end
end

--- Check an ID token.
-- @tparam string token
-- @tparam table settings `clientId`; `keys`, the path of a JSON Web Key Set
-- @tparam number now Unix seconds
-- @treturn[1] table its claims
-- @treturn[2] nil
-- @treturn[2] string why it proves nothing
function google.verify(token, settings, now)
  local signed, signature = jwt.split(token)
  if not signed then return nil, "it is no JSON Web Token" end
  local header, claims = jwt.read(signed)
  signature = base64url.decode(signature)
  if not header or not claims or not signature then return nil, "it is no JSON Web Token" end
  if header.alg ~= algorithm or header.crit then
    return nil, "its algorithm must be " .. algorithm
  end
  local ok, genuine, why = pcall(isSigned, signed, signature, header.kid, readKeys(settings.keys))
  if not ok or not genuine then return nil, ok and why or "its signature is wrong" end
  why = mistake(claims, settings.clientId, now)
  if why then return nil, why end
  return claims
end

return google
