--- What each command of `hathora processes` does.
-- `action(sdk, arguments, write, tell)` raises what a call raises; `write` takes a payload,
-- `tell` says in one passing line how a wait goes.
-- @module hathora.cli.actions

local schema = require "hathora.schema"

local actions = {}

local status = schema.enums.ProcessStatus

local longest = 60 * 60 * 24 * 365

-- Wait as a call in flight, so that there is something to see meanwhile.
local function wait(sdk, operation, id, arguments, tell)
  local call = sdk.processesV2[operation .. "Async"](sdk.processesV2,
    { processId = id, timeout = arguments.timeout })
  local began = os.time()
  while not call:wait(0.5) do tell(("waiting for %s, %d s"):format(id, os.time() - began)) end
  tell()
  return (call:result())
end

function actions.create(sdk, arguments, write, tell)
  local process = sdk.processesV2:createProcess({ region = arguments.region },
    { idempotencyKey = arguments.idempotency_key })
  if arguments.wait then
    -- Whatever comes of the wait, which process was started must be known.
    tell(process.processId .. " was created")
    process = wait(sdk, "waitUntilRunning", process.processId, arguments, tell)
  end
  write(process)
end

function actions.list(sdk, arguments, write)
  write((sdk.processesV2:getLatestProcesses {
    region = arguments.region, status = arguments.status }))
end

function actions.info(sdk, arguments, write)
  write((sdk.processesV2:getProcessInfo { processId = arguments.process }))
end

function actions.count(sdk, arguments, write)
  write((sdk.processesV2:getProcessesCountExperimental {
    region = arguments.region, status = arguments.status }))
end

actions["wait"] = function(sdk, arguments, write, tell)
  local gone = arguments["for"] == status.Stopped
  write(wait(sdk, gone and "waitUntilStopped" or "waitUntilRunning", arguments.process, arguments,
    tell))
end

function actions.stop(sdk, arguments, write, tell)
  sdk.processesV2:stopProcess { processId = arguments.process }
  if arguments.wait then
    write(wait(sdk, "waitUntilStopped", arguments.process, arguments, tell))
  else
    write((sdk.processesV2:getProcessInfo { processId = arguments.process }))
  end
end

function actions.logs(sdk, arguments)
  sdk.logsV1:getLogsForProcess({
    processId = arguments.process, follow = arguments.follow, tailLines = arguments.tail_lines,
  }, {
    timeout = arguments.timeout or longest,
    onData = function(piece)
      io.stdout:write(piece)
      io.stdout:flush()
    end,
  })
end

return actions
