local client = require "support.client"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local socket = require "socket"

describe("against a running host", function()
  local running, sdk
  setup(function()
    running = host.start()
    local options = running:options()
    options.allowUnknown = true
    sdk = hathora.new(options)
  end)
  teardown(function()
    sdk:close()
    running:close()
  end)

  it("a process lives its life: created, played on, listed, looked up, stopped", function()
    local processes = sdk.processesV2
    local created, response = processes:createProcess { region = hathora.Region.Tokyo }
    assert.equal(201, response.statusCode)
    assert.equal("starting", created.status)
    local id = { processId = created.processId }
    local ready = processes:waitUntilRunning(id)
    assert.is_true(hathora.time(ready.startedAt) >= hathora.time(ready.createdAt))
    local player = assert(socket.connect(ready.exposedPort.host, ready.exposedPort.port))
    player:settimeout(5)
    assert.truthy(player:receive "*l")
    player:close()
    local list = processes:getLatestProcesses { region = { "Tokyo" }, status = { "running" } }
    assert.equal(created.processId, list[1].processId)
    assert.same({}, processes:getLatestProcesses { region = { "London" } })
    assert.equal(1, processes:getProcessesCountExperimental { status = { "running" } }.count)
    assert.is_true((processes:stopProcess(id)))
    local stopped = processes:waitUntilStopped(id)
    assert.equal("stopped", stopped.status)
    assert.is_string(stopped.terminatedAt)
  end)

  local refusals = {
    { 404, "getProcessInfo", { processId = "none" } },
    { 404, "stopProcess", { processId = "none" } },
    { 404, "createProcess", { appId = "none", region = "Tokyo" } },
    { 422, "createProcess", { region = "Atlantis" } },
    { 422, "getLatestProcesses", { status = { "asleep" } } },
  }
  for _, row in ipairs(refusals) do
    local status, operation, request = table.unpack(row)
    it(("%s can be refused with %d"):format(operation, status), function()
      local problem = client.failure(sdk.processesV2[operation], sdk.processesV2, request)
      assert.equal("ApiError", problem.name)
      assert.equal(status, problem.statusCode)
    end)
  end

  it("a create beyond the app's limit is refused with 402", function()
    local app = { command = { process.build .. "/examples/gameserver" }, user = host.user,
      maxProcesses = 1 }
    local small <close> = host.start { apps = { [host.appId] = app } }
    local limited <close> = hathora.new(small:options())
    limited.processesV2:createProcess { region = "Tokyo" }
    local problem = client.failure(limited.processesV2.createProcess, limited.processesV2,
      { region = "Tokyo" })
    assert.equal("ApiError", problem.name)
    assert.equal(402, problem.statusCode)
    assert.equal(1, limited.processesV2:getProcessesCountExperimental().count)
  end)

  it("another token is refused with 401", function()
    local options = running:options()
    options.security = { hathoraDevToken = "another-token" }
    local stranger <close> = hathora.new(options)
    local problem = client.failure(stranger.processesV2.getLatestProcesses, stranger.processesV2)
    assert.equal(401, problem.statusCode)
  end)

  it("creates with one key are one process, and another request with it is refused", function()
    local options = { idempotencyKey = "match-42", retry = false }
    local first = sdk.processesV2:createProcess({ region = "Tokyo" }, options)
    local second = sdk.processesV2:createProcess({ region = "Tokyo" }, options)
    assert.equal(first.processId, second.processId)
    local problem = client.failure(sdk.processesV2.createProcess, sdk.processesV2,
      { region = "London" }, options)
    assert.equal(422, problem.statusCode)
    sdk.processesV2:stopProcess { processId = first.processId }
    sdk.processesV2:waitUntilStopped { processId = first.processId }
  end)
end)
