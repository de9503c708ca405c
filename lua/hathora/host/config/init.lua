--- The host's configuration: a table, usually returned by a file, with every mistake in it named
-- at once. docs/configuration.md says what each setting means.
-- @module hathora.host.config

local addresses = require "hathora.host.config.address"
local lfs = require "lfs"
local portText = require "hathora.host.engine.port"
local rules = require "hathora.host.config.rules"
local schema = require "hathora.schema"

local config = {}

-- How many of Lua's instructions a file may execute: some ten milliseconds' worth.
local maxSteps = 2000000

-- Sixteen characters at random are beyond guessing; eight are not.
local token = rules.secret("text of at least 16 printable characters without blanks",
  "^" .. ("[\x21-\x7e]"):rep(16) .. "[\x21-\x7e]*$")
local secretText = rules.secret "text without NUL"
local path = rules.text("the path of a file or directory", ".")
local name = rules.text("a host name or address", "^[%w%.%-_:]+$")
local origin = rules.value("an origin such as https://game.example.org, or * for all",
  function(value)
    return value == "*"
      or type(value) == "string" and value:find "^https?://[%w%.%-_:%[%]]+$" ~= nil
  end)
local transportType = rules.member(schema.members.TransportType)
local port = rules.integer(1, 65535)

-- It stands in paths, where `.` and `..` are steps (RFC 3986, 5.2.4).
local appId = rules.value("an app's id: 1 to 200 printable characters, and not . or .. or with a /",
  function(value)
    return type(value) == "string" and #value <= 200 and value:find "^[^%c/]+$" ~= nil
      and value ~= "." and value ~= ".."
  end)

local listen = rules.value("an address and a port, such as 127.0.0.1:4000 or [::1]:0",
  function(value)
    local host, number = addresses.split(type(value) == "string" and value or "")
    return host ~= nil and number ~= nil
  end)

local endpoint = rules.value("a host and a port, such as tokyo.example.org:443, or false for none",
  function(value)
    local _, number = addresses.split(type(value) == "string" and value or "")
    return value == false or number ~= nil and number > 0
  end)

local additionalPort = rules.record {
  name = { rules.text("up to 100 of a-z, 0-9 and -, the first a letter, and not `default`",
    "^%l[%l%d%-]*$"), required = true },
  transportType = { transportType },
  containerPort = { port },
}

local authConfiguration = rules.record {
  anonymous = { rules.record {} },
  nickname = { rules.record {} },
  google = { rules.record {
    clientId = { rules.text("a client id of Google's", "^%S+$"), required = true },
    keys = { path, required = true },
  } },
}

local appRecord = rules.record {
  engine = { rules.member { ["local"] = true, docker = true, swarm = true } },
  image = { rules.text("the name of an image", "^%S+$") },
  command = { rules.list(secretText, 1) },
  transportType = { transportType },
  tlsPassthrough = { rules.value("true or false", function(value)
    return type(value) == "boolean"
  end) },
  certificate = { path },
  key = { path },
  additionalPorts = { rules.list(additionalPort, 0, 2) },
  containerPort = { port },
  roomsPerProcess = { rules.integer(1, 10000) },
  maxProcesses = { rules.integer(0, 100000) },
  env = { rules.map(rules.text("a variable's name: letters, digits and _, no digit first",
    "^[%a_][%w_]*$"), secretText, "a table of variables by name") },
  secret = { token },
  authConfiguration = { authConfiguration },
  playerTokenLifetime = { rules.number("seconds", 1, 86400 * 365) },
  cwd = { rules.text("the path of a directory, from the root", "^/") },
  deploymentId = { rules.integer(0, 2147483647) },
  startDeadline = { rules.number("seconds", 0.1, 86400) },
  stopGrace = { rules.number("seconds", 0, 86400) },
  idleTimeout = { rules.number("seconds", 1, 86400 * 365) },
  memoryMB = { rules.integer(1, 16777216) },
  cpus = { rules.number("processors", 0.01, 4096) },
  user = { rules.text("a user's name", "^[%w_][%w_%-%.]*%$?$") },
}

-- What an app must say depends on its engine.
local function checkEngine(settings, place, report)
  if settings.engine == "docker" or settings.engine == "swarm" then
    if settings.image == nil then report(place .. ".image", "is missing; Docker runs images") end
    return
  end
  if settings.command == nil then report(place .. ".command", "is missing") end
  for _, setting in ipairs { "image", "containerPort" } do
    if settings[setting] ~= nil then
      report(place .. "." .. setting, "is for an app whose engine is \"docker\" or \"swarm\"")
    end
  end
end

local app = { allowed = appRecord.allowed, secret = appRecord.secret }

function app.check(value, place, report)
  appRecord.check(value, place, report)
  if type(value) ~= "table" then return end
  checkEngine(value, place, report)
end

