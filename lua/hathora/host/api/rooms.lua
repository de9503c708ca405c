--- The API's operations on rooms, in both of its versions.
-- @module hathora.host.api.rooms

local idempotencyKey = require "hathora.host.api.key"
local pieces = require "hathora.host.http.pieces"

local function create(show)
  return function(host, fields, request, done)
    local key, wrong = idempotencyKey(request)
    if wrong then return nil, wrong end
    host.rooms:create({ appId = fields.appId, roomId = fields.roomId, region = fields.region,
      roomConfig = fields.roomConfig, deploymentId = fields.deploymentId, idempotencyKey = key },
      function(room, problem) done(room and show(host, room), problem) end)
  end
end

local function connection(host, room) return host.rooms:connection(room) end

local function idOf(_, room) return room.roomId end

local function info(host, fields)
  local room, problem = host.rooms:find(fields)
  if not room then return nil, problem end
  return host.rooms:whole(room)
end

-- Of a process there may be thousands.
local function list(host, rooms)
  return function(put)
    pieces.list(put, rooms, function(room) put(host.rooms:brief(room)) end)
  end
end

local function active(host, fields)
  local found, problem = host.rooms:active(fields)
  return found and list(host, found), problem
end

local function inactive(host, fields)
  local found, problem = host.rooms:inactive(fields)
  return found and list(host, pieces.each(found)), problem
end

-- What is done once it is recorded.
local function act(method)
  return function(host, fields, _, done) host.rooms[method](host.rooms, fields, done) end
end

local function connectionInfo(method)
  return function(host, fields)
    local room, problem = host.rooms:placed(fields)
    return room and host.rooms[method](host.rooms, room), problem
  end
end

return {
  roomsV2 = {
    createRoom = create(connection),
    getRoomInfo = info,
    getActiveRoomsForProcess = active,
    getInactiveRoomsForProcess = inactive,
    destroyRoom = act "destroy",
    suspendRoomV2Deprecated = act "suspend",
    getConnectionInfo = connectionInfo "connection",
    updateRoomConfig = act "configure",
    resumeRoom = function(host, fields, _, done)
      host.rooms:resume(fields, function(room, problem)
        done(room and connection(host, room), problem)
      end)
    end,
  },
  roomsV1 = {
    createRoomDeprecated = create(idOf),
    getRoomInfoDeprecated = info,
    getActiveRoomsForProcessDeprecated = active,
    getInactiveRoomsForProcessDeprecated = inactive,
    destroyRoomDeprecated = act "destroy",
    suspendRoomDeprecated = act "suspend",
    getConnectionInfoDeprecated = connectionInfo "flatConnection",
  },
}
