--- A room as the API shows it, made from its table; what is null there is absent.
-- @module hathora.host.rooms.view

local json = require "hathora.json"
local schema = require "hathora.schema"
local timestamp = require "hathora.host.processes.view".timestamp

local view = {}

local Ready = schema.enums.RoomReadyStatus

local function showAllocation(allocation, endedAt)
  return {
    roomAllocationId = allocation.roomAllocationId, processId = allocation.processId,
    scheduledAt = timestamp(allocation.scheduledAt),
    unscheduledAt = timestamp(allocation.unscheduledAt or endedAt),
  }
end

--- A room without the places it has had: a RoomWithoutAllocations.
function view.brief(room)
  return {
    appId = room.appId, roomId = room.roomId, roomConfig = room.roomConfig, status = room.status,
    currentAllocation = room.allocation and showAllocation(room.allocation),
  }
end

--- A room with them: a Room.
-- @tparam table room
-- @tparam {table,...} allocations rows of the store
function view.whole(room, allocations)
  local shown = view.brief(room)
  shown.allocations = json.list {}
  for index, allocation in ipairs(allocations) do
    shown.allocations[index] = showAllocation(allocation,
      not room.allocation and room.endedAt or nil)
  end
  return shown
end

--- Where players connect to a room: a ConnectionInfoV2, a RoomConnectionData and a
-- RoomAllocationData.
-- @tparam table room
-- @tparam ?table process as the API shows it, if the room is on one
function view.connection(room, process)
  local port = process and process.exposedPort
  return {
    roomId = room.roomId, status = port and Ready.Active or Ready.Starting, exposedPort = port,
    additionalExposedPorts = process and process.additionalExposedPorts or json.list {},
    processId = room.processId,
  }
end

--- The same, as version 1 has it.
-- @tparam table connection as from `view.connection`
function view.flatConnection(connection)
  local port = connection.exposedPort or {}
  return {
    roomId = connection.roomId, status = connection.status, transportType = port.transportType,
    host = port.host, port = port.port,
  }
end

return view
