--- Certificates of our own making, for TLS in the specs.

local process = require "support.process"

local certificates = {}

local function openssl(...)
  local output, status = process.run { "openssl", ... }
  assert(status == 0, output)
end

--- Make an authority and a certificate that it signed for a host name and the loopback address.
-- @tparam string directory where to put the files
-- @tparam string name the host name
-- @treturn table the paths of `certificate`, `key` and `authority`
function certificates.make(directory, name)
  local function path(file) return directory .. "/" .. file end
  local request = { "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt",
    "ec_paramgen_curve:prime256v1", "-days", "2" }
  local function make(...)
    openssl(table.unpack(table.move({ ... }, 1, select("#", ...), #request + 1, { table.unpack(request) })))
  end
  make("-subj", "/CN=The specs' own authority", "-out", path "authority.pem",
    "-keyout", path "authority.key")
  local alternatives = "subjectAltName=DNS:" .. name
  if name == "localhost" then alternatives = alternatives .. ",IP:127.0.0.1,IP:::1" end
  make("-subj", "/CN=" .. name, "-addext", alternatives, "-addext", "basicConstraints=critical,CA:FALSE",
    "-CA", path "authority.pem", "-CAkey", path "authority.key",
    "-out", path "certificate.pem", "-keyout", path "certificate.key")
  return { certificate = path "certificate.pem", key = path "certificate.key",
    authority = path "authority.pem" }
end

return certificates
