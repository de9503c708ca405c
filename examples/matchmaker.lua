-- A matchmaker: players come with the region nearest to them, and are told where to connect. Each
-- region fills one room at a time. HATHORA_TOKEN, HATHORA_APP_ID and HATHORA_CLOUD_ENDPOINT say
-- where rooms are made.
--
--     lua5.4 examples/matchmaker.lua [PLAYER=REGION ...]

local hathora = require "hathora"

local playersPerRoom = 2

local matchmaker = {}
matchmaker.__index = matchmaker

function matchmaker.new(sdk)
  return setmetatable({ rooms = sdk.roomsV2, open = {} }, matchmaker)
end

-- The match that a region is filling; a full one makes way for a new room.
function matchmaker:matchIn(region)
  local match = self.open[region]
  if not match or #match.players == playersPerRoom then
    match = { players = {} }
    match.room = self.rooms:createRoom { region = region,
      roomConfig = ('{"seats":%d}'):format(playersPerRoom) }
    self.open[region] = match
  end
  return match
end

-- Seat a player. Returns the room, and where its game listens.
function matchmaker:join(player, region)
  local match = self:matchIn(region)
  table.insert(match.players, player)
  local ready = self.rooms:waitUntilActive { roomId = match.room.roomId, timeout = 100 }
  return match.room, ready.exposedPort
end

local players = #arg > 0 and arg or { "ann=Tokyo", "ben=Frankfurt", "cho=Tokyo", "dan=Tokyo" }
local sdk <close> = hathora.fromEnvironment()
local lobby, made = matchmaker.new(sdk), {}
for _, entry in ipairs(players) do
  local player, region = entry:match "^(.-)=(.+)$"
  local room, port = lobby:join(player, region)
  made[room.roomId] = room
  print(("%s plays in room %s at %s:%d"):format(player, room.roomId, port.host, port.port))
end

-- A real matchmaker goes on. This one ends its rooms, and the processes that have no other.
for roomId, room in pairs(made) do
  sdk.roomsV2:destroyRoom { roomId = roomId }
  local process = { processId = room.processId }
  if sdk.processesV2:getProcessInfo(process).roomsAllocated == 0 then
    sdk.processesV2:stopProcess(process)
  end
end