local host = rules.record {
  listen = { listen },
  tokens = { rules.list(token, 1), required = true },
  hostname = { name },
  hostNames = { rules.list(name, 0) },
  origins = { rules.list(origin, 0) },
  directory = { path },
  docker = { path },
  ports = { rules.list(port, 2, 2) },
  tlsPorts = { rules.list(port, 2, 2) },
  portQuarantine = { rules.number("seconds", 0, 86400) },
  logBytes = { rules.integer(65536, 1 << 40) },
  allLogBytes = { rules.integer(65536, 1 << 50) },
  retention = { rules.record {
    hours = { rules.number("hours", 0, 24 * 365 * 100) },
    rows = { rules.integer(0, 1 << 31) },
  } },
  apps = { rules.map(appId, app,
    "a table of apps by id"), required = true },
  certificate = { path },
  key = { path },
  requestDeadline = { rules.number("seconds", 1, 3600) },
  connections = { rules.integer(8, 65536) },
  connectionsPerAddress = { rules.integer(0, 65536) },
  pingEndpoints = { rules.map(rules.member(schema.members.Region), endpoint,
    "a table of addresses by region") },
  loginsPerMinute = { rules.integer(0, 1 << 31) },
  lobbiesPerMinute = { rules.integer(0, 1 << 31) },
  lobbiesPerPlayer = { rules.integer(0, 1 << 31) },
}

local defaults = {
  listen = "127.0.0.1:4000", ports = { 20000, 29999 }, tlsPorts = { 18000, 18999 },
  hostNames = {}, requestDeadline = 10,
  connections = 512, lobbiesPerPlayer = 10, portQuarantine = 60, docker = "/var/run/docker.sock",
  logBytes = 16 * 1024 * 1024, allLogBytes = 1024 * 1024 * 1024,
}
local retentionDefaults = { hours = 72, rows = 100000 }
local appDefaults = {
  engine = "local", transportType = "tcp", roomsPerProcess = 1, deploymentId = 1,
  startDeadline = 100, stopGrace = 10, authConfiguration = { anonymous = {} },
}

local function fill(values, from)
  local filled = {}
  for key, value in pairs(from) do filled[key] = value end
  for key, value in pairs(values) do filled[key] = value end
  return filled
end

-- Mistakes that only show when two settings are compared; each checks what is right
-- in itself.

local function checkPortNames(id, settings, report)
  local seen = { default = "the port every app has" }
  for index, extra in ipairs(settings.additionalPorts or {}) do
    local place = ("apps[%q].additionalPorts[%d]"):format(id, index)
    if seen[extra.name] then
      report(place .. ".name", ("is %q, which is the name of %s"):format(extra.name,
        seen[extra.name]))
    elseif #extra.name > 100 then
      report(place .. ".name", "is longer than 100 characters")
    end
    if extra.containerPort and not settings.containerPort then
      report(place .. ".containerPort", "is for an app that has one itself")
    end
    seen[extra.name] = "another port of this app"
  end
end

local function checkPair(settings, place, report)
  if (settings.certificate == nil) == (settings.key == nil) then return end
  report(place .. (settings.key == nil and "key" or "certificate"),
    "is missing; TLS needs both a certificate and its key")
end

local function checkRange(setting, range, report)
  if not range or range[1] <= range[2] then return end
  report(setting, ("is { %d, %d }; it must be the first port of the range and the last"):format(
    range[1], range[2]))
end

-- Where TLS is taken off in front of a game, it takes a certificate, on this machine.
local function checkTls(id, settings, values, report)
  local place = ("apps[%q]."):format(id)
  checkPair(settings, place, report)
  if portText.countTerminated(settings) == 0 then return end
  local otherwise = "; or set tlsPassthrough = true: the game speaks TLS itself then"
  if settings.engine == "swarm" then
    report(place .. "transportType", "is not possible: on a Swarm the host does not terminate TLS"
      .. otherwise)
  elseif not settings.certificate and not values.certificate then
    report(place .. "certificate", "is missing, and the host has none; players of an app whose "
      .. "transportType is \"tls\" connect by it" .. otherwise)
  end
end

-- As many as `ports` has, where they were not said.
local function fitTlsPorts(ports)
  local first, last = table.unpack(defaults.tlsPorts)
  return { first, math.min(last, first + ports[2] - ports[1]) }
end

local function isAnyTerminated(apps)
  for _, settings in pairs(apps) do
    if portText.countTerminated(settings) > 0 then return true end
  end
  return false
end

-- Each port of the one range leads to a port of the other.
local function checkTlsPorts(values, report)
  local ports = values.ports or defaults.ports
  local outer = values.tlsPorts or isAnyTerminated(values.apps) and fitTlsPorts(ports)
  if not outer then return end
  if outer[1] <= ports[2] and ports[1] <= outer[2] then
    report("tlsPorts", ("is { %d, %d }%s; it must lie outside of ports, { %d, %d }"):format(
      outer[1], outer[2], values.tlsPorts and "" or " by default", ports[1], ports[2]))
  elseif outer[2] - outer[1] > ports[2] - ports[1] then
    report("tlsPorts", ("are %d, more than ports, which are %d"):format(outer[2] - outer[1] + 1,
      ports[2] - ports[1] + 1))
  end
