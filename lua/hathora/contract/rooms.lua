--- Rooms: what a process holds, and a player is sent to.
-- @module hathora.contract.rooms

local roomId = { "roomId", "RoomId?", "An id of your own, unique in the application." }

return {
  enums = {
    RoomReadyStatus = { "active", "starting" },
  },

  types = {
    CreateRoomParams = {
      { "region", "Region", "Where to place it." },
      { "roomConfig", "RoomConfig?", "Its configuration, for the game." },
      { "deploymentId", "string?", "The deployment to place it on, instead of the latest." },
      { "clientIPs", "[string]?", "The addresses of the players who will come." },
    },
    UpdateRoomConfigParams = {
      { "roomConfig", "RoomConfig", "Its new configuration, for the game." },
    },
    RoomAllocation = {
      { "roomAllocationId", "string", "The unique id of the placement." },
      { "processId", "string", "The process it is on." },
      { "scheduledAt", "date-time", "When it was placed." },
      { "unscheduledAt", "date-time|null", "When it was removed." },
    },
    RoomWithoutAllocations = {
      { "appId", "string", "The application the room belongs to." },
      { "roomId", "RoomId", "The unique id of the room." },
      { "roomConfig", "RoomConfig|null", "Its configuration, for the game." },
      { "status", "RoomStatus", "Whether it is placed on a process." },
      { "currentAllocation", "RoomAllocation|null", "Its placement, if it is on a process." },
    },
    Room = {
      "RoomWithoutAllocations",
      { "allocations", "[RoomAllocation]", "All its placements." },
    },
    ConnectionInfoV2 = {
      { "roomId", "RoomId", "The room." },
      { "status", "RoomReadyStatus", "`active` once a player can connect." },
      { "exposedPort", "ExposedPort?", "Where to connect, once it is active." },
      { "additionalExposedPorts", "[ExposedPort]", "The further endpoints of its process." },
    },
    RoomConnectionData = {
      "ConnectionInfoV2",
      { "processId", "string", "The process it is placed on." },
    },
    RoomAllocationData = {
      "ConnectionInfoV2",
      { "processId", "string?", "The process it is placed on." },
    },
    ConnectionInfo = {
      { "roomId", "RoomId", "The room." },
      { "status", "RoomReadyStatus", "`active` once a player can connect." },
      { "transportType", "TransportType?", "The port's protocol, once it is active." },
      { "port", "number?", "The port to connect to, once it is active." },
      { "host", "string?", "The host to connect to, once it is active." },
    },
  },

  groups = {
    roomsV2 = {
      { "createRoom", "POST /rooms/v2/{appId}/create",
        "Create a room, and place it on a process.",
        query = { roomId }, body = "CreateRoomParams",
        success = { 201, "RoomConnectionData" }, errors = "400 401 402 404 408 422 429 500" },
      { "getRoomInfo", "GET /rooms/v2/{appId}/info/{roomId}",
        "One room, with all its placements.",
        success = { 200, "Room" }, errors = "401 404 408 422 429" },
      { "getActiveRoomsForProcess", "GET /rooms/v2/{appId}/list/{processId}/active",
        "The rooms on a process.",
        success = { 200, "[RoomWithoutAllocations]" }, errors = "401 404 408 429" },
      { "getInactiveRoomsForProcess", "GET /rooms/v2/{appId}/list/{processId}/inactive",
        "The rooms that a process no longer has.",
        success = { 200, "[RoomWithoutAllocations]" }, errors = "401 404 408 429" },
      { "destroyRoom", "POST /rooms/v2/{appId}/destroy/{roomId}",
        "End a room for good, and free its place on its process.",
        success = { 204 }, errors = "401 404 408 429 500", idempotent = true },
      { "suspendRoomV2Deprecated", "POST /rooms/v2/{appId}/suspend/{roomId}",
        "Deprecated: take a room off its process.", deprecated = true,
        success = { 204 }, errors = "401 404 408 429 500", idempotent = true },
      { "getConnectionInfo", "GET /rooms/v2/{appId}/connectioninfo/{roomId}",
        "Where a player connects to a room.", security = "none",
        success = { 200, "ConnectionInfoV2" }, errors = "400 402 404 408 422 429 500" },
      { "updateRoomConfig", "POST /rooms/v2/{appId}/update/{roomId}",
        "Replace a room's configuration.",
        body = "UpdateRoomConfigParams", idempotent = true,
        success = { 204 }, errors = "401 404 408 422 429 500" },
      { "resumeRoom", "POST /rooms/v2/{appId}/resume/{roomId}",
        "Place a room that has lost its process on another.", idempotent = true,
        success = { 200, "RoomAllocationData" }, errors = "400 401 402 404 408 422 429 500" },
    },
    roomsV1 = {
      { "createRoomDeprecated", "POST /rooms/v1/{appId}/create",
        "Deprecated: create a room. Returns its id.", deprecated = true,
        query = { roomId }, body = "CreateRoomParams",
        success = { 201, "RoomId" }, errors = "400 401 402 403 404 429 500" },
      { "getRoomInfoDeprecated", "GET /rooms/v1/{appId}/info/{roomId}",
        "Deprecated: one room, with all its placements.", deprecated = true,
        success = { 200, "Room" }, errors = "401 404" },
      { "getActiveRoomsForProcessDeprecated", "GET /rooms/v1/{appId}/list/{processId}/active",
        "Deprecated: the rooms on a process.", deprecated = true,
        success = { 200, "[RoomWithoutAllocations]" }, errors = "401 404" },
      { "getInactiveRoomsForProcessDeprecated", "GET /rooms/v1/{appId}/list/{processId}/inactive",
        "Deprecated: the rooms that a process no longer has.", deprecated = true,
        success = { 200, "[RoomWithoutAllocations]" }, errors = "401 404" },
      { "destroyRoomDeprecated", "POST /rooms/v1/{appId}/destroy/{roomId}",
        "Deprecated: end a room for good.", deprecated = true, idempotent = true,
        success = { 204 }, errors = "401 404 429 500" },
      { "suspendRoomDeprecated", "POST /rooms/v1/{appId}/suspend/{roomId}",
        "Deprecated: take a room off its process.", deprecated = true, idempotent = true,
        success = { 204 }, errors = "401 404 429 500" },
      { "getConnectionInfoDeprecated", "GET /rooms/v1/{appId}/connectioninfo/{roomId}",
        "Deprecated: where a player connects to a room.", deprecated = true, security = "none",
        success = { 200, "ConnectionInfo" }, errors = "400 402 404 500" },
    },
  },
}
