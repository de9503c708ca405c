--- The service that owns the lobbies. A lobby is a room with a visibility and a creator; a local
-- one is a record alone, for a game on the player's own machine. Those whose room is on a process
-- are in memory, one table each; all others are read from the store.
--
--     lobbies:create(wanted, reply)         reply(lobby) once it is placed and recorded, or
--                                           reply(nil, refusal). wanted: appId, region,
--                                           visibility, player, maybe roomId, shortCode,
--                                           roomConfig, initialConfig, idempotencyKey
--     lobbies:list { appId =, region = }    -> lobbies, public and on a process, the newest first
--     lobbies:find { appId =, roomId = }    -> lobby | nil, refusal
--     lobbies:findByCode { appId =, shortCode = }
--     lobbies:setState(wanted, reply)       wanted.state from now on; reply(lobby)
--
-- A lobby's table has the columns of `hathora.host.store.lobbies`, JSON being text there, and
-- `room`, its room's table while it is on a process.
-- @module hathora.host.lobbies

local loops = require "hathora.host.machine.loop"
local makeId = require "hathora.host.machine.id"
local refusal = require "hathora.host.processes.refusal"
local schema = require "hathora.schema"
local sequences = require "hathora.host.machine.sequence"

local lobbies = {}

local Visibility = schema.enums.LobbyVisibility

-- A list has no more than these, nor more bytes of configurations and states.
local maxListed, maxBytes = 100, 1024 * 1024

-- Characters that a room's configuration may have.
local maxConfigLength = 10000

local none = sequences.new()

local Lobbies = {}
Lobbies.__index = Lobbies

--- Make the service, of the rooms that are on processes.
-- @tparam table parts `store`, `rooms`, `processes`; `perPlayer`, how many a player may have, 0 for
-- any number
function lobbies.new(parts)
  local self = setmetatable({
    store = parts.store, rooms = parts.rooms, processes = parts.processes,
    perPlayer = parts.perPlayer, byRoom = {}, public = {}, counts = {}, pending = {},
  }, Lobbies)
  for process in self.processes.live:newest() do
    for room in self.rooms:of(process) do self:onPlaced(room) end
  end
  self.rooms:on("placed", function(room) self:onPlaced(room) end)
  self.rooms:on("ended", function(room) self:onEnded(room) end)
  return self
end

local function keyOf(appId, name) return appId .. "\0" .. name end

-- The public lobbies of an app, and those of each of its regions, so that none is gone through for
-- the sake of another's.
local function listsOf(self, lobby)
  local all, here = lobby.appId, keyOf(lobby.appId, lobby.region)
  for _, key in ipairs { all, here } do
    self.public[key] = self.public[key] or sequences.new()
  end
  return self.public[all], self.public[here]
end

local function enlist(self, lobby)
  local all, here = listsOf(self, lobby)
  all:append(lobby)
  here:append(lobby)
end

local function strike(self, lobby)
  local all, here = listsOf(self, lobby)
  all:remove(lobby)
  here:remove(lobby)
end

local function count(self, lobby, number)
  local key = keyOf(lobby.appId, lobby.createdBy)
  local counted = (self.counts[key] or 0) + number
  self.counts[key] = counted ~= 0 and counted or nil
end

--- A room is on a process: is it a lobby's?
function Lobbies:onPlaced(room)
  local lobby = refusal.attempt(self.store.lobbies.find, self.store.lobbies, room.appId,
    room.roomId)
  if not lobby then return end
  lobby.room, lobby.roomConfig = room, nil
  self.byRoom[room] = lobby
  count(self, lobby, 1)
  if lobby.visibility == Visibility.Public then enlist(self, lobby) end
end

--- A room is on no process any more.
function Lobbies:onEnded(room)
  local lobby = self.byRoom[room]
  if not lobby then return end
  self.byRoom[room] = nil
  count(self, lobby, -1)
  if lobby.visibility == Visibility.Public then strike(self, lobby) end
end

