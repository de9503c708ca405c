--- The service that owns the rooms. Those on a process that lives are in memory, one table each;
-- all others are read from the store.
--
--     rooms:create(wanted, reply)          reply(room) once it is placed and recorded, or
--                                          reply(nil, refusal). wanted: appId, region, maybe
--                                          roomId, roomConfig, deploymentId, idempotencyKey;
--                                          `record(room)`, to write with it, all or nothing
--     rooms:resume(wanted, reply)          place one again that is on no process
--     rooms:destroy(wanted, reply)         reply(true), or reply(nil, refusal)
--     rooms:suspend(wanted, reply)
--     rooms:configure(wanted, reply)       wanted.roomConfig from now on
--     rooms:find { appId =, roomId = }     -> room | nil, refusal
--     rooms:placed { appId =, roomId = }   -> room | nil, refusal: one on a process, from memory
--     rooms:active { appId =, processId = }   -> iterator | nil, refusal
--     rooms:inactive { appId =, processId = }  -> rooms | nil, refusal: those that were on it
--     rooms:of(process)                    -> iterator of the rooms on it, the first placed first
--     rooms:count(appId, status)           -> integer   how many are on processes; maybe only those
--                                          that players cannot connect to yet, or can
--     rooms:brief(room), whole(room), connection(room), flatConnection(room)   as the API shows it
--     rooms:on(event, f)                   f(room) when one was "placed", has "ended" (is on no
--                                          process any more) or "changed" its configuration
--
-- A room's table has the columns of `hathora.host.store.rooms`; `status` as the API has it;
-- `holder`, what holds it, and `allocation`, its place there, while it is on a process that lives.
-- A change is made once it is recorded, and answered then: what cannot be recorded changes nothing.
-- That a process ends needs no record but its own.
-- @module hathora.host.rooms

local changes = require "hathora.host.rooms.changes"
local events = require "hathora.host.processes.events"
local kept = require "hathora.host.kept"
local places = require "hathora.host.rooms.places"
local placing = require "hathora.host.rooms.placing"
local refusal = require "hathora.host.processes.refusal"
local schema = require "hathora.schema"
local sequences = require "hathora.host.machine.sequence"
local view = require "hathora.host.rooms.view"

local rooms = {}

local Status = schema.enums.RoomStatus
local Ready = schema.enums.RoomReadyStatus
local ProcessStatus = schema.enums.ProcessStatus

-- A list of rooms that were on a process has no more than these, the last ones.
local maxInactive = 500

-- How many rooms of a process that has ended are taken off it in one turn of the loop.
local maxAtOnce = 500

local takesRooms = { [ProcessStatus.Starting] = true, [ProcessStatus.Running] = true }

local none, brief = sequences.new(), { name = "RoomWithoutAllocations" }

local Rooms = {}
Rooms.__index = Rooms

--- Make the service. Before `processes:resume`, for it says what their games are given.
-- @tparam table parts `store`, `processes`, `apps`
-- @raise text when the store cannot be read
function rooms.new(parts)
  local self = setmetatable({
    store = parts.store, processes = parts.processes, apps = parts.apps, events = events.new(),
    places = places.new(), placing = placing.new(), changes = changes.new(parts.store),
    holders = {}, byId = {}, counts = {},
  }, Rooms)
  self.number = self.store.rooms:lastNumber()
  for _, process in ipairs(self.processes.live:list()) do self:hold(process) end
  self:adopt()
  self.processes:on("created", function(process) self:hold(process) end)
  self.processes:on("found", function(process) self:hold(process) end)
  self.processes:on("changed", function(process) self:onChange(process) end)
  self.processes:on("ready", function(process) self:onReady(process) end)
  self.processes:on("ended", function(process) self:onEnd(process) end)
  return self
end

--- Have a function called with the room at each event of a name.
function Rooms:on(event, callback) self.events:on(event, callback) end

