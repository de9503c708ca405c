--- What is wrong with a certificate and its key, as they are on the disk.
-- @module hathora.host.config.certificate

local pkey = require "openssl.pkey"
local x509 = require "openssl.x509"

local certificate = {}

local words = { certificate = "CERTIFICATE", key = "PRIVATE KEY" }
local readers = { certificate = x509.new, key = pkey.new }
local other = { certificate = "key", key = "certificate" }

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

local function holds(text, setting) return text:find("-----BEGIN [%u ]*" .. words[setting]) end

-- OpenSSL asks the terminal for a passphrase, and so would keep whoever starts the host waiting.
local function isEncrypted(text) return text:find "%f[%u]ENCRYPTED%f[%U]" end

-- The object that a setting's file holds.
local function open(setting, path, report)
  local text = read(path)
  if not text then return report(setting, ("is %q, which cannot be read"):format(path)) end
  if not holds(text, setting) then
    return report(setting, ("is %q, which holds no %s"):format(path, setting)
      .. (holds(text, other[setting]) and ": certificate and key are swapped" or ""))
  end
  if isEncrypted(text) then
    return report(setting, ("is %q, which has a passphrase; hathora-host takes a key without one")
      :format(path))
  end
  local ok, object = pcall(readers[setting], text)
  if ok then return object end
  report(setting, ("is %q, which OpenSSL cannot read"):format(path))
end

local function checkTime(found, path, report)
  local from, to = found:getLifetime()
  local now = os.time()
  if to < now then
    report("certificate", ("is %q, which expired on %s"):format(path, os.date("!%Y-%m-%d", to)))
  elseif from > now then
    report("certificate", ("is %q, which is not valid before %s"):format(path,
      os.date("!%Y-%m-%d %H:%M UTC", from)))
  end
end

--- Check both.
-- @tparam table settings `certificate` and `key`, paths; nothing is wrong where there are none
-- @tparam function report called with the setting and what is wrong with it, for each mistake
function certificate.check(settings, report)
  if not settings.certificate then return end
  local key = open("key", settings.key, report)
  local found = open("certificate", settings.certificate, report)
  if found then checkTime(found, settings.certificate, report) end
  if found and key and found:getPublicKey():toPEM "public" ~= key:toPEM "public" then
    report("key", ("is %q, which does not belong to the certificate %s"):format(settings.key,
      settings.certificate))
  end
end

return certificate
