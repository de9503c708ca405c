local core = require "hathora.core"
local dockers = require "support.docker"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local socket = require "socket"
local swarms = require "support.swarm"

local function boxed(engine)
  return function(script)
    return { engine = engine, image = dockers.image,
      command = script and { "/bin/sh", "-c", script } or { "/game/server" } }
  end
end

-- What an app is made of, by its engine.
local engines = {
  ["local"] = function(script)
    return { user = host.user, command = script and { "/bin/sh", "-c", script }
      or { process.build .. "/examples/gameserver" } }
  end,
  docker = boxed "docker", swarm = boxed "swarm",
}

-- What an engine stands on: made when the first spec asks, so that a run of other specs does not
-- wait for it. `within` is where its games can be reached from; `left` counts what is left of them.
local makers = {
  ["local"] = function() return { left = function() return 0 end } end,
  docker = function()
    local daemon, why = dockers.start()
    if not daemon then return nil, why end
    daemon:makeImage()
    return { socket = daemon.socket, daemon = daemon,
      left = function() return #daemon:containers() end }
  end,
  swarm = function()
    local nodes, why = swarms.start()
    if not nodes then return nil, why end
    return { socket = nodes.nodes[1].socket, daemon = nodes,
      within = { "nsenter", "--net=/run/netns/" .. nodes.namespaces[1] }, left = function()
        local counts = nodes:counts()
        return #nodes:services() + counts[1] + counts[2] + counts[3]
      end }
  end,
}
local grounds, reasons = {}, {}

local function groundOf(name)
  if grounds[name] == nil then
    local ground
    ground, reasons[name] = makers[name]()
    grounds[name] = ground or false
  end
  return grounds[name]
end

local function start(app, ports)
  app.stopGrace = app.stopGrace or 1
  return host.start { directory = true, portQuarantine = 0, ports = ports,
    apps = { [host.appId] = app }, docker = groundOf(app.engine or "local").socket }
end

local function create(sdk, options)
  return { processId = sdk.processesV2:createProcess({ region = "Tokyo" }, options).processId }
end

for name, make in pairs(engines) do
  describe("a process of the engine " .. name .. " #outside", function()
    local function can(what, act)
      it(what, function()
        local ground = groundOf(name)
        if not ground then return pending(reasons[name]) end
        act(ground)
      end)
    end

    can("lives its life, and leaves nothing behind", function(ground)
      local running <close> = start(make())
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      local ready = sdk.processesV2:waitUntilRunning(id)
      local port = ready.exposedPort
      local words = { "curl", "-s", "-m", "1", ("telnet://%s:%d"):format(port.host, port.port) }
      if ground.within then table.move(words, 1, #words, #ground.within + 1, words) end
      for index, word in ipairs(ground.within or {}) do words[index] = word end
      assert.truthy(#process.run(words) > 0, "the game does not talk")
      process.waitFor(function()
        return sdk.logsV1:getLogsForProcess(id):find "serving Tokyo on port"
      end, "the log")
      sdk.processesV2:stopProcess(id)
      assert.equal("stopped", sdk.processesV2:waitUntilStopped(id).status)
      assert.matches("serving Tokyo on port", sdk.logsV1:downloadLogForProcess(id))
      process.waitFor(function() return ground.left() == 0 end, "all of it to go", 60)
    end)

    can("is killed after its grace when it ignores SIGTERM", function()
      local running <close> = start(make "trap '' TERM; echo ready; while :; do sleep 1; done")
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      process.waitFor(function() return sdk.logsV1:getLogsForProcess(id):find "ready" end, "it")
      sdk.processesV2:stopProcess(id)
      assert.equal("stopped", sdk.processesV2:waitUntilStopped(id).status)
    end)

    can("that exits at once has failed, and why and what it wrote is told", function()
      local running <close> = start(make "echo no map; exit 3")
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      assert.equal("failed", sdk.processesV2:waitUntilStopped(id).status)
      assert.equal("no map\n", sdk.logsV1:downloadLogForProcess(id))
      assert.matches("it exited with status 3", process.run { "bin/hathora-host", "ps", "--all",
        "--url", running.url, "--token", host.token })
    end)

    can("is one for one key, whatever the host's crashes, and is stopped but once", function(ground)
      local app = make()
      app.maxProcesses = 1
      local running <close> = start(app)
      local points = { "recorded", "containerMade", "started", "stopRecorded" }
      for round = 1, 20 * (tonumber(os.getenv "HATHORA_SPEC_ROUNDS") or 1) do
        running:stop "KILL"
        running:restart { HATHORA_HOST_FAULT = points[round % 5] }
        local before <close> = hathora.new(running:options { retry = false, timeout = 10 })
        local key, id = core.uuid(), nil
        local ok, first = pcall(create, before, { idempotencyKey = key })
        if ok then
          id = first
          pcall(before.processesV2.stopProcess, before.processesV2, id)
        end
        running:stop "KILL"
        running:restart()
        local after <close> = hathora.new(running:options { retry = false, timeout = 10 })
        local again = create(after, { idempotencyKey = key })
        assert.equal(id and id.processId or again.processId, again.processId)
        after.processesV2:stopProcess(again)
        after.processesV2:waitUntilStopped(again)
        assert.equal(round, after.processesV2:getProcessesCountExperimental().count)
        process.waitFor(function() return ground.left() == 0 end, "all of it to go", 60)
      end
    end)
  end)
end

describe("a service of the Swarm #outside", function()
  local function can(what, act)
    it(what, function()
      local ground = groundOf "swarm"
      if not ground then return pending(reasons.swarm) end
      act(ground.daemon)
    end)
  end

  local function reasonsOf(running)
    return (process.run { "bin/hathora-host", "ps", "--all", "--url", running.url, "--token",
      host.token })
  end

  can("is shown by the demo of examples/swarm", function()
    local output, status = process.run { "lua5.4", "examples/swarm/demo.lua" }
    assert.equal(0, status, output)
    assert.matches("Tokyo: 10%.99%.0%.[23]:%d+", output)
    assert.equal(3, select(2, output:gsub("\nstopped ", "")))
  end)

  can("lands on a node of its region, told with that node's address", function(nodes)
    local running <close> = start(engines.swarm())
    local sdk <close> = hathora.new(running:options())
    for region, addresses in pairs { Frankfurt = "^10%.99%.0%.1$", Tokyo = "^10%.99%.0%.[23]$" } do
      local id = { processId = sdk.processesV2:createProcess({ region = region }).processId }
      assert.matches(addresses, sdk.processesV2:waitUntilRunning(id).exposedPort.host)
      assert.matches("swarm on node%-", reasonsOf(running))
      sdk.processesV2:stopProcess(id)
      sdk.processesV2:waitUntilStopped(id)
    end
    process.waitFor(function() return #nodes:services() == 0 end, "the services to go", 60)
  end)

  can("in a region without a node is starting and says why, and fails at its deadline", function()
    local app = engines.swarm()
    app.startDeadline = 8
    local running <close> = start(app)
    local sdk <close> = hathora.new(running:options())
    local id = { processId = sdk.processesV2:createProcess({ region = "Sydney" }).processId }
    process.waitFor(function() return reasonsOf(running):find "no suitable node" end, "the reason",
      30)
    assert.equal("starting", sdk.processesV2:getProcessInfo(id).status)
    assert.equal("failed", sdk.processesV2:waitUntilStopped(id).status)
    assert.matches("had not bound .* after 8 seconds: no suitable node", reasonsOf(running))
  end)

  can("of an image that is nowhere has failed, and says so", function()
    local app = engines.swarm()
    app.image = "none:1"
    local running <close> = start(app)
    local sdk <close> = hathora.new(running:options())
    assert.equal("failed", sdk.processesV2:waitUntilStopped(create(sdk)).status)
    assert.matches("[Nn]o such image", reasonsOf(running))
  end)

  can("on a node that is cut off has failed, with the truth, and is not started twice",
    function(nodes)
      local running <close> = start(engines.swarm())
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      local ready = sdk.processesV2:waitUntilRunning(id)
      local index = math.tointeger(tonumber(ready.exposedPort.host:match "%d+$"))
      nodes:setLink(index, "down")
      local ok, problem = pcall(function()
        local gone = sdk.processesV2:waitUntilStopped { processId = id.processId, timeout = 90 }
        assert.equal("failed", gone.status)
        assert.matches("does not answer; there it may go on", reasonsOf(running))
        -- Cut off, it goes on; nowhere else is it started.
        local counts = nodes:counts()
        assert.equal(1, counts[1] + counts[2] + counts[3])
      end)
      nodes:setLink(index, "up")
      assert(ok, problem)
      process.waitFor(function()
        local counts = nodes:counts()
        return counts[1] + counts[2] + counts[3] == 0
      end, "the node that is back to end it", 60)
    end)
end)

describe("a container #outside", function()
  teardown(function()
    for name, ground in pairs(grounds) do
      if ground and ground.daemon then ground.daemon:close() end
      grounds[name] = nil
    end
  end)

  local function can(what, act)
    it(what, function()
      if not groundOf "docker" then return pending(reasons.docker) end
      act()
    end)
  end

  can("is found again by its labels when the records are lost", function()
    local running <close> = start(engines.docker())
    local sdk <close> = hathora.new(running:options())
    local key = core.uuid()
    local id = create(sdk, { idempotencyKey = key })
    local before = sdk.processesV2:waitUntilRunning(id)
    running:stop "KILL"
    process.run("rm " .. running.directory .. "/records.sqlite*")
    running:restart()
    local later <close> = hathora.new(running:options())
    local found = later.processesV2:waitUntilRunning(id)
    assert.same(before.exposedPort, found.exposedPort)
    assert.equal(before.createdAt, found.createdAt)
    assert.equal(id.processId, create(later, { idempotencyKey = key }).processId)
    later.processesV2:stopProcess(id)
    later.processesV2:waitUntilStopped(id)
  end)

  can("whose port another has taken meanwhile has failed, and says why", function()
    local port = process.freePort()
    local running <close> = start(engines.docker "sleep 0.5; exec /game/server", { port, port })
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk)
    local stranger = assert(socket.bind("127.0.0.1", port))
    assert.equal("failed", sdk.processesV2:waitUntilStopped(id).status)
    stranger:close()
    assert.matches("exited with status", process.run { "bin/hathora-host", "ps", "--all", "--url",
      running.url, "--token", host.token })
  end)

  can("of an image that is not there has failed, and says so", function()
    local app = engines.docker()
    app.image = "none:1"
    local running <close> = start(app)
    local sdk <close> = hathora.new(running:options())
    assert.equal("failed", sdk.processesV2:waitUntilStopped(create(sdk)).status)
    assert.matches("No such image: none:1", process.run { "bin/hathora-host", "ps", "--all",
      "--url", running.url, "--token", host.token })
  end)

  can("has no rights, writes nothing but /tmp, and is not started again", function()
    local running <close> = start(engines.docker(
      "id -u; cat /proc/self/status; echo x >/file || echo refused; echo x >/tmp/file && echo kept;"
      .. " exit 1"))
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk)
    sdk.processesV2:waitUntilStopped(id)
    local log = sdk.logsV1:downloadLogForProcess(id)
    assert.matches("CapEff:%s+0000000000000000", log)
    assert.matches("NoNewPrivs:%s+1", log)
    assert.matches("refused\nkept\n", log)
  end)

  can("that takes more memory than it may is told of as such", function()
    local app = engines.docker "x=0123456789abcdef; while :; do x=$x$x; done"
    app.memoryMB = 16
    local running <close> = start(app)
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk)
    assert.equal("failed", sdk.processesV2:waitUntilStopped(id).status)
    assert.matches("it ran out of memory", process.run { "bin/hathora-host", "ps", "--all",
      "--url", running.url, "--token", host.token })
  end)

  it("cannot be made while Docker does not answer: 503, and another engine's apps go on", function()
    local apps = { game = engines["local"](), boxed = engines.docker() }
    local running <close> = host.start { apps = apps, docker = "/nowhere/docker.sock" }
    local sdk <close> = hathora.new(running:options { retry = false })
    local ok, problem = pcall(sdk.processesV2.createProcess, sdk.processesV2,
      { appId = "boxed", region = "Tokyo" })
    assert.is_false(ok)
    assert.equal("5", problem.headers["retry-after"])
    assert.equal(503, problem.statusCode)
    assert.matches("a process cannot be made now: Docker at .* does not answer", problem.message)
    local made = sdk.processesV2:createProcess { appId = "game", region = "Tokyo" }
    sdk.processesV2:waitUntilRunning { appId = "game", processId = made.processId }
  end)
end)