end

local function checkTogether(values, report)
  checkPair(values, "", report)
  checkRange("ports", values.ports, report)
  checkRange("tlsPorts", values.tlsPorts, report)
  checkTlsPorts(values, report)
  local address = addresses.split(values.listen or defaults.listen)
  if addresses.isWildcard(address) and not values.hostname then
    report("hostname", "is missing; when listening on every address, it must be the name or "
      .. "address that players connect to")
  end
  if not next(values.apps) then report("apps", "is empty; there must be an app to start") end
  for id, settings in pairs(values.apps) do
    checkPortNames(id, settings, report)
    checkTls(id, settings, values, report)
  end
end

local function complete(values)
  local full = fill(values, defaults)
  full.tlsPorts = values.tlsPorts or fitTlsPorts(full.ports)
  local address, number = addresses.split(full.listen)
  full.listen = { host = address, port = number }
  full.hostname = full.hostname or address
  full.connectionsPerAddress = full.connectionsPerAddress
    or (addresses.isLoopback(address) and 0 or full.connections // 4)
  local isLocal = addresses.isLoopback(address)
  full.loginsPerMinute = full.loginsPerMinute or (isLocal and 0 or 60)
  full.lobbiesPerMinute = full.lobbiesPerMinute or (isLocal and 0 or 30)
  full.retention = fill(values.retention or {}, retentionDefaults)
  full.apps = {}
  for id, settings in pairs(values.apps) do
    local filled = fill(settings, appDefaults)
    filled.additionalPorts = {}
    for index, extra in ipairs(settings.additionalPorts or {}) do
      filled.additionalPorts[index] = fill(extra, { transportType = "tcp" })
    end
    full.apps[id] = filled
  end
  return full
end

--- Check a configuration and fill in what it leaves out.
-- @tparam table values as written
-- @treturn[1] table complete; `listen` is taken apart into `host` and `port`
-- @treturn[2] nil
-- @treturn[2] {string,...} every mistake: the setting's path, its value, what would be right
-- @treturn[2] {[string]=string,...} the setting's path of each mistake
function config.check(values)
  local problems, places = {}, {}
  local function report(place, message)
    local problem = (place == "" and "the configuration" or place) .. " " .. message
    problems[#problems + 1], places[problem] = problem, place
  end
  host.check(values, "", report)
  if not problems[1] then checkTogether(values, report) end
  table.sort(problems)
  if problems[1] then return nil, problems, places end
  return complete(values)
end

-- All that a configuration can call: where its secrets are.
local sandbox = {}

function sandbox.env(variable)
  local value = os.getenv(variable)
  if not value or value == "" then
    error(("the environment has no variable %s"):format(tostring(variable)), 2)
  end
  return value
end

-- What is no file in itself, such as a pipe, may keep its reader waiting.
local function refuseOthers(source)
  local mode = lfs.attributes(source, "mode")
  if mode and mode ~= "file" then
    error(("a secret cannot be read again: %s is a %s"):format(source, mode), 3)
  end
end

function sandbox.file(source)
  local file, problem = io.open(source)
  if not file then error("a secret cannot be read: " .. problem, 2) end
  local line = file:read "l"
  file:close()
  return line and line:match "^%s*(%S.-)%s*$"
    or error(("the first line of %s is empty"):format(source), 2)
end

-- Carry out a file that may loop, with as many steps as the longest lists take.
local function runBounded(chunk)
  local before = table.pack(debug.gethook())
  debug.sethook(function() error("it runs without end", 0) end, "", maxSteps)
  local ok, values = pcall(chunk)
  debug.sethook(table.unpack(before, 1, before.n))
  return ok, values
end

-- Lua's messages quote what it met, which may be a secret.
local quotes = { syntax = "^(.-:%d+:.-) near .*$", value = "^(.-) %(constant '.*'%)$" }

--- Read a configuration file: Lua that returns a table. It can call `env "NAME"`, a variable of the
-- environment, `file "/path"`, a file's first line, and the methods of strings. A method counts as
-- one instruction, however long it takes.
-- @tparam string file its path
-- @tparam[opt] boolean isServing whether others wait meanwhile
-- @treturn[1] table as from `check`
-- @treturn[2] nil
-- @treturn[2] {string,...} every mistake
-- @treturn[2] ?table as from `check`
function config.read(file, isServing)
  local function readSecret(source)
    if isServing then refuseOthers(source) end
    return sandbox.file(source)
  end
  local chunk, problem = loadfile(file, "t", { env = sandbox.env, file = readSecret })
  if not chunk then return nil, { "cannot be read: " .. problem:gsub(quotes.syntax, "%1") } end
  local ok, values = runBounded(chunk)
  if not ok then return nil, { "fails: " .. tostring(values):gsub(quotes.value, "%1") } end
  return config.check(values)
end

return config