-- Adopt the rooms that the store has.
function Rooms:adopt()
  for _, row in ipairs(self.store.rooms:placed()) do
    local holder = self.holders[self.processes.live.byId[row.processId]]
    row.allocation = { roomAllocationId = row.roomAllocationId, processId = row.processId,
      scheduledAt = row.scheduledAt }
    self.places:remove(holder)
    holder.taken = holder.taken + 1
    self.places:add(holder)
    self:attach(row, holder)
  end
  for _, first in ipairs(self.store.rooms:first()) do
    self.processes.live.byId[first.processId].variables = placing.variables(first)
  end
end

--- A process lives, and may take rooms: one that is made for some has its holder already.
function Rooms:hold(process)
  local holder = placing.awaited(self, process) or placing.holder(process)
  self.places:remove(holder)
  holder.process, holder.number = process, process.number
  self.holders[process] = holder
  self:onChange(process)
  for _, entry in ipairs(holder.recorded) do placing.settle(self, entry, holder) end
end

-- Only what is not ending and is of the app's own deployment takes rooms; what the records had lost
-- may be full.
function Rooms:onChange(process)
  local holder, app = self.holders[process], self.apps[process.appId]
  if not holder or holder.isClosed then return end
  if app and takesRooms[process.status] and not process.foundAt
    and process.deploymentId == app.deploymentId then
    self.places:add(holder)
  else
    self.places:close(holder)
  end
end

local function forget(room)
  room.shown, room.shownWhole, room.connected, room.flat = nil, nil, nil, nil
end

--- Players can connect now to all rooms of a process.
function Rooms:onReady(process)
  for room in self.holders[process].rooms:backwards() do forget(room) end
end

-- What is not taken off in this turn is by `current`, if it is asked for before its turn.
local function detachAll(self, leaving)
  for _ = 1, maxAtOnce do
    local room = leaving()
    if not room then return end
    self:detach(room, Status.Destroyed, room.holder.process.terminatedAt)
  end
  self.processes.loop:after(0, function() detachAll(self, leaving) end)
end

--- A process has ended, and with it every room on it.
function Rooms:onEnd(process)
  local holder, leaving = self.holders[process], self:of(process)
  self.places:close(holder)
  self.holders[process] = nil
  self.counts[process.appId] = self:count(process.appId) - holder.rooms.size
  detachAll(self, leaving)
  self.processes:set(process, { roomsAllocated = 0 })
end

-- A room that is on a process now.
local function current(self, appId, roomId)
  local room = self.byId[appId] and self.byId[appId][roomId]
  local endedAt = room and room.holder.process.terminatedAt
  if not endedAt then return room end
  self:detach(room, Status.Destroyed, endedAt)
end

--- A room is on a process from now on.
function Rooms:attach(room, holder)
  room.status, room.holder, room.endedAt = Status.Active, holder, nil
  room.processId = holder.process.processId
  forget(room)
  self.byId[room.appId] = self.byId[room.appId] or {}
  self.byId[room.appId][room.roomId] = room
  holder.rooms:append(room)
  self.counts[room.appId] = self:count(room.appId) + 1
  self.processes:set(holder.process, { roomsAllocated = holder.rooms.size })
  self.events:emit("placed", room)
end

--- A room is on no process from now on.
function Rooms:detach(room, status, at)
  local holder = room.holder
  room.status, room.endedAt, room.holder, room.allocation = status, at, nil, nil
  forget(room)
  self.byId[room.appId][room.roomId] = nil
  holder.rooms:remove(room)
  if self.holders[holder.process] then
    self.counts[room.appId] = self:count(room.appId) - 1
  end
  self.places:give(holder)
  self.events:emit("ended", room)
end

--- How many rooms of an app are on processes.
-- @tparam string appId
-- @tparam[opt] string status of their connections, `starting` or `active`
function Rooms:count(appId, status)
  local all = self.counts[appId] or 0
  if not status then return all end
  local starting = 0
  for process in self.processes.live:newest(appId) do
    local holder = self.holders[process]
    if holder and not process.startedAt then starting = starting + holder.rooms.size end
  end
  return status == Ready.Starting and starting or all - starting
end

--- How many rooms of an app are suspended, by the store.
-- @treturn[1] integer
-- @treturn[2] nil
-- @treturn[2] table refusal
function Rooms:countSuspended(appId)
  return refusal.attempt(self.store.rooms.countSuspended, self.store.rooms, appId)
end

