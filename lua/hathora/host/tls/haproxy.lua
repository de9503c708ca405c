--- HAProxy's configuration, https://docs.haproxy.org/2.6/configuration.html.
--
-- It listens on all of the range from the start, and where a connection goes follows from where it
-- came: the games' ports are so much above. So it needs no change as processes come and
-- go. Each reload would leave a process behind for as long as its last player stays.
-- @module hathora.host.tls.haproxy

local lfs = require "lfs"

local haproxy = {}

local places = "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"
local nobody = 65534

-- A client has so many seconds for its handshake; after that, players may be silent for long.
local template = [[
# Written by hathora-host.
%s
global
  fd-hard-limit 65536
  ssl-default-bind-options ssl-min-ver TLSv1.2
%s
defaults
  mode tcp
  option clitcpka
  option srvtcpka
  retries 0
  timeout connect 5s
  timeout client 10s
  timeout server 10s
  timeout tunnel 24h

frontend players
  bind %s ssl %s
  stick-table type ipv6 size 100k expire 1m store conn_cur
  tcp-request connection track-sc0 src
  tcp-request connection reject if { sc0_conn_cur gt 1000 }
  default_backend games

backend games
  server game 127.0.0.1:%+d
]]

--- Find the program.
-- @treturn ?string its path
function haproxy.find()
  for place in ((os.getenv "PATH" or "") .. ":" .. places):gmatch "[^:]+" do
    if lfs.attributes(place .. "/haproxy", "mode") == "file" then return place .. "/haproxy" end
  end
end

-- Every address of the machine, unless players are on it themselves.
local function bind(loopback, ports)
  local range = ("%d-%d"):format(ports[1], ports[2])
  if loopback then return loopback .. ":" .. range end
  if lfs.attributes "/proc/net/if_inet6" then return ("[::]:%s v4v6"):format(range) end
  return "*:" .. range
end

--- Write its configuration.
-- @tparam table options `loopback`, the address if players are on this machine alone; `ports`, the
-- range it listens on; `offset`, from there to the games' ports; `isRoot`; `certificates`,
-- `{ path =, changedAt =, keyChangedAt =, link = }`
-- @treturn string
function haproxy.configuration(options)
  local notes, certificates = {}, {}
  for index, certificate in ipairs(options.certificates) do
    notes[index] = ("# %q of %d, its key of %d"):format(certificate.path, certificate.changedAt,
      certificate.keyChangedAt)
    certificates[index] = "crt " .. certificate.link
  end
  return template:format(table.concat(notes, "\n"),
    options.isRoot and ("  uid %d\n  gid %d\n"):format(nobody, nobody) or "",
    bind(options.loopback, options.ports), table.concat(certificates, " "), options.offset)
end

return haproxy
