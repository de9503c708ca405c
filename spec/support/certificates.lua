--- Certificates of our own making, for TLS in the specs.

local process = require "support.process"
local socket = require "socket"
local ssl = require "ssl"

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

--- The bytes that a client begins a handshake with.
function certificates.clientHello()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local address, port = listener:getsockname()
  local client = assert(socket.connect(address, port))
  local accepted = assert(listener:accept())
  client:settimeout(0)
  local secure = assert(ssl.wrap(client, { mode = "client", protocol = "any", verify = "none" }))
  secure:settimeout(0)
  secure:dohandshake()
  local head = accepted:receive(5) -- RFC 8446 section 5.1: it ends with the length of the rest
  local hello = head .. accepted:receive((string.unpack(">I2", head, 4)))
  for _, one in ipairs { secure, accepted, listener } do one:close() end
  return hello
end

return certificates
