local core = require "hathora.core"
local dockers = require "support.docker"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"

-- What an app is made of, by its engine.
local engines = {
  ["local"] = function(script)
    return { user = host.user, command = script and { "/bin/sh", "-c", script }
      or { process.build .. "/examples/gameserver" } }
  end,
  docker = function(script)
    return { engine = "docker", image = dockers.image,
      command = script and { "/bin/sh", "-c", script } or { "/game/server" } }
  end,
}

-- Made when the first spec asks, so that a run of other specs does not wait for it.
local docker, whyNot

local function dockerIsHere()
  if docker == nil then docker, whyNot = dockers.start() end
  docker = docker or false
  return docker
end

local function start(app, more)
  app.stopGrace = app.stopGrace or 1
  local config = { directory = true, portQuarantine = 0, apps = { [host.appId] = app },
    docker = docker and docker.socket or nil }
  for name, value in pairs(more or {}) do config[name] = value end
  return host.start(config)
end

local function create(sdk, options)
  return { processId = sdk.processesV2:createProcess({ region = "Tokyo" }, options).processId }
end

for name, make in pairs(engines) do
  describe("a process of the engine " .. name .. " #outside", function()
    local function can(what, act)
      it(what, function()
        if name == "docker" and not dockerIsHere() then return pending(whyNot) end
        act()
      end)
    end

    can("lives its life, and leaves nothing behind", function()
      local running <close> = start(make())
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk)
      local ready = sdk.processesV2:waitUntilRunning(id)
      local output = process.run { "curl", "-s", "-m", "1", ("telnet://127.0.0.1:%d"):format(
        ready.exposedPort.port) }
      assert.truthy(#output > 0, "the game does not talk")
      assert.matches("serving Tokyo on port", sdk.logsV1:getLogsForProcess(id))
      sdk.processesV2:stopProcess(id)
      assert.equal("stopped", sdk.processesV2:waitUntilStopped(id).status)
      assert.matches("serving Tokyo on port", sdk.logsV1:downloadLogForProcess(id))
      if docker then
        process.waitFor(function() return #docker:containers() == 0 end, "the container to go")
      end
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

    can("is one for one key, whatever the host's crashes, and is stopped but once", function()
      local app = make()
      app.maxProcesses = 1
      local running <close> = start(app)
      local points = { "recorded", "containerMade", "started", "stopRecorded" }
      for round = 1, 5 * (tonumber(os.getenv "HATHORA_SPEC_ROUNDS") or 1) do
        running:stop "KILL"
        running:restart { HATHORA_HOST_FAULT = points[round % 5] }
        local before <close> = hathora.new(running:options { retry = false, timeout = 5 })
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
        if docker then
          process.waitFor(function() return #docker:containers() == 0 end, "the container to go")
        end
      end
    end)
  end)
end

describe("a container #outside", function()
  teardown(function() if docker then docker:close() end end)

  local function can(what, act)
    it(what, function()
      if not dockerIsHere() then return pending(whyNot) end
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