local function notFound(wanted)
  return refusal.notFound("app %q has no room %q", wanted.appId, wanted.roomId)
end

--- A room that is on a process. Nothing is read for it.
-- @tparam table wanted `appId`, `roomId`
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] table refusal
function Rooms:placed(wanted)
  local room = current(self, wanted.appId, wanted.roomId)
  if room then return room end
  local app, problem = self.processes:app(wanted.appId)
  if not app then return nil, problem end
  return nil, refusal.notFound("app %q has no room %q that is on a process", wanted.appId,
    wanted.roomId)
end

--- A row of the store as a room's table: its own, if it is on a process.
-- @tparam table row
-- @tparam[opt] table last the process that the row says it is on, where it is at hand
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] table refusal
function Rooms:fromRow(row, last)
  local live = current(self, row.appId, row.roomId)
  if live then return live end
  if row.status ~= Status.Active then
    row.isFinal = row.status == Status.Destroyed
    return row
  end
  local process, problem = last, nil
  if not last then process, problem = self.processes:find { processId = row.processId } end
  if problem and problem.statusCode ~= 404 then return nil, problem end
  row.status, row.endedAt = Status.Destroyed, process and process.terminatedAt
  return row
end

--- Find a room.
-- @tparam table wanted `appId`, `roomId`
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] table refusal
function Rooms:find(wanted)
  local app, problem = self.processes:app(wanted.appId)
  if not app then return nil, problem end
  local live = current(self, wanted.appId, wanted.roomId)
  if live then return live end
  local entry = placing.onTheWay(self, wanted)
  if entry then return not entry.isNew and entry.room or nil, notFound(wanted) end
  local row
  row, problem = refusal.attempt(self.store.rooms.find, self.store.rooms, wanted.appId,
    wanted.roomId)
  if not row then return nil, problem or notFound(wanted) end
  return self:fromRow(row)
end

--- The rooms on a process now, the first placed first, less those that have left it by the time
-- they are come to: there may be thousands, and who goes through them need not do it at once.
-- @tparam table process
-- @treturn function an iterator
function Rooms:of(process)
  local holder = self.holders[process]
  local following = (holder and holder.rooms or none):forwards()
  return function()
    local room
    repeat room = following() until not room or room.holder == holder
    return room
  end
end

--- Is a room on its way to a process? It has its place, and is being recorded.
function Rooms:isAwaited(process)
  local holder = self.holders[process]
  return holder ~= nil and holder.taken > holder.rooms.size
end

--- The rooms on a process now.
-- @tparam table wanted `appId`, `processId`
-- @treturn[1] function an iterator, as of `of`
-- @treturn[2] nil
-- @treturn[2] table refusal
function Rooms:active(wanted)
  local process, problem = self.processes:find(wanted)
  return process and self:of(process), problem
end

