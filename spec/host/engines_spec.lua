local core = require "hathora.core"
local engines = require "support.engines"
local faults = require "support.faults"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local registry = require "support.registry"
local server = require "support.server"
local socket = require "socket"

teardown(engines.close)

local function create(sdk, options)
  return { processId = sdk.processesV2:createProcess({ region = "Tokyo" }, options).processId }
end

local function stop(sdk, id)
  sdk.processesV2:stopProcess(id)
  return sdk.processesV2:waitUntilStopped(id).status
end

local function ended(running, id)
  local sdk <close> = hathora.new(running:options())
  id = id or create(sdk)
  return sdk.processesV2:waitUntilStopped(id).status, sdk.logsV1:downloadLogForProcess(id)
end

for _, name in ipairs(engines.names) do
  describe("a process of the engine " .. name .. " #outside", function()
    local can = engines.specsOn(name, _ENV)

    can("lives its life, and leaves nothing behind", function(ground)
      local running <close> = engines.start(engines.app(name))
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      local ready = sdk.processesV2:waitUntilRunning(id)
      assert.equal("welcome to Tokyo", engines.play(ready.exposedPort))
      process.waitFor(function()
        return sdk.logsV1:getLogsForProcess(id):find "serving Tokyo on port"
      end, "the log")
      sdk.processesV2:stopProcess(id)
      local status, log = ended(running, id)
      assert.equal("stopped", status)
      assert.matches("serving Tokyo on port", log)
      process.waitFor(function() return ground.left() == 0 end, "all of it to go", 120)
    end)

    can("is started for a first room, and told of it and its configuration", function()
      local running <close> = engines.start(engines.app(name))
      local sdk <close> = hathora.new(running:options())
      local config = [[{"map":"{{.Node.ID}}","name":"\u{e9} $GAME ${HATHORA_REGION}"}]]
      local room = sdk.roomsV2:createRoom { region = "Tokyo", roomId = "first-1",
        roomConfig = config }
      local id = { processId = room.processId }
      local ready = sdk.processesV2:waitUntilRunning(id)
      local info = sdk.roomsV2:getConnectionInfo { roomId = "first-1" }
      assert.same({ "active", ready.exposedPort }, { info.status, info.exposedPort })
      process.waitFor(function()
        return sdk.logsV1:getLogsForProcess(id):find("its first room is first-1: " .. config, 1,
          true)
      end, "the log")
      stop(sdk, id)
      assert.equal("destroyed", sdk.roomsV2:getRoomInfo({ roomId = "first-1" }).status)
    end)

    for _, transportType in ipairs { "tcp", "udp" } do
      can("over " .. transportType .. " is running once its port is bound, not before", function()
        local running <close> = engines.start(engines.app(name, "sleep 3; exec $GAME",
          { transportType = transportType }))
        local sdk <close> = hathora.new(running:options())
        local id = create(sdk)
        local ready = sdk.processesV2:waitUntilRunning(id)
        local made, began = hathora.time(ready.createdAt), hathora.time(ready.startedAt)
        assert.truthy(began - made >= 3, "it was running before its port was bound")
        engines.play(ready.exposedPort)
        stop(sdk, id)
      end)
    end

    can("is killed after its grace when it ignores SIGTERM", function()
      local running <close> = engines.start(engines.app(name,
        "trap '' TERM; echo ready; while :; do sleep 1; done"))
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      process.waitFor(function() return sdk.logsV1:getLogsForProcess(id):find "ready" end, "it")
      assert.equal("stopped", stop(sdk, id))
    end)

    can("that knows nothing of SIGTERM is ended by it at once", function()
      local running <close> = engines.start(engines.app(name, "echo ready; exec sleep 600",
        { stopGrace = 60 }))
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      process.waitFor(function() return sdk.logsV1:getLogsForProcess(id):find "ready" end, "it")
      sdk.processesV2:stopProcess(id)
      assert.equal("stopped", sdk.processesV2:waitUntilStopped({ processId = id.processId,
        timeout = 30 }).status)
    end)

    can("that exits at once has failed, and why and what it wrote is told", function()
      local running <close> = engines.start(engines.app(name, "echo no map; exit 3"))
      local status, log = ended(running)
      assert.equal("failed", status)
      assert.equal("no map\n", log)
      assert.matches("it exited with status 3", engines.tell(running))
    end)

    for script, told in pairs {
      ["exit 255"] = "it exited with status 255", ["exit 200"] = "it exited with status 200",
      ["exit 128"] = "it exited with status 128", ["kill -9 $$"] = "it was ended by signal 9",
    } do
      can(("whose end is %q is told of as that"):format(script), function()
        local running <close> = engines.start(engines.app(name, script))
        assert.equal("failed", (ended(running)))
        assert.matches(told, engines.tell(running), 1, true)
      end)
    end

    can("whose port another has taken meanwhile has failed, and says why", function(ground)
      local port = process.freePort()
      local running <close> = engines.start(engines.app(name, "sleep 2; exec $GAME"),
        { ports = { port, port } })
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      local stranger = ground.occupy(port)
      local status, log = ended(running, id)
      stranger:close()
      assert.equal("failed", status)
      assert.matches("bind: Address already in use", log)
      assert.matches("exited with status", engines.tell(running))
    end)

    can("has the variables that were given, whatever is in them", function()
      local odd = "{{.Node.ID}} ${HOME} $(id) '\" {{"
      local running <close> = engines.start(engines.app(name, 'echo "$ODD"; exit 1',
        { env = { ODD = odd } }))
      assert.equal(odd .. "\n", (select(2, ended(running))))
    end)

    can("is one for one key, whatever the host's crashes, and is stopped but once", function(ground)
      local running <close> = engines.start(engines.app(name, nil, { maxProcesses = 1 }))
      local points = { "recorded", "containerMade", "started", "stopRecorded" }
      for round = 1, 10 * (tonumber(os.getenv "HATHORA_SPEC_ROUNDS") or 1) do
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
        after.processesV2:waitUntilStopped { processId = again.processId, timeout = 120 }
        assert.equal(round, after.processesV2:getProcessesCountExperimental().count)
        process.waitFor(function() return ground.left() == 0 end, "all of it to go", 120)
      end
    end)

    can("has each line of its log once, whatever the host's crashes", function()
      local lines = 400
      local running <close> = engines.start(engines.app(name, ([[
        i=0; while [ $i -lt %d ]; do i=$((i+1)); echo line $i; [ $((i %% 7)) = 0 ] || sleep 0.02
        done; exit 1]]):format(lines)))
      local id
      do
        local sdk <close> = hathora.new(running:options())
        id = create(sdk)
      end
      local path = running.directory .. "/logs/" .. id.processId
      for round = 1, 4 do
        process.waitFor(function()
          return (process.readFile(path) or ""):find(("line %d\n"):format(round * 60))
        end, "the log", 60)
        running:stop "KILL"
        running:restart()
      end
      local status, log = ended(running, id)
      assert.equal("failed", status)
      local expected = {}
      for index = 1, lines do expected[index] = ("line %d\n"):format(index) end
      assert.equal(table.concat(expected), log)
    end)

    can("is found again by what is kept beside it when the records are lost", function()
      local running <close> = engines.start(engines.app(name))
      local sdk <close> = hathora.new(running:options())
      local key = core.uuid()
      local id = create(sdk, { idempotencyKey = key })
      local before = sdk.processesV2:waitUntilRunning(id)
      running:stop "KILL"
      local killed = socket.gettime()
      process.run("rm " .. running.directory .. "/records.sqlite*")
      running:restart()
      local later <close> = hathora.new(running:options())
      local found = later.processesV2:waitUntilRunning(id)
      assert.same(before.exposedPort, found.exposedPort)
      assert.equal(before.createdAt, found.createdAt)
      local started = hathora.time(found.startedAt)
      -- When a game of this machine bound its port is known to the records alone.
      assert.is_true(started >= hathora.time(found.createdAt) and (name == "local"
        or started < killed), "it is said to have started at another time")
      assert.equal(id.processId, create(later, { idempotencyKey = key }).processId)
      stop(later, id)
    end)

    if name == "local" then return end

    can("that is gone without a trace leaves what is known of its log", function(ground)
      local running <close> = engines.start(engines.app(name, "echo here; exec $GAME"))
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      process.waitFor(function()
        return sdk.logsV1:getLogsForProcess(id):find "^here\n"
      end, "it", 60)
      sdk.processesV2:waitUntilRunning(id)
      running:stop "KILL"
      ground.lose()
      running:restart()
      local status, log = ended(running, id)
      assert.equal("failed", status)
      assert.matches("^here\n", log)
    end)

    can("of an image that is nowhere has failed, and says so", function()
      local image = ("127.0.0.1:%d/none:1"):format(process.freePort())
      local running <close> = engines.start(engines.app(name, nil, { image = image }))
      assert.equal("failed", (ended(running)))
      local words = { docker = "its image %s is not there and cannot be fetched: .*refused",
        swarm = "No such image: %s" }
      assert.matches(words[name]:format(image), engines.tell(running))
    end)

    can("has no rights, and writes nothing but /tmp", function()
      local running <close> = engines.start(engines.app(name, "cat /proc/self/status; "
        .. "(echo x >/file) 2>&- || echo refused; echo x >/tmp/file && echo kept; exit 1"))
      local _, log = ended(running)
      assert.matches("CapEff:%s+0000000000000000", log)
      assert.matches("refused\nkept\n", log)
      -- A Swarm has been able to since Docker 25.
      if name == "docker" then assert.matches("NoNewPrivs:%s+1", log) end
    end)

    can("that takes more memory than it may is told of as such", function()
      local running <close> = engines.start(engines.app(name,
        "x=0123456789abcdef; while :; do x=$x$x; done", { memoryMB = 16 }))
      assert.equal("failed", (ended(running)))
      assert.matches("out of memory", engines.tell(running))
    end)
  end)
