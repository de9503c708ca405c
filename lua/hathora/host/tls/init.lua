--- Takes TLS off in front of the games that want it: Hathora did, and browsers speak nothing else.
-- HAProxy does it, started here, and players it has connected live through the host's end.
-- @module hathora.host.tls

local haproxy = require "hathora.host.tls.haproxy"
local lfs = require "lfs"
local portText = require "hathora.host.engine.port"
local procfs = require "hathora.host.machine.procfs"
local programs = require "hathora.host.tls.program"
local sockets = require "hathora.host.sockets"

local tls = {}

-- Seconds: between checks of the certificates, before it is started again, and to take what is new.
local interval, pause, loadTime = 60, 1, 3

local function warn(text)
  io.stderr:write("hathora-host: HAProxy, which terminates TLS, " .. text .. "\n")
end

local Tls = {}
Tls.__index = Tls

local function isWanted(app) return portText.countTerminated(app) > 0 end

local function isWantedByAny(apps)
  for _, app in pairs(apps) do
    if isWanted(app) then return true end
  end
  return false
end

--- Say what is missing here to take TLS off.
-- @tparam table config complete
-- @treturn ?string
function tls.missing(config)
  if not isWantedByAny(config.apps) or haproxy.find() then return nil end
  return "HAProxy is missing, which terminates TLS for apps whose transportType is \"tls\": "
    .. "install it (Debian: apt-get install haproxy), or set tlsPassthrough = true where the game "
    .. "speaks TLS itself"
end

local function absolute(path)
  return path:sub(1, 1) == "/" and path or lfs.currentdir() .. "/" .. path
end

-- The host's own certificate is the one for a client that names none.
local function certificatesOf(config)
  local found, known = {}, {}
  local function add(settings)
    if not settings.certificate or known[settings.certificate] then return end
    known[settings.certificate] = true
    found[#found + 1] = { path = absolute(settings.certificate), key = absolute(settings.key) }
  end
  add(config)
  local ids = {}
  for id, app in pairs(config.apps) do ids[#ids + 1] = isWanted(app) and id or nil end
  table.sort(ids)
  for _, id in ipairs(ids) do add(config.apps[id]) end
  return found
end

-- HAProxy finds the key by the certificate's name and `.key`.
local function link(path, name)
  os.remove(name)
  lfs.link(path, name, true)
end

local function changedAt(path) return lfs.attributes(path, "modification") or 0 end

-- Its configuration as it should be now; a certificate or a key that is renewed makes another, and
-- so does another certificate of the host's.
local function configurationOf(self)
  self.certificates = certificatesOf(self.config)
  for index, certificate in ipairs(self.certificates) do
    certificate.link = self.file(("%d.pem"):format(index))
    certificate.changedAt = changedAt(certificate.path)
    certificate.keyChangedAt = changedAt(certificate.key)
  end
  return haproxy.configuration(self)
end

local function write(self, text)
  for _, certificate in ipairs(self.certificates) do
    link(certificate.path, certificate.link)
    link(certificate.key, certificate.link .. ".key")
  end
  local file <close> = io.open(self.file "configuration", "w")
  return file and file:write(text) and file:flush() and true
end

local function read(self)
  local file <close> = io.open(self.file "configuration")
  return file and file:read "a"
end

local function withPaths(self, text)
  for _, certificate in ipairs(self.certificates) do
    text = text:gsub(certificate.link:gsub("%p", "%%%0"), (certificate.path:gsub("%%", "%%%%")))
  end
  return text
end

local function reload(self)
  self.program:signal "USR2"
  self.loop:after(loadTime, function()
    local problem = not self.isClosed and self.program:complaint()
    if problem then warn("continues with its old configuration: " .. withPaths(self, problem)) end
  end)
end

-- Its master takes what is new; a configuration it cannot use changes nothing.
local function refresh(self)
  self.timer = self.loop:after(interval, function() refresh(self) end)
  local text = configurationOf(self)
  if text ~= read(self) and write(self, text) then reload(self) end
end

local start

local function onEnd(self, problem)
  if self.isClosed then return end
  if problem ~= self.problem then warn("does not run: " .. problem) end
  self.problem = problem
  self.timer:cancel()
  self.timer = self.loop:after(pause, function() start(self) end)
end

-- Nothing of an earlier one is left. A port that a stranger has would look as if it were served.
local function launch(self)
  local port = next(sockets.bound("tcp", self.ports[1], self.ports[2]) or {})
  if port then return nil, ("port %d of tlsPorts is another program's"):format(port) end
  if not write(self, configurationOf(self)) then
    return nil, "its configuration cannot be written"
  end
  return self.program:start()
end

function start(self)
  self.program:sweepUp(function()
    local started, problem = launch(self)
    if not started then return onEnd(self, problem) end
    -- That it runs now does not mean that it will.
    self.timer = self.loop:after(pause, function()
      self.problem = nil
      refresh(self)
    end)
  end)
end

local function begin(self, tethered)
  self.program = programs.new {
    loop = self.loop, file = self.file, tethered = tethered,
    command = { haproxy.find(), "-W", "-f", self.file "configuration", "-p", self.file "pid" },
    onEnd = function()
      onEnd(self, withPaths(self, self.program:complaint() or "it ended and said nothing"))
    end,
  }
  self.timer = self.loop:after(0, function()
    if self.program:adopt() then refresh(self) else start(self) end
  end)
end

--- Take TLS off where the configuration has it so.
-- @tparam table options `loop`, `directory`, `config`; `loopback`, the address to listen on if
-- players are on this machine alone
-- @treturn Tls
function tls.new(options)
  local config = options.config
  local self = setmetatable({ loop = options.loop, config = config, loopback = options.loopback,
    ports = config.tlsPorts, offset = config.ports[1] - config.tlsPorts[1],
    isRoot = procfs.user() == 0,
    file = function(name) return options.directory:tls(name) end }, Tls)
  if isWantedByAny(config.apps) then begin(self, not config.directory) end
  return self
end

--- Say why an app's players could not come now.
-- @treturn ?string
function Tls:trouble(app)
  return self.problem and isWanted(app)
    and "HAProxy, which terminates its TLS, does not run: " .. self.problem or nil
end

--- Let go of it. Players stay connected, unless games end with this host.
function Tls:close()
  self.isClosed = true
  if not self.program then return end
  self.timer:cancel()
  self.program:close()
end

return tls
