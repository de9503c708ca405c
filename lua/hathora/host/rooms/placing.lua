--- How a room gets its place: on the fullest process that has one, or on a new one.
--
-- Places are taken at once and rooms recorded at the end of the turn, so that creates in one turn
-- neither overfill a process nor start more than are needed. A process that is being made is a
-- holder without a process: rooms that wait for it are recorded with it, all or none; those that
-- come during that commit are recorded after it.
-- @module hathora.host.rooms.placing

local core = require "hathora.core"
local digest = require "openssl.digest"
local failpoint = require "hathora.host.failpoint"
local loops = require "hathora.host.machine.loop"
local makeId = require "hathora.host.machine.id"
local refusal = require "hathora.host.processes.refusal"
local schema = require "hathora.schema"
local sequences = require "hathora.host.machine.sequence"

local placing = {}

local Status = schema.enums.RoomStatus

--- What is on the way: entries by the room's app and id, and `byKey`; the holders of processes
-- that are being recorded.
function placing.new()
  return { byId = {}, byKey = {}, awaited = setmetatable({}, { __mode = "k" }) }
end

--- Make a process's holder, or one of a process that is to be made.
-- @tparam table process `appId`, `region`, `number`, `roomsPerProcess`
-- @treturn table see `hathora.host.rooms.places`
function placing.holder(process)
  return { appId = process.appId, region = process.region, number = process.number,
    capacity = process.roomsPerProcess, taken = 0, rooms = sequences.new(), recorded = {},
    waiting = {} }
end

--- The holder that a process was made for.
function placing.awaited(self, process) return self.placing.awaited[process] end

--- What a game is given of the room that its process is made for.
function placing.variables(room)
  return { HATHORA_INITIAL_ROOM_ID = room.roomId, HATHORA_INITIAL_ROOM_CONFIG = room.roomConfig }
end

--- Why a configuration cannot be given to a game, if so.
-- @treturn ?table refusal
function placing.refuseConfig(roomConfig)
  if roomConfig and roomConfig:find("\0", 1, true) then
    return refusal.unfit "roomConfig has a NUL character, which no environment variable can hold"
  end
end

local function fingerprint(roomConfig)
  if not roomConfig then return "none" end
  return ("%02x"):rep(32):format(digest.new "sha256":final(roomConfig):byte(1, -1))
end

local function slot(self, appId)
  self.placing.byId[appId] = self.placing.byId[appId] or {}
  return self.placing.byId[appId]
end

--- What is on the way to its place, of an app and a room's id.
-- @treturn ?table `room`, as it was before; `isNew` if it was not
function placing.onTheWay(self, wanted)
  local entries = self.placing.byId[wanted.appId]
  return entries and wanted.roomId and entries[wanted.roomId]
end

local function begin(self, room, reply, record)
  local entry = { room = room, replies = { reply }, record = record }
  slot(self, room.appId)[room.roomId] = entry
  if room.idempotencyKey then self.placing.byKey[room.idempotencyKey] = entry end
  return entry
end

local function answer(self, entry, ...)
  local room = entry.room
  slot(self, room.appId)[room.roomId] = nil
  if room.idempotencyKey then self.placing.byKey[room.idempotencyKey] = nil end
  for _, reply in ipairs(entry.replies) do loops.guarded(reply, ...) end
end

local function write(self, entry, process)
  local room, store = entry.room, self.store.rooms
  entry.allocation = { roomAllocationId = core.uuid(), processId = process.processId,
    isFirst = entry.isFirst, scheduledAt = self.processes:now() }
  if entry.isNew then
    room.processId = process.processId
    store:insert(room)
    store:allocate(room.number, entry.allocation)
  else
    entry.isGone = not store:move(room.number, entry.allocation)
  end
  if entry.record then entry.record(room) end
end

--- A room's place is recorded: it has it, unless the process has ended meanwhile.
function placing.settle(self, entry, holder)
  failpoint "roomRecorded"
  if entry.isGone then return self.places:give(holder) end
  entry.room.allocation = entry.allocation
  self:attach(entry.room, holder)
end

local function answerPlaced(self, entry)
  if not entry.isGone then return answer(self, entry, entry.room) end
  answer(self, entry, nil, refusal.notFound("app %q has no room %q any more", entry.room.appId,
    entry.room.roomId))
end

local function recordOn(self, entry, holder)
  self.store:write(function() write(self, entry, holder.process) end, function(problem)
    if problem then
      self.places:give(holder)
      return answer(self, entry, nil, refusal.unrecorded(problem))
    end
    if not holder.process.terminatedAt then placing.settle(self, entry, holder)
    else entry.room.status, entry.room.endedAt = Status.Destroyed, holder.process.terminatedAt end
    answerPlaced(self, entry)
  end)
end