end

describe("Docker's engine #outside", function()
  local can = engines.specsOn("docker", _ENV)

  can("fetches an image that is not there", function()
    local stock <close> = registry.start()
    local app = engines.app("docker", nil, { image = stock.image })
    app.command = nil
    local running <close> = engines.start(app)
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk)
    assert.equal("welcome to Tokyo",
      engines.play(sdk.processesV2:waitUntilRunning(id).exposedPort))
    stop(sdk, id)
  end)

  can("has a process failed whose image breaks off, which Docker tells within a 200", function()
    local stock <close> = registry.start "broken"
    local running <close> = engines.start(engines.app("docker", nil, { image = stock.image }))
    assert.equal("failed", (ended(running)))
    assert.matches("cannot be fetched: unknown blob", engines.tell(running))
  end)

  can("stops a process whose image is being fetched, and tells that it is", function()
    local stock <close> = server.start { server.silence }
    local running <close> = engines.start(engines.app("docker", nil,
      { image = ("127.0.0.1:%d/slow"):format(stock.port) }))
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk)
    process.waitFor(function()
      return engines.tell(running):find "starting.*its image is being fetched"
    end, "the fetch")
    assert.equal("stopped", stop(sdk, id))
  end)

  can("makes none while Docker is silent, 503, and keeps nobody waiting for it", function(ground)
    local apps = { game = engines.app "local", boxed = engines.app "docker" }
    local running <close> = host.start { apps = apps, docker = ground.socket }
    local sdk <close> = hathora.new(running:options { retry = false })
    local function createBoxed()
      return pcall(sdk.processesV2.createProcess, sdk.processesV2,
        { appId = "boxed", region = "Tokyo" })
    end
    local daemon, longest = ground.daemon.daemon, 0
    local function timed(act, ...)
      local began = core.now()
      local ok, result = act(...)
      longest = math.max(longest, core.now() - began)
      return ok, result
    end
    daemon:signal "STOP"
    local woken <close> = setmetatable({}, { __close = function() daemon:signal "CONT" end })
    local refusal = process.waitFor(function()
      local ok, problem = timed(createBoxed)
      timed(sdk.processesV2.getProcessesCountExperimental, sdk.processesV2, { appId = "game" })
      return not ok and problem
    end, "a create to be refused", 20)
    assert.equal(503, refusal.statusCode)
    assert.matches("does not answer", refusal.message)
    for _ = 1, 20 do timed(createBoxed) end
    assert.truthy(longest < 2.5, ("a request took %g s"):format(longest))
    daemon:signal "CONT"
    process.waitFor(createBoxed, "creates to go on", 20)
    assert(woken)
  end)

  can("tells a game once that is stopped before its stop could be recorded", function()
    local disk = os.tmpname()
    os.remove(disk)
    local running <close> = engines.start(engines.app("docker",
      "trap 'echo told' TERM; echo ready; while :; do sleep 0.1; done", { stopGrace = 12 }), nil,
      faults.environment { sync = disk })
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk)
    local function log() return process.readFile(running.directory .. "/logs/" .. id.processId) end
    process.waitFor(function() return log() == "ready\n" end, "it", 60)
    process.writeFile(disk, "8") -- seconds; it is told after 5
    local stopping = sdk.processesV2:stopProcessAsync(id)
    process.waitFor(function() sdk:step(0) return log() == "ready\ntold\n" end, "it to be told")
    assert.is_false(stopping:isDone())
    os.remove(disk)
    assert.is_true(stopping:wait(20))
    assert.equal("stopped", sdk.processesV2:waitUntilStopped(id).status)
    assert.equal("ready\ntold\n", sdk.logsV1:downloadLogForProcess(id))
  end)

  can("is asked again what it has that the records lost, when it was silent at first",
    function(ground)
      local running <close> = engines.start(engines.app "docker")
      local first <close> = hathora.new(running:options())
      local key = core.uuid()
      local id = create(first, { idempotencyKey = key })
      local before = first.processesV2:waitUntilRunning(id)
      running:stop "KILL"
      process.run("rm " .. running.directory .. "/records.sqlite*")
      ground.daemon.daemon:signal "STOP"
      local woken <close> = setmetatable({}, { __close = function()
        ground.daemon.daemon:signal "CONT"
      end })
      running:restart()
      local sdk <close> = hathora.new(running:options { retry = false })
      assert.equal(0, sdk.processesV2:getProcessesCountExperimental().count)
      ground.daemon.daemon:signal "CONT"
      process.waitFor(function()
        return sdk.processesV2:getProcessesCountExperimental().count == 1
      end, "it to be taken up", 20)
      assert.same(before.exposedPort, sdk.processesV2:waitUntilRunning(id).exposedPort)
      assert.equal(id.processId, create(sdk, { idempotencyKey = key }).processId)
      stop(sdk, id)
      assert(woken)
    end)

  for what, refused in pairs {
    made = { { cwd = "/game/server" }, "/game/server is not a directory" },
    started = { { user = "nobody-here" }, "unable to find user nobody%-here" },
  } do
    can(("tells why a container cannot be %s yet, and tries until its deadline"):format(what),
      function()
        local app = engines.app("docker", nil, refused[1])
        app.startDeadline = 2
        local running <close> = engines.start(app)
        local sdk <close> = hathora.new(running:options())
        local id = create(sdk)
        process.waitFor(function()
          return engines.tell(running):find("starting .*" .. refused[2])
        end, "the reason")
        assert.equal("failed", (ended(running, id)))
        assert.matches("had not bound .*: .*" .. refused[2], engines.tell(running))
      end)
  end

  can("has no process failed to start while it is silent and nobody sees", function(ground)
    local running <close> = engines.start(engines.app("docker", "echo here; sleep 3; exec $GAME",
      { startDeadline = 8 }))
    local first <close> = hathora.new(running:options())
    local id = create(first)
    process.waitFor(function() return first.logsV1:getLogsForProcess(id) == "here\n" end, "it", 60)
    running:stop "KILL"
    ground.daemon.daemon:signal "STOP"
    local _ <close> = setmetatable({}, { __close = function()
      ground.daemon.daemon:signal "CONT"
    end })
    running:restart()
    local sdk <close> = hathora.new(running:options())
    local last = core.now() + 11 -- the least that it has with this host is 10 seconds
    process.waitFor(function()
      assert.equal("starting", sdk.processesV2:getProcessInfo(id).status)
      return core.now() > last
    end, "its deadline to be over", 60)
    ground.daemon.daemon:signal "CONT"
    sdk.processesV2:waitUntilRunning(id)
    stop(sdk, id)
  end)

  can("takes a container away whose host was killed and has no directory", function(ground)
    -- No port that a game of the specs before may still have.
    local port = process.freePort()
    local config = { apps = { [host.appId] = engines.app "docker" }, docker = ground.socket,
      ports = { port, port } }
    local running <close> = host.start(config)
    local sdk <close> = hathora.new(running:options())
    sdk.processesV2:waitUntilRunning(create(sdk))
    running:stop "KILL"
    assert.truthy(ground.left() > 0)
    local other <close> = host.start(config)
    process.waitFor(function() return ground.left() == 0 end, "the container to go", 30)
    assert(other)
  end)

  it("makes no process while Docker does not answer: 503; another engine's apps go on", function()
    local apps = { game = engines.app "local", boxed = engines.app "docker" }
    local running <close> = host.start { apps = apps, docker = "/nowhere/docker.sock" }
    local sdk <close> = hathora.new(running:options { retry = false })
    local ok, problem = pcall(sdk.processesV2.createProcess, sdk.processesV2,
      { appId = "boxed", region = "Tokyo" })
    assert.is_false(ok)
    assert.equal("5", problem.headers["retry-after"])
    assert.equal(503, problem.statusCode)
    assert.matches("a process cannot be created now: Docker at .* does not answer", problem.message)
    local made = sdk.processesV2:createProcess { appId = "game", region = "Tokyo" }
    sdk.processesV2:waitUntilRunning { appId = "game", processId = made.processId }
  end)
end)