--- What a lobby's game was given, from its room while that is on a process.
-- @treturn ?string
function Lobbies.configOf(_, lobby)
  if lobby.room then return lobby.room.roomConfig end
  return lobby.roomConfig
end

local function live(self, wanted)
  local app = self.rooms.byId[wanted.appId]
  local room = app and app[wanted.roomId]
  return room and self.byRoom[room]
end

-- Of a row of the store: its own table, if its room is on a process.
local function found(self, wanted, row, problem, what)
  if row then return live(self, row) or row end
  return nil, problem or refusal.notFound("app %q has no lobby %s", wanted.appId, what)
end

--- The lobby of a room.
-- @tparam table wanted `appId`, `roomId`
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] table refusal
function Lobbies:find(wanted)
  local app, problem = self.processes:app(wanted.appId)
  if not app then return nil, problem end
  local lobby = live(self, wanted)
  if lobby then return lobby end
  lobby, problem = refusal.attempt(self.store.lobbies.find, self.store.lobbies, wanted.appId,
    wanted.roomId)
  return found(self, wanted, lobby, problem, ("of room %q"):format(wanted.roomId))
end

--- The newest lobby with a short code.
-- @tparam table wanted `appId`, `shortCode`
-- @return as `find`
function Lobbies:findByCode(wanted)
  local app, problem = self.processes:app(wanted.appId)
  if not app then return nil, problem end
  local lobby
  lobby, problem = refusal.attempt(self.store.lobbies.findByCode, self.store.lobbies,
    wanted.appId, wanted.shortCode)
  return found(self, wanted, lobby, problem, ("with the short code %q"):format(wanted.shortCode))
end

local function size(self, lobby)
  return #(self:configOf(lobby) or "") + #(lobby.initialConfig or "") + #(lobby.state or "")
end