-- Rooms are recorded with the process that they wait for, which may be tried more than once.
local function recordAll(self, holder, process)
  table.move(holder.waiting, 1, #holder.waiting, #holder.recorded + 1, holder.recorded)
  holder.waiting = {}
  for _, entry in ipairs(holder.recorded) do write(self, entry, process) end
end

-- Those that came while their process was being recorded are recorded now.
local function answerAll(self, holder, process, problem)
  for _, entry in ipairs(holder.recorded) do
    if process then answerPlaced(self, entry) else answer(self, entry, nil, problem) end
  end
  for _, entry in ipairs(holder.waiting) do
    if process then recordOn(self, entry, holder) else answer(self, entry, nil, problem) end
  end
end

local function launch(self, entry)
  local room, isOver = entry.room, false
  local app = self.apps[room.appId]
  local holder = placing.holder { appId = room.appId, region = room.region, number = math.huge,
    roomsPerProcess = app.roomsPerProcess }
  holder.taken, holder.waiting[1], entry.isFirst = 1, entry, true
  self.processes:create({ appId = room.appId, region = room.region,
    variables = placing.variables(room),
    record = function(process)
      self.placing.awaited[process] = holder
      recordAll(self, holder, process)
    end }, function(process, problem)
    isOver = true
    if not process then self.places:close(holder) end
    answerAll(self, holder, process, problem)
  end)
  if not isOver then self.places:add(holder) end
end

local function place(self, entry)
  local holder = self.places:take(entry.room.appId, entry.room.region)
  if not holder then return launch(self, entry) end
  if holder.process then return recordOn(self, entry, holder) end
  table.insert(holder.waiting, entry)
end

-- The room that a repeated create is about, or the entry of one on the way.
local function findByKey(self, key)
  local entry = self.placing.byKey[key]
  if entry then return entry.room, nil, entry end
  local row, problem = refusal.attempt(self.store.rooms.findByKey, self.store.rooms, key)
  if not row then return nil, problem end
  return self:fromRow(row)
end

--- See `hathora.host.rooms`. If the store cannot be read, the create will say so.
function placing.isRepeated(self, wanted)
  local key = wanted.idempotencyKey
  local room, problem
  if key then room, problem = findByKey(self, key) end
  return room ~= nil or problem ~= nil
end

-- A room's configuration may have changed since its create. Of rooms of an earlier version nothing
-- is known.
local function saysTheSame(room, wanted)
  return room.appId == wanted.appId and room.region == wanted.region
    and room.roomId == (wanted.roomId or room.roomId)
    and (room.fingerprint or fingerprint(wanted.roomConfig)) == fingerprint(wanted.roomConfig)
end

-- A repeated create gets what its first one got; the same key for another one is a mistake.
local function repeated(self, wanted)
  local key = wanted.idempotencyKey
  if not key then return nil end
  local room, problem, entry = findByKey(self, key)
  if not room or saysTheSame(room, wanted) then return room, problem, entry end
  return nil, refusal.contradiction("the idempotency key %q was used for the room %s of app %s "
    .. "in %s, or with another roomConfig", key, room.roomId, room.appId, room.region)
end

local function refuse(self, wanted, app)
  local asked = wanted.deploymentId
  if asked and asked ~= tostring(app.deploymentId) then
    return refusal.notFound("app %q has no deployment %q; its deployment is %d", wanted.appId,
      asked, app.deploymentId)
  end
  local problem = placing.refuseConfig(wanted.roomConfig)
  if problem or not wanted.roomId then return problem end
  local room
  room, problem = self:find(wanted)
  if room then
    return refusal.malformed("app %q has a room %q already", wanted.appId, wanted.roomId)
  end
  return problem.statusCode ~= 404 and problem or nil
end

local function describe(self, wanted)
  self.number = self.number + 1
  return { number = self.number, appId = wanted.appId, roomId = wanted.roomId or makeId(),
    region = wanted.region, roomConfig = wanted.roomConfig, status = Status.Active,
    idempotencyKey = wanted.idempotencyKey, createdAt = self.processes:now(),
    fingerprint = wanted.idempotencyKey and fingerprint(wanted.roomConfig) }
end

-- One with this id is being made: of two only one can be, and which is not known before.
local function lose(entry, wanted, reply)
  table.insert(entry.replies, function(room, problem)
    reply(nil, room and refusal.malformed("app %q has a room %q already", wanted.appId,
      wanted.roomId) or problem)
  end)
end

--- See `hathora.host.rooms`.
-- @tparam table self the service
-- @tparam table wanted
-- @tparam function reply called once
function placing.create(self, wanted, reply)
  local app, problem = self.processes:app(wanted.appId)
  if not app then return reply(nil, problem) end
  local room, entry
  room, problem, entry = repeated(self, wanted)
  if entry then return table.insert(entry.replies, reply) end
  if room or problem then return reply(room, problem) end
  entry = placing.onTheWay(self, wanted)
  if entry then return lose(entry, wanted, reply) end
  problem = refuse(self, wanted, app)
  if problem then return reply(nil, problem) end
  entry = begin(self, describe(self, wanted), reply, wanted.record)
  entry.isNew = true
  place(self, entry)
end

--- See `hathora.host.rooms`.
function placing.resume(self, wanted, reply)
  local entry = placing.onTheWay(self, wanted)
  if entry then return table.insert(entry.replies, reply) end
  if self.changes:waits(wanted, function() placing.resume(self, wanted, reply) end) then return end
  local room, problem = self:find(wanted)
  if not room then return reply(nil, problem) end
  if room.holder then return reply(room) end
  if room.isFinal then
    return reply(nil, refusal.notFound("room %q was destroyed", wanted.roomId))
  end
  place(self, begin(self, room, reply))
end

return placing
