--- What each command of `hathora` does, by the command's name.
-- `action(sdk, arguments, write, report)` raises what a call raises; `write` takes a payload,
-- `report` shows the progress of a wait. A command that needs no server is called with a function
-- that writes text.
-- @module hathora.cli.actions

local output = require "hathora.cli.output"
local schema = require "hathora.schema"

local actions = {}

local status = schema.enums.ProcessStatus

-- A log is followed for as long as its process lives.
local followTimeout = 60 * 60 * 24 * 365

-- Wait as a call in flight, so that there is something to see meanwhile.
local function watch(call, id, report)
  local began = os.time()
  while not call:wait(0.5) do report(("waiting for %s, %d s"):format(id, os.time() - began)) end
  report()
  return (call:result())
end

local function wait(sdk, operation, id, arguments, report)
  return watch(sdk.processesV2[operation .. "Async"](sdk.processesV2,
    { processId = id, timeout = arguments.timeout }), id, report)
end

actions["processes create"] = function(sdk, arguments, write, report)
  local process = sdk.processesV2:createProcess({ region = arguments.region },
    { idempotencyKey = arguments.idempotency_key })
  if arguments.wait then
    -- Whatever comes of the wait, which process was started must be known.
    report(process.processId .. " was created")
    process = wait(sdk, "waitUntilRunning", process.processId, arguments, report)
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

actions["processes wait"] = function(sdk, arguments, write, report)
  local gone = arguments["for"] == status.Stopped
  write(wait(sdk, gone and "waitUntilStopped" or "waitUntilRunning", arguments.process, arguments,
    report))
end

actions["processes stop"] = function(sdk, arguments, write, report)
  sdk.processesV2:stopProcess { processId = arguments.process }
  if arguments.wait then
    write(wait(sdk, "waitUntilStopped", arguments.process, arguments, report))
  else
    write((sdk.processesV2:getProcessInfo { processId = arguments.process }))
  end
end

actions["processes logs"] = function(sdk, arguments)
  sdk.logsV1:getLogsForProcess({
    processId = arguments.process, follow = arguments.follow, tailLines = arguments.tail_lines,
  }, {
    timeout = arguments.timeout or followTimeout,
    onData = function(piece)
      output.write(piece)
    end,
  })
end

-- Where players connect to a room, once they can if that is asked for.
local function connection(sdk, id, arguments, report)
  if not arguments.wait then return (sdk.roomsV2:getConnectionInfo { roomId = id }) end
  return watch(sdk.roomsV2:waitUntilActiveAsync { roomId = id, timeout = arguments.timeout }, id,
    report)
end

-- What a create or a resume has given, with the port once that is waited for.
local function placed(sdk, room, arguments, write, report)
  if arguments.wait then
    report(room.roomId .. " was placed")
    local ready = connection(sdk, room.roomId, arguments, report)
    ready.processId, room = room.processId, ready
  end
  write(room)
end

actions["rooms create"] = function(sdk, arguments, write, report)
  local room = sdk.roomsV2:createRoom({ region = arguments.region, roomId = arguments.room_id,
    roomConfig = arguments.room_config }, { idempotencyKey = arguments.idempotency_key })
  placed(sdk, room, arguments, write, report)
end

actions["rooms list"] = function(sdk, arguments, write)
  local list = arguments.inactive and sdk.roomsV2.getInactiveRoomsForProcess
    or sdk.roomsV2.getActiveRoomsForProcess
  write((list(sdk.roomsV2, { processId = arguments.process })))
end

actions["rooms info"] = function(sdk, arguments, write)
  write((sdk.roomsV2:getRoomInfo { roomId = arguments.room }))
end

actions["rooms connect"] = function(sdk, arguments, write, report)
  write(connection(sdk, arguments.room, arguments, report))
end

actions["rooms update"] = function(sdk, arguments, write)
  sdk.roomsV2:updateRoomConfig { roomId = arguments.room, roomConfig = arguments.room_config }
  actions["rooms info"](sdk, arguments, write)
end

actions["rooms destroy"] = function(sdk, arguments, write)
  sdk.roomsV2:destroyRoom { roomId = arguments.room }
  actions["rooms info"](sdk, arguments, write)
end

actions["rooms resume"] = function(sdk, arguments, write, report)
  placed(sdk, sdk.roomsV2:resumeRoom { roomId = arguments.room }, arguments, write, report)
end

actions["lobbies create"] = function(sdk, arguments, write)
  write((sdk.lobbiesV3:createLobby { region = arguments.region,
    visibility = arguments.visibility or "public", roomConfig = arguments.room_config,
    roomId = arguments.room_id, shortCode = arguments.short_code }))
end

actions["lobbies list"] = function(sdk, arguments, write)
  write((sdk.lobbiesV3:listActivePublicLobbies { region = arguments.region }))
end

actions["lobbies info"] = function(sdk, arguments, write)
  if not arguments.room and not arguments.short_code then
    error({ usage = "give the id of the lobby's room, or --short-code" }, 0)
  end
  if arguments.room then
    return write((sdk.lobbiesV3:getLobbyInfoByRoomId { roomId = arguments.room }))
  end
  write((sdk.lobbiesV3:getLobbyInfoByShortCode { shortCode = arguments.short_code }))
end

actions["login anonymous"] = function(sdk, _, write) write((sdk.authV1:loginAnonymous())) end

actions["login nickname"] = function(sdk, arguments, write)
  write((sdk.authV1:loginNickname { nickname = arguments.name }))
end

function actions.regions(write) write(table.concat(schema.values "Region", "\n") .. "\n") end

return actions