local function readInactive(self, process)
  local found, seen = {}, {}
  for _, row in ipairs(self.store.rooms:inactive(process.processId, process.terminatedAt ~= nil,
    maxInactive)) do
    local isLast = row.processId == process.processId
    local room = assert(self:fromRow(row, isLast and process or nil))
    local isHere = room.holder and room.holder.process == process
    if not isHere and not seen[room.number] then found[#found + 1] = room end
    seen[room.number] = true
  end
  return found
end

--- The rooms that were on a process and are not now, the last 500, the last placed first.
-- @tparam table wanted `appId`, `processId`
-- @treturn[1] {table,...}
-- @treturn[2] nil
-- @treturn[2] table refusal
function Rooms:inactive(wanted)
  local process, problem = self.processes:find(wanted)
  if not process then return nil, problem end
  return refusal.attempt(readInactive, self, process)
end

-- What retention asks: see `hathora.host.processes.retention`.

--- Milliseconds since 1970.
function Rooms:now() return self.processes:now() end

--- How many rooms in the store were suspended or destroyed.
function Rooms:countEnded() return self.store.rooms:countEnded() end

--- Remove from the store those that were so first. The others go with their processes.
-- @tparam integer before only what was so before this time, in milliseconds since 1970
-- @tparam integer limit
-- @tparam function reply called with how many, or with nil and why not
function Rooms:removeEnded(before, limit, reply)
  local removed
  self.store:write(function()
    removed = self.store.rooms:remove(before, limit)
  end, function(problem)
    if problem then return reply(nil, problem) end
    reply(removed)
  end)
end

--- Is there a room of this id, or one on the way?
-- @tparam table wanted `appId`, `roomId`
function Rooms:isTaken(wanted)
  return placing.onTheWay(self, wanted) ~= nil or self:find(wanted) ~= nil
end

--- Has a room been created with this idempotency key, or is one on the way?
-- @tparam table wanted maybe `idempotencyKey`
-- @treturn boolean
Rooms.isRepeated = placing.isRepeated

--- Create a room, and place it: see the head of this file, and `hathora.host.rooms.placing`.
Rooms.create = placing.create

--- Place a room again that is on no process and was not destroyed; one that is on one stays there.
Rooms.resume = placing.resume

local function begin(self, wanted, reply, write, make)
  local room, problem = self:find(wanted)
  if not room then return reply(nil, problem) end
  self.changes:begin(wanted)
  self.store:write(function() write(room) end, function(why)
    if not why then make(current(self, room.appId, room.roomId)) end
    self.changes:finish(wanted)
    reply(not why or nil, why and refusal.unrecorded(why))
  end)
end

-- Write a change of a room, make it, and report it; after what is under way for that room.
local function change(self, wanted, ...)
  local arguments = table.pack(...)
  local function again() change(self, wanted, table.unpack(arguments, 1, arguments.n)) end
  local entry = placing.onTheWay(self, wanted)
  if entry then return table.insert(entry.replies, again) end
  if not self.changes:waits(wanted, again) then begin(self, wanted, ...) end
end

local function finish(self, wanted, reply, status)
  local now = self.processes:now()
  change(self, wanted, reply, function(room)
    if current(self, room.appId, room.roomId) or status == Status.Destroyed then
      self.store.rooms:finish(room.number, status, now)
    end
  end, function(live)
    if not live then return end
    local holder = live.holder
    self:detach(live, status, now)
    self.processes:set(holder.process, { roomsAllocated = holder.rooms.size })
  end)
end

--- End a room for good. Twice does no harm.
function Rooms:destroy(wanted, reply) finish(self, wanted, reply, Status.Destroyed) end

--- Take a room off its process; one that is on none stays as it is.
function Rooms:suspend(wanted, reply) finish(self, wanted, reply, Status.Suspended) end

--- Replace a room's configuration.
-- @tparam table wanted `appId`, `roomId`, `roomConfig`
-- @tparam function reply
function Rooms:configure(wanted, reply)
  local problem = placing.refuseConfig(wanted.roomConfig)
  if problem then return reply(nil, problem) end
  change(self, wanted, reply, function(room)
    self.store.rooms:configure(room.number, wanted.roomConfig)
  end, function(live)
    if not live then return end
    live.roomConfig = wanted.roomConfig
    forget(live)
    self.events:emit("changed", live)
  end)
end

-- What is shown is kept until it changes: leave it be.

--- A room as the API's RoomWithoutAllocations, in JSON: of thousands that are listed, texts alone
-- are cheap enough for the garbage collector, which looks at once at all that became new meanwhile.
-- @treturn string
function Rooms.brief(_, room)
  room.shown = room.shown or kept.json(view.brief(room), brief)
  return room.shown
end

--- A room as the API's Room.
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] table refusal
function Rooms:whole(room)
  if room.shownWhole then return room.shownWhole end
  local allocations, problem = refusal.attempt(self.store.rooms.allocations, self.store.rooms,
    room.number)
  if not allocations then return nil, problem end
  room.shownWhole = kept.keep(view.whole(room, allocations))
  return room.shownWhole
end

--- Where players connect to a room.
function Rooms:connection(room)
  if room.holder then self.processes:disclose(room.holder.process) end
  room.connected = room.connected or kept.keep(
    view.connection(room, room.holder and self.processes:show(room.holder.process)))
  return room.connected
end

--- The same, as version 1 has it.
function Rooms:flatConnection(room)
  local connection = self:connection(room)
  room.flat = room.flat or kept.keep(view.flatConnection(connection))
  return room.flat
end

return rooms
