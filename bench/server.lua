--- The server that all are measured against: nginx with fixed answers, over HTTP/1.1 in the clear
-- and HTTP/2 under TLS. And one that never answers.

local certificates = require "support.certificates"
local json = require "hathora.json"
local process = require "support.process"
local socket = require "socket"

local server = {}

local example = {
  appId = "app-bench", processId = "6f1e8f2a-1f5e-4e44-9f3a-2a33a1f0a111", deploymentId = 42,
  region = "Tokyo", status = "running", roomsAllocated = 1, roomsPerProcess = 3,
  exposedPort = { transportType = "tcp", port = 7777, host = "a1b2c3.edge.example.com",
    name = "default" },
  additionalExposedPorts = json.list {}, createdAt = "2024-05-10T00:03:23.123Z",
  startedAt = "2024-05-10T00:03:24.456Z", stoppingAt = json.null, terminatedAt = json.null,
}

local configuration = [[
daemon off; pid %s/pid; error_log %s/error.log crit; worker_processes 1;
worker_cpu_affinity 01; user root;
worker_rlimit_nofile 20000;
events { worker_connections 9000; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  http2_max_concurrent_streams 8192; default_type application/json;
  client_body_temp_path %s/body; proxy_temp_path %s/proxy; fastcgi_temp_path %s/fastcgi;
  uwsgi_temp_path %s/uwsgi; scgi_temp_path %s/scgi;
  server {
    listen 127.0.0.1:%d backlog=8192;
    listen 127.0.0.1:%d ssl http2;
    ssl_certificate %s; ssl_certificate_key %s;
    location ~ /info/   { return 200 '%s'; }
    location ~ /list/   { alias %s/list; }
    location ~ /create/ { return 201 '%s'; }
    location ~ /stop/   { return 204; }
  }
}
]]

--- Start both.
-- @tparam string directory an empty one for what nginx writes
-- @treturn table with `plain`, `tls` and `silent` (URLs), `caFile`, `close()`
function server.start(directory)
  local one, many = json.encode(example), {}
  for index = 1, 10 do many[index] = one end
  local certificate = certificates.make(directory, "localhost")
  local plain, tls = process.freePort(), process.freePort()
  process.writeFile(directory .. "/nginx.conf", configuration:format(directory, directory,
    directory, directory, directory, directory, directory, plain, tls, certificate.certificate,
    certificate.key, one, directory, one))
  process.writeFile(directory .. "/list", "[" .. table.concat(many, ",") .. "]")
  local nginx = process.hold { command = { "/usr/sbin/nginx", "-p", directory, "-c",
    directory .. "/nginx.conf" } }
  process.waitFor(function() return socket.connect("127.0.0.1", plain) end, "nginx to listen")
  -- Connections wait in the backlog, and nobody takes them.
  local silent = assert(socket.tcp())
  assert(silent:bind("127.0.0.1", 0))
  assert(silent:listen(4096))
  return {
    plain = "http://127.0.0.1:" .. plain, tls = "https://localhost:" .. tls,
    silent = "http://127.0.0.1:" .. select(2, silent:getsockname()),
    caFile = certificate.authority,
    close = function()
      silent:close()
      nginx:close()
    end,
  }
end

return server
