--- Certificates of our own making, for TLS in the specs.

local process = require "support.process"

local certificates = {}

local function makeCertificate(...)
  local output, status = process.run { "openssl", "req", "-x509", "-nodes", "-days", "2",
    "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", ... }
  assert(status == 0, output)
end

--- Make an authority and a certificate that it signed for a host name and the loopback address.
-- @tparam string directory where to put the files
-- @tparam string name the host name
-- @treturn table the paths of `certificate`, `key` and `authority`
function certificates.make(directory, name)
  local function path(file) return directory .. "/" .. file end
  makeCertificate("-subj", "/CN=The specs' own authority",
    "-out", path "authority.pem", "-keyout", path "authority.key")
  local names = "subjectAltName=DNS:" .. name
  if name == "localhost" then names = names .. ",IP:127.0.0.1,IP:::1" end
  makeCertificate("-subj", "/CN=" .. name,
    "-addext", names, "-addext", "basicConstraints=critical,CA:FALSE",
    "-CA", path "authority.pem", "-CAkey", path "authority.key",
    "-out", path "certificate.pem", "-keyout", path "certificate.key")
  return { certificate = path "certificate.pem", key = path "certificate.key",
    authority = path "authority.pem" }
end

return certificates
