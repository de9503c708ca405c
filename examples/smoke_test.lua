-- A smoke test for a deployment pipeline: starts a process, waits until it runs, connects to it,
-- stops it. If it does not come up, prints the process's log and exits with 1.
--
--     lua5.4 examples/smoke_test.lua [REGION]

local hathora = require "hathora"
local socket = require "socket"

local sdk = hathora.fromEnvironment { timeout = 30 }
local processes = sdk.processesV2
local process

local ok, problem = pcall(function()
  process = processes:createProcess { region = arg[1] or hathora.Region.Frankfurt }
  process = processes:waitUntilRunning { processId = process.processId, timeout = 100 }
  local port = process.exposedPort
  if port.transportType ~= "udp" then
    local player = assert(socket.connect(port.host, port.port))
    player:close()
  end
end)

if process then
  if not ok then
    local read, log = pcall(sdk.logsV1.getLogsForProcess, sdk.logsV1,
      { processId = process.processId })
    io.stderr:write(read and log or tostring(log), "\n")
  end
  pcall(processes.stopProcess, processes, { processId = process.processId })
end
if ok then print("it runs: " .. process.processId) else io.stderr:write(tostring(problem), "\n") end
sdk:close()
os.exit(ok, true)
