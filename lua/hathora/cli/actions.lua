--- What each command of `hathora` does, by the command's name.
-- `action(sdk, arguments, write, tell)` raises what a call raises; `write` takes a payload,
-- `tell` shows how a wait goes. A command that needs no server is called with a function that
-- writes text.
-- @module hathora.cli.actions

local output = require "hathora.cli.output"
local schema = require "hathora.schema"

local actions = {}

local status = schema.enums.ProcessStatus

-- A log is followed for as long as its process lives.
local longest = 60 * 60 * 24 * 365

--- The whole id of the process that a command needs.
-- @tparam table sdk
-- @tparam ?string given an id, or the beginning of one
-- @tparam table row the command's
-- @treturn ?string nil for a command that needs none
function actions.find(sdk, given, row)
  if not row.arguments then return nil end
  if not given then error({ usage = "no process is named" }, 0) end
  -- A whole UUID (RFC 9562) needs no list of processes.
  if #given >= 36 then return given end
  local found
  for _, process in ipairs((sdk.processesV2:getLatestProcesses())) do
    local id = process.processId
    if id == given then return id end
    if id:sub(1, #given) == given then
      if found then
        error({ usage = ("more than one process begins with %s: %s and %s"):format(given, found,
          id) }, 0)
      end
      found = id
    end
  end
  return found or given
end

-- Wait as a call in flight, so that there is something to see meanwhile.
local function wait(sdk, operation, id, arguments, tell)
  local call = sdk.processesV2[operation .. "Async"](sdk.processesV2,
    { processId = id, timeout = arguments.timeout })
  local began = os.time()
  while not call:wait(0.5) do tell(("waiting for %s, %d s"):format(id, os.time() - began)) end
  tell()
  return (call:result())
end

actions["processes create"] = function(sdk, arguments, write, tell)
  local process = sdk.processesV2:createProcess({ region = arguments.region },
    { idempotencyKey = arguments.idempotency_key })
  if arguments.wait then
    -- Whatever comes of the wait, which process was started must be known.
    tell(process.processId .. " was created")
    process = wait(sdk, "waitUntilRunning", process.processId, arguments, tell)
  end
  write(process)
end

actions["processes list"] = function(sdk, arguments, write)
  write((sdk.processesV2:getLatestProcesses {
    region = arguments.region, status = arguments.status }))
end

actions["processes info"] = function(sdk, arguments, write)
  write((sdk.processesV2:getProcessInfo { processId = arguments.process }))
end

actions["processes count"] = function(sdk, arguments, write)
  write((sdk.processesV2:getProcessesCountExperimental {
    region = arguments.region, status = arguments.status }))
end

actions["processes wait"] = function(sdk, arguments, write, tell)
  local gone = arguments["for"] == status.Stopped
  write(wait(sdk, gone and "waitUntilStopped" or "waitUntilRunning", arguments.process, arguments,
    tell))
end

actions["processes stop"] = function(sdk, arguments, write, tell)
  sdk.processesV2:stopProcess { processId = arguments.process }
  if arguments.wait then
    write(wait(sdk, "waitUntilStopped", arguments.process, arguments, tell))
  else
    write((sdk.processesV2:getProcessInfo { processId = arguments.process }))
  end
end

actions["processes logs"] = function(sdk, arguments)
  sdk.logsV1:getLogsForProcess({
    processId = arguments.process, follow = arguments.follow, tailLines = arguments.tail_lines,
  }, {
    timeout = arguments.timeout or longest,
    onData = function(piece)
      output.write(piece)
    end,
  })
end

function actions.regions(write) write(table.concat(schema.values "Region", "\n") .. "\n") end

return actions
