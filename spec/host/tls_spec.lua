local certificates = require "support.certificates"
local docker = require "support.docker"
local haproxy = require "hathora.host.tls.haproxy"
local hathora = require "hathora"
local hosts = require "support.host"
local keepers = require "support.keeper"
local loops = require "hathora.host.machine.loop"
local needs = require "support.needs"
local process = require "support.process"
local procfs = require "hathora.host.machine.procfs"
local reload = require "hathora.host.reload"
local socket = require "socket"
local ssl = require "ssl"

local with = needs(_ENV, function()
  return haproxy.find(), "HAProxy is not installed"
end)

describe("a port whose transportType is tls #outside", function()
  local directory, files
  setup(function()
    directory = process.temporaryDirectory()
    files = certificates.make(directory, "localhost")
  end)
  teardown(function() process.removeDirectory(directory) end)

  -- Ranges of ten that another run of this has hardly ever.
  local function range(base)
    local first = base + process.freePort() % 150 * 10
    return { first, first + 9 }
  end

  -- A host with one app of tls; `directory = "none"` keeps nothing.
  local function start(config, env, app)
    local settings = { command = { process.build .. "/examples/gameserver" }, user = hosts.user,
      transportType = "tls", certificate = files.certificate, key = files.key }
    for name, value in pairs(app or {}) do settings[name] = value end
    local full = { directory = true, ports = range(9500), tlsPorts = range(8000),
      apps = { [hosts.appId] = settings } }
    for name, value in pairs(config or {}) do full[name] = value end
    if full.directory == "none" then full.directory = nil end
    local host = hosts.start(full, env)
    host.range = full.tlsPorts
    return host
  end

  local function create(host)
    local sdk <close> = hathora.new(host:options())
    return sdk.processesV2:createProcess { region = "Tokyo" }
  end

  local function info(host, made)
    local sdk <close> = hathora.new(host:options())
    return sdk.processesV2:getProcessInfo { processId = made.processId }
  end

  local function run(host)
    local made = create(host)
    return process.waitFor(function()
      local found = info(host, made)
      assert.not_equal("failed", found.status)
      return found.status == "running" and found
    end, "the process to run")
  end

  local function stop(host, made)
    local sdk <close> = hathora.new(host:options())
    sdk.processesV2:stopProcess { processId = made.processId }
  end

  -- A player: one connection, by TLS.
  local function connect(port, authority)
    local plain = assert(socket.connect("127.0.0.1", port))
    local secure = assert(ssl.wrap(plain, { mode = "client", protocol = "any", verify = "peer",
      cafile = authority or files.authority }))
    secure:settimeout(10)
    local connected, problem = secure:dohandshake()
    if not connected then
      secure:close()
      return nil, problem
    end
    assert.matches("^welcome", secure:receive "*l")
    return secure
  end

  local function plays(player)
    player:send "ping\n"
    return (player:receive "*l" or ""):find "^pong" ~= nil
  end

  local function tlsFile(host, name)
    return process.readFile(host.directory .. "/tls/" .. name)
  end

  local function loads(host)
    return select(2, tlsFile(host, "log"):gsub("Loading success", ""))
  end

  with("is where players come by TLS; the game listens plainly elsewhere", function()
    local host <close> = start()
    local made = run(host)
    local exposed = made.exposedPort
    assert.equal("tls", exposed.transportType)
    assert.falsy(process.run { "curl", "-s", "-H", "Authorization: Bearer " .. hosts.token,
      ("%s/processes/v2/%s/info/%s"):format(host.url, hosts.appId, made.processId) }:find "inner")
    assert.truthy(exposed.port >= host.range[1] and exposed.port <= host.range[2])
    local player = assert(connect(exposed.port))
    assert.is_true(plays(player))
    player:close()
  end)

  with("leads to each port of a game, and only to ports of tls", function()
    local host <close> = start(nil, nil, { transportType = "tcp",
      additionalPorts = { { name = "web", transportType = "tls" } } })
    local made = run(host)
    local plain = assert(socket.connect("127.0.0.1", made.exposedPort.port))
    assert.matches("^welcome", plain:receive "*l")
    plain:close()
    local web = made.additionalExposedPorts[1].port
    assert.truthy(web >= host.range[1] and web <= host.range[2])
  end)

  with("leads to a container, too", function()
    local daemon, why = docker.start()
    if not daemon then return pending(why) end
    local _ <close> = daemon
    daemon:makeImage()
    local host <close> = start({ docker = daemon.socket }, nil, { engine = "docker",
      image = docker.image, command = { "/game/server" }, user = "1000" })
    local player = assert(connect(run(host).exposedPort.port))
    assert.is_true(plays(player))
    player:close()
  end)

  with("keeps its players when the host is killed, and when it is back", function()
    local host <close> = start()
    local made = run(host)
    local player = assert(connect(made.exposedPort.port))
    local master = tlsFile(host, "pid")
    host:stop "KILL"
    assert.is_true(plays(player))
    local newcomer = assert(connect(made.exposedPort.port))
    assert.is_true(plays(newcomer))
    host:restart()
    local later = run(host)
    for _, each in ipairs { player, newcomer, assert(connect(later.exposedPort.port)) } do
      assert.is_true(plays(each))
      each:close()
    end
    assert.equal(master, tlsFile(host, "pid"))
    assert.equal(1, loads(host))
  end)

  with("comes and goes without a reload, and no other player feels it", function()
    local host <close> = start()
    local player = assert(connect(run(host).exposedPort.port))
    for _ = 1, 3 do
      local other = run(host)
      local visitor = assert(connect(other.exposedPort.port))
      assert.is_true(plays(visitor))
      stop(host, other)
      visitor:receive "*l"
      visitor:close()
      assert.is_true(plays(player))
    end
    assert.equal(1, loads(host))
    player:close()
  end)

  with("is one host's alone", function()
    local host <close> = start()
    local player = assert(connect(run(host).exposedPort.port))
    local another <close> = start()
    assert(connect(run(another).exposedPort.port)):close()
    assert.is_true(plays(player))
    player:close()
  end)

  with("is not running before players can reach it", function(program)
    process.writeFile(directory .. "/haproxy", ("#!/bin/sh\nwhile [ ! -e %s/go ]; do sleep 0.01; "
      .. "done\nexec %s \"$@\"\n"):format(directory, program))
    process.run { "chmod", "+x", directory .. "/haproxy" }
    local host <close> = start(nil, { PATH = directory .. ":" .. os.getenv "PATH" })
    local made = create(host)
    local log = process.waitFor(function()
      local path = ("%s/logs/%s"):format(host.directory, made.processId)
      local text = process.readFile(path)
      return text and text:find "serving" and text
    end, "the game to listen")
    assert.truthy(log)
    socket.sleep(0.3)
    assert.equal("starting", info(host, made).status)
    process.writeFile(directory .. "/go", "")
    process.waitFor(function() return info(host, made).status == "running" end, "it to run")
  end)

  with("is served again when HAProxy was killed", function()
    local host <close> = start()
    local made = run(host)
    process.run { "kill", "-KILL", (tlsFile(host, "pid"):match "%d+") }
    process.waitFor(function() -- the worker of the one that was killed may still take a player
      local ok, player = pcall(connect, made.exposedPort.port)
      local isServed = ok and player and plays(player)
      if ok and player then player:close() end
      return isServed
    end, "HAProxy to be back")
  end)

  with("whose HAProxy cannot be recorded has none, and nothing is left of it", function()
    local host <close> = start()
    local id = process.waitFor(function()
      return (tlsFile(host, "identity") or ""):match '"processId":"([^"]+)"'
    end, "HAProxy to be recorded")
    local identity = host.directory .. "/tls/identity"
    os.remove(identity)
    process.run { "mkdir", identity }
    for _, pid in ipairs(procfs.withVariable("HATHORA_PROCESS_ID", id)) do
      process.run { "kill", "-KILL", pid }
    end
    process.waitFor(function() return host.process:errors():find("cannot write", 1, true) end,
      "a warning")
    process.waitFor(function() return process.children(host.process.pid) == "" end,
      "the shims to be gone")
  end)

  with("that another program has is told of, and waited for", function()
    local tlsPorts = range(8000)
    local stranger = process.hold { command = { process.build .. "/examples/gameserver" },
      env = { HATHORA_DEFAULT_PORT = tlsPorts[2] }, ready = "serving" }
    local host <close> = start { tlsPorts = tlsPorts }
    process.waitFor(function() return host.process:errors():find "HAProxy" end, "a warning")
    assert.matches("port %d+ of tlsPorts is another program's", host.process:errors())
    local ok, refused = pcall(create, host)
    assert.is_false(ok)
    assert.matches("HAProxy, .*port %d+ of tlsPorts is another", refused.message)
    stranger:close()
    process.waitFor(function() return (pcall(create, host)) end, "a create to be accepted")
    local player = assert(connect(run(host).exposedPort.port))
    assert.is_true(plays(player))
    player:close()
  end)

  with("has a renewed certificate for new players, and the old ones stay", function()
    local other = process.temporaryDirectory()
    local own = { certificate = other .. "/certificate.pem", key = other .. "/certificate.key" }
    local before = certificates.make(other, "localhost")
    local oldAuthority = directory .. "/old.pem"
    process.run { "cp", before.authority, oldAuthority }
    local host <close> = start(nil, nil, own)
    local made = run(host)
    local player = assert(connect(made.exposedPort.port, oldAuthority))
    host:stop "KILL"
    certificates.make(other, "localhost")
    process.run { "touch", "-d", "1 hour", own.certificate }
    host:restart()
    local newcomer = process.waitFor(function()
      return (connect(made.exposedPort.port, before.authority))
    end, "the new certificate")
    assert.is_true(plays(newcomer))
    assert.is_true(plays(player))
    player:close()
    newcomer:close()
    process.removeDirectory(other)
  end)

  with("signals no stranger with HAProxy's number when a certificate is renewed", function()
    local own = { certificate = directory .. "/own.pem", key = files.key }
    process.run { "cp", files.certificate, own.certificate }
    local stranger <close> = process.hold { ready = "ready", command = { "/bin/sh", "-c",
      "trap 'echo USR2' USR2; trap 'echo USR1' USR1; echo ready; while :; do sleep 0.02; done" } }
    local host <close> = start(nil, nil, own)
    run(host)
    local before = tlsFile(host, "configuration")
    host:stop "KILL"
    process.writeFile(host.directory .. "/tls/pid", stranger.pid .. "\n")
    process.run { "touch", "-d", "1 hour", own.certificate }
    host:restart()
    process.waitFor(function() return tlsFile(host, "configuration") ~= before end, "the renewal")
    create(host) -- what came with the renewal is done when the host answers
    stranger:signal "USR1"
    process.waitFor(function() return stranger:output():find "USR1" end, "a signal")
    assert.equal("ready\nUSR1\n", stranger:output())
  end)

  with("has a certificate shown whose key came later", function()
    local other = process.temporaryDirectory()
    local own = { certificate = other .. "/certificate.pem", key = other .. "/certificate.key" }
    certificates.make(other, "localhost")
    local host <close> = start(nil, nil, own)
    local made = run(host)
    local key = directory .. "/later.key"
    for _, step in ipairs { "certificate", "key" } do
      host:stop "KILL"
      if step == "certificate" then
        certificates.make(other, "localhost")
        process.run { "mv", own.key, key }
        process.run { "cp", files.key, own.key }
        process.run { "touch", "-d", "1 hour", own.certificate }
      else
        process.run { "mv", key, own.key }
        process.run { "touch", "-d", "1 hour", own.key }
      end
      host:restart()
      if step == "certificate" then
        process.waitFor(function()
          return host.process:errors():find "continues with its old configuration"
        end, "a warning")
      end
    end
    local player = process.waitFor(function()
      return (connect(made.exposedPort.port, other .. "/authority.pem"))
    end, "the new certificate")
    assert.is_true(plays(player))
    player:close()
    process.removeDirectory(other)
  end)

  with("has another certificate of the host shown once a reload has named it", function()
    local other = process.temporaryDirectory()
    local own = certificates.make(other, "localhost")
    local keeper <close> = keepers.start({ game = { command = keepers.server,
      transportType = "tls" } }, { durable = true, ports = range(9500), tlsPorts = range(8000),
      certificate = files.certificate, key = files.key })
    local port = keeper:waitForStatus(keeper:create "game", "running").exposedPort.port
    assert(connect(port)):close()
    local check = keeper:waitFor(function()
      local timer = keeper.services.tls.timer
      return timer.due - loops.now() > 30 and timer
    end, "the minute until the next check to begin")
    local changed = {}
    for name, value in pairs(keeper.config) do changed[name] = value end
    changed.certificate, changed.key = own.certificate, own.key
    assert.same({}, reload(keeper.config, changed, function() end))
    check:cancel()
    check.callback()
    local player = keeper:waitFor(function() return (connect(port, own.authority)) end,
      "the other certificate")
    assert.is_true(plays(player))
    player:close()
    process.removeDirectory(other)
  end)

  with("keeps the certificate it has when the new one is none, and says so", function()
    local own = { certificate = directory .. "/own.pem", key = directory .. "/own.key" }
    process.run { "cp", files.certificate, own.certificate }
    process.run { "cp", files.key, own.key }
    local host <close> = start(nil, nil, own)
    local made = run(host)
    local player = assert(connect(made.exposedPort.port))
    host:stop "KILL"
    process.writeFile(own.certificate, "half of a certifi")
    process.run { "touch", "-d", "1 hour", own.certificate }
    host:restart()
    process.waitFor(function()
      return host.process:errors()
        :find "continues with its old configuration: .* file '/[^']*/own.pem'"
    end, "a warning")
    local newcomer = assert(connect(made.exposedPort.port))
    assert.is_true(plays(newcomer))
    assert.is_true(plays(player))
    newcomer:close()
    player:close()
  end)

  with("ends with a host that keeps nothing", function()
    local host <close> = start { directory = "none" }
    local made = run(host)
    assert(connect(made.exposedPort.port)):close()
    host:stop "KILL"
    process.waitFor(function()
      local connection = socket.connect("127.0.0.1", made.exposedPort.port)
      if connection then connection:close() end
      return not connection
    end, "HAProxy to end")
  end)

  it("is the game's own where the app says so", function()
    local host <close> = start(nil, nil, { tlsPassthrough = true })
    local made = run(host)
    local player = assert(socket.connect("127.0.0.1", made.exposedPort.port))
    assert.matches("^welcome", player:receive "*l")
    player:close()
    assert.is_nil(tlsFile(host, "configuration"))
  end)

  it("needs HAProxy, which check and serve say when it is missing", function()
    local hide = "mount --bind /dev/null %s && exec bin/hathora-host %s"
    local file = directory .. "/host.lua"
    process.writeFile(file, ([[return { tokens = { "a-token-long-enough" }, listen = "127.0.0.1:0",
      apps = { game = { command = { "/bin/true" }, user = %q, transportType = "tls",
      certificate = %q, key = %q } } }]]):format(hosts.user, files.certificate, files.key))
    for _, command in ipairs { "check " .. file, "serve --config " .. file } do
      local output, status = process.run { "unshare", "--mount", "--map-root-user", "sh", "-c",
        hide:format(haproxy.find() or "/dev/null", command) }
      if output:find "^unshare" then return pending "unshare is not allowed here" end
      assert.equal(1, status, output)
      assert.matches("HAProxy is missing", output)
      assert.matches("apt%-get install haproxy", output)
    end
  end)
end)
