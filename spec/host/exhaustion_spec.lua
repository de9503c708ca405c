local disks = require "support.disk"
local faults = require "support.faults"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local procfs = require "hathora.host.machine.procfs"
local socket = require "socket"

describe("a host whose machine has nothing left #outside", function()
  local function refused(sdk, key)
    local ok, problem = pcall(sdk.processesV2.createProcess, sdk.processesV2,
      { region = "Tokyo" }, { retry = false, idempotencyKey = key })
    assert.is_false(ok)
    assert.equal(503, problem.statusCode, tostring(problem))
    assert.truthy(tonumber(problem.headers["retry-after"]))
  end

  it("refuses creates on a full disk with 503, loses nothing, and goes on once there is room",
    function()
      local done = disks.small(function(running, ballast)
        local sdk <close> = hathora.new(running:options())
        local processes = sdk.processesV2
        local first = processes:waitUntilRunning {
          processId = processes:createProcess({ region = "Tokyo" }).processId }
        ballast.fill()
        local key = require "hathora.core".uuid()
        refused(sdk, key)
        assert.equal(1, processes:getProcessesCountExperimental().count)
        assert.same(first, (processes:getProcessInfo { processId = first.processId }))
        os.remove(ballast.path)
        local again = processes:createProcess({ region = "Tokyo" }, { idempotencyKey = key })
        processes:waitUntilRunning { processId = again.processId }
        for _, made in ipairs { first, again } do
          processes:stopProcess { processId = made.processId }
          processes:waitUntilStopped { processId = made.processId }
        end
      end)
      if not done then return pending(disks.missing) end
    end)

  it("stops a game on a full disk, tells its end, and records it once there is room", function()
    local done = disks.small(function(running, ballast)
      local sdk <close> = hathora.new(running:options { retry = false })
      local processes = sdk.processesV2
      local id = { processId = processes:createProcess({ region = "Tokyo" }).processId }
      processes:waitUntilRunning(id)
      ballast.fill()
      processes:stopProcess(id)
      local ended = processes:waitUntilStopped(id)
      assert.same({}, procfs.withVariable("HATHORA_PROCESS_ID", id.processId))
      os.remove(ballast.path)
      local result = running.directory .. "/results/" .. id.processId
      process.waitFor(function() return not process.readFile(result) end, "the end to be recorded")
      running:stop "KILL"
      running:restart()
      local later <close> = hathora.new(running:options())
      assert.same(ended, (later.processesV2:getProcessInfo(id)))
    end)
    if not done then return pending(disks.missing) end
  end)

  it("refuses creates with 503 when it may open no more files, and goes on later", function()
    local running <close> = host.start { requestDeadline = 1 }
    process.run { "prlimit", "--nofile=40", "--pid", tostring(running.process.pid) }
    local sdk <close> = hathora.new(running:options { retry = false })
    local function create() return sdk.processesV2:createProcess { region = "Tokyo" } end
    local made, problem = {}, nil
    while not problem do
      local ok, result = pcall(create)
      if ok then made[#made + 1] = result else problem = result end
    end
    assert.equal(503, problem.statusCode)
    assert.matches("a process cannot be created now: Too many open files", tostring(problem))
    for index = 1, 4 do sdk.processesV2:stopProcess { processId = made[index].processId } end
    for index = 1, 4 do sdk.processesV2:waitUntilStopped { processId = made[index].processId } end
    create()
  end)

  -- A host that is blind for a while: meanwhile nobody knows what a shim that was killed has left.
  local function seesLater(environment, blind, see)
    local running <close> = host.start(nil, environment)
    local sdk <close> = hathora.new(running:options())
    local id = { processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
    sdk.processesV2:waitUntilRunning(id)
    local guard = process.children(running.process.pid):match "%d+"
    local worker = process.children(guard):match "%d+"
    blind(running.process.pid)
    process.run { "kill", "-KILL", guard, worker }
    process.waitFor(function() return process.children(running.process.pid) == "" end,
      "the host to know")
    socket.sleep(0.5)
    assert.equal("running", sdk.processesV2:getProcessInfo(id).status)
    see(running.process.pid)
    assert.equal("failed", sdk.processesV2:waitUntilStopped(id, { timeout = 10 }).status)
    assert.same({}, procfs.withVariable("HATHORA_PROCESS_ID", id.processId))
  end

  it("does not know that a process is gone while it may open no more files", function()
    local function limit(count)
      return function(pid) process.run { "prlimit", "--nofile=" .. count, "--pid", pid } end
    end
    seesLater(nil, limit "3:", limit "1000:")
  end)

  it("nor while it can read no process' environment", function()
    local flag = os.tmpname()
    os.remove(flag)
    seesLater(faults.environment { noEnviron = flag },
      function() process.writeFile(flag, "") end, function() os.remove(flag) end)
  end)

  it("refuses creates with 503 when no process can be made, and goes on later", function()
    local directory = process.temporaryDirectory()
    local flag = directory .. "/none"
    process.writeFile(flag, "")
    local running <close> = host.start(nil, faults.environment { noProcess = flag })
    local sdk <close> = hathora.new(running:options())
    local key = require "hathora.core".uuid()
    refused(sdk, key)
    assert.same({}, sdk.processesV2:getLatestProcesses())
    os.remove(flag)
    local made = sdk.processesV2:createProcess({ region = "Tokyo" }, { idempotencyKey = key })
    sdk.processesV2:waitUntilRunning { processId = made.processId }
    process.removeDirectory(directory)
  end)

  it("closes no descriptor of others' after a process could not be made", function()
    local flag = os.tmpname()
    local program = [[
      print(select(2, require "hathora.host.spawn".start { program = "/bin/true",
        arguments = { "true" }, environment = {}, log = "/dev/null" }))
      collectgarbage()
      io.stderr:write "still open\n"
    ]]
    local output = process.run({ "lua5.4", "-e", program },
      faults.environment { noProcess = flag })
    os.remove(flag)
    assert.equal("Resource temporarily unavailable\nstill open\n", output)
  end)
end)
