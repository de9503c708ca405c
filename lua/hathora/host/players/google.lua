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

local algorithm, maxFileSize = "RS256", 64 * 1024
local issuers = { ["https://accounts.google.com"] = true, ["accounts.google.com"] = true }

local function number(text)
  return bignum.fromBinary(assert(base64url.decode(text)))
end

local function publicKey(row)
  local key = pkey.new { type = "RSA", bits = 512 } -- any, for its numbers to be set
  key:setParameters { n = number(row.n), e = number(row.e) }
  return key
end

-- The keys of a file by their ids. What is none is left out.
local function readKeys(path)
  local file <close> = io.open(path, "rb")
  local set = file and json.decode(file:read(maxFileSize) or "")
  local keys = {}
  for _, row in ipairs(type(set) == "table" and type(set.keys) == "table" and set.keys or {}) do
    local ok, key = pcall(function() return row.kty == "RSA" and publicKey(row) end)
    if ok and key and type(row.kid) == "string" then keys[row.kid] = key end
  end
  return keys
end

-- By path. To make a key takes milliseconds, and anybody may try to log in: a file is read again
-- only when it has changed.
local kept = {}

local function keysOf(path)
  local attributes = filesystem.attributes(path)
  if not attributes or attributes.mode ~= "file" then return {} end
  local version = ("%d %d %d"):format(attributes.ino, attributes.size, attributes.modification)
  if not kept[path] or kept[path].version ~= version then
    kept[path] = { version = version, keys = readKeys(path) }
  end
  return kept[path].keys
end

local function isSigned(signed, signature, key)
  return key:verify(signature, digest.new "sha256":update(signed))
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
  if not signed then return nil, "it is not a JSON Web Token" end
  local header, claims = jwt.read(signed)
  signature = base64url.decode(signature)
  if not header or not claims or not signature then return nil, "it is not a JSON Web Token" end
  if header.alg ~= algorithm or header.crit then
    return nil, "its algorithm must be " .. algorithm
  end
  local key = keysOf(settings.keys)[header.kid]
  if not key then return nil, "no key with its kid is known" end
  local ok, genuine = pcall(isSigned, signed, signature, key)
  if not ok or not genuine then return nil, "its signature is wrong" end
  local why = mistake(claims, settings.clientId, now)
  if why then return nil, why end
  return claims
end

return google