--- The public lobbies whose room is on a process, the newest first: 100 at the most.
-- @tparam table wanted `appId`, maybe `region`
-- @treturn[1] {table,...}
-- @treturn[2] nil
-- @treturn[2] table refusal
function Lobbies:list(wanted)
  local app, problem = self.processes:app(wanted.appId)
  if not app then return nil, problem end
  local key = wanted.region and keyOf(wanted.appId, wanted.region) or wanted.appId
  local list, bytes = {}, 0
  for lobby in (self.public[key] or none):backwards() do
    bytes = bytes + size(self, lobby)
    if #list == maxListed or #list > 0 and bytes > maxBytes then break end
    list[#list + 1] = lobby
  end
  return list
end

local function describe(self, wanted, roomId)
  return { appId = wanted.appId, roomId = roomId, region = wanted.region,
    visibility = wanted.visibility, shortCode = wanted.shortCode or roomId,
    initialConfig = wanted.initialConfig, createdBy = wanted.player.id,
    createdAt = self.processes:now() }
end

local function refuse(self, wanted)
  local key = keyOf(wanted.appId, wanted.player.id)
  if self.perPlayer == 0 or (self.counts[key] or 0) < self.perPlayer then return nil end
  return refusal.tooMany("player %q has %d lobbies, and may have no more", wanted.player.id,
    self.perPlayer)
end

local function taken(wanted, roomId)
  return refusal.malformed("app %q has a room %q already", wanted.appId, roomId)
end

-- Of a room's own id the rooms know; of a local lobby's they do not.
local function refuseId(self, wanted)
  if not wanted.roomId then return nil end
  if self.pending[keyOf(wanted.appId, wanted.roomId)] then return taken(wanted, wanted.roomId) end
  local lobby = self:find(wanted)
  return lobby and lobby.visibility == Visibility.Local and taken(wanted, wanted.roomId) or nil
end

local function saysTheSame(lobby, wanted)
  return lobby.visibility == wanted.visibility and lobby.region == wanted.region
    and lobby.roomId == (wanted.roomId or lobby.roomId)
    and lobby.roomConfig == wanted.roomConfig and lobby.initialConfig == wanted.initialConfig
end

local function contradiction(wanted)
  return refusal.contradiction("the idempotency key %q was used for another lobby",
    wanted.idempotencyKey)
end

-- The local lobby that a repeated create is about, and its entry if it is on the way.
local function repeatedLocal(self, wanted)
  local key = wanted.idempotencyKey
  if not key then return nil end
  local lobby, problem
  local entry = self.pending[key]
  if entry then
    lobby = entry.lobby
  else
    lobby, problem = refusal.attempt(self.store.lobbies.findByKey, self.store.lobbies, key)
  end
  if not lobby or saysTheSame(lobby, wanted) then return lobby, problem, entry end
  return nil, contradiction(wanted)
end

local function setPending(self, lobby, entry)
  self.pending[keyOf(lobby.appId, lobby.roomId)] = entry
  if lobby.idempotencyKey then self.pending[lobby.idempotencyKey] = entry end
end

local function createLocal(self, wanted, reply)
  local app, problem = self.processes:app(wanted.appId)
  if not app then return reply(nil, problem) end
  if self.rooms:isRepeated(wanted) then return reply(nil, contradiction(wanted)) end
  local lobby = describe(self, wanted, wanted.roomId or makeId())
  lobby.roomConfig, lobby.localConfig = wanted.roomConfig, wanted.roomConfig
  lobby.idempotencyKey = wanted.idempotencyKey
  if self.pending[keyOf(lobby.appId, lobby.roomId)] or self.rooms:isTaken(lobby)
    or self:find(lobby) then
    return reply(nil, taken(wanted, lobby.roomId))
  end
  local entry = { lobby = lobby, replies = { reply } }
  setPending(self, lobby, entry)
  self.store:write(function() self.store.lobbies:insert(lobby) end, function(why)
    setPending(self, lobby, nil)
    problem = why and refusal.unrecorded(why)
    for _, answer in ipairs(entry.replies) do
      loops.guarded(answer, not why and lobby or nil, problem)
    end
  end)
end

-- Clients write an object, which the game gets as text.
local function configOf(wanted)
  if wanted.roomConfig or not wanted.initialConfig then return wanted.roomConfig end
  return #wanted.initialConfig <= maxConfigLength and wanted.initialConfig or nil
end

-- While it is on the way it counts as one of the player's. A repeated create makes none.
local function createPlaced(self, wanted, reply)
  local isRepeated = self.rooms:isRepeated(wanted)
  local problem = not isRepeated and (refuse(self, wanted) or refuseId(self, wanted))
  if problem then return reply(nil, problem) end
  local pending, number = { appId = wanted.appId, createdBy = wanted.player.id },
    isRepeated and 0 or 1
  count(self, pending, number)
  self.rooms:create({
    appId = wanted.appId, roomId = wanted.roomId, region = wanted.region,
    roomConfig = configOf(wanted), idempotencyKey = wanted.idempotencyKey,
    record = function(room) self.store.lobbies:insert(describe(self, wanted, room.roomId)) end,
  }, function(room, why)
    count(self, pending, -number)
    if not room then return reply(nil, why) end
    reply(self:find(room))
  end)
end

--- Create a lobby: see the head of this file.
function Lobbies:create(wanted, reply)
  local lobby, problem, entry = repeatedLocal(self, wanted)
  if entry then return table.insert(entry.replies, reply) end
  if lobby or problem then return reply(lobby, problem) end
  local create = wanted.visibility == Visibility.Local and createLocal or createPlaced
  create(self, wanted, reply)
end

--- Replace what a game makes public about a lobby.
-- @tparam table wanted `appId`, `roomId`, `state`
-- @tparam function reply
function Lobbies:setState(wanted, reply)
  local lobby, problem = self:find(wanted)
  if not lobby then return reply(nil, problem) end
  self.store:write(function() self.store.lobbies:setState(lobby.number, wanted.state) end,
    function(why)
      if why then return reply(nil, refusal.unrecorded(why)) end
      lobby = live(self, wanted) or lobby
      lobby.state = wanted.state
      reply(lobby)
    end)
end

return lobbies
