local faults = require "support.faults"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"

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
      local disk = process.temporaryDirectory()
      if select(2, process.run { "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk }) ~= 0 then
        process.removeDirectory(disk)
        return pending(host.unprivileged)
      end
      local running = host.start { directory = disk .. "/state" }
      local ok, problem = pcall(function()
        local sdk <close> = hathora.new(running:options())
        local processes = sdk.processesV2
        local first = processes:waitUntilRunning {
          processId = processes:createProcess({ region = "Tokyo" }).processId }
        process.run { "dd", "if=/dev/zero", "of=" .. disk .. "/ballast", "bs=4k" }
        local key = require "hathora.core".uuid()
        refused(sdk, key)
        assert.equal(1, processes:getProcessesCountExperimental().count)
        assert.same(first, (processes:getProcessInfo { processId = first.processId }))
        os.remove(disk .. "/ballast")
        local again = processes:createProcess({ region = "Tokyo" }, { idempotencyKey = key })
        processes:waitUntilRunning { processId = again.processId }
        for _, made in ipairs { first, again } do
          processes:stopProcess { processId = made.processId }
          processes:waitUntilStopped { processId = made.processId }
        end
      end)
      running:close()
      process.run { "umount", disk }
      process.removeDirectory(disk)
      assert(ok, problem)
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
end)
