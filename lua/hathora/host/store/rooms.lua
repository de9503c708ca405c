--- The rooms in the store, and the places they have had; times are milliseconds since 1970.
--
-- A room's row says what was last asked for it. That its process has ended is said by the
-- process's row alone: a room that is `active` on one that has ended is on none.
-- @module hathora.host.store.rooms

local rooms = {}

-- The places of a room that are kept, the last ones: a room may be resumed for years.
local maxPlaces = 100

local columns = { "number", "appId", "roomId", "region", "roomConfig", "idempotencyKey", "status",
  "processId", "createdAt", "fingerprint" }

local queries = {
  insert = ("INSERT INTO room (%s) VALUES (?%s)"):format(table.concat(columns, ", "),
    (", ?"):rep(#columns - 1)),
  find = "SELECT * FROM room WHERE appId = ? AND roomId = ?",
  findByKey = "SELECT * FROM room WHERE idempotencyKey = ?",
  placed = [[SELECT room.*, allocation.roomAllocationId, allocation.scheduledAt
    FROM process JOIN room ON room.processId = process.processId
    JOIN allocation ON allocation.room = room.number AND allocation.unscheduledAt IS NULL
    WHERE process.terminatedAt IS NULL AND room.status = 'active' ORDER BY allocation.number]],
  first = [[SELECT allocation.processId, room.roomId, room.roomConfig
    FROM process JOIN allocation ON allocation.processId = process.processId
    JOIN room ON room.number = allocation.room
    WHERE process.terminatedAt IS NULL AND process.startedAt IS NULL AND allocation.isFirst = 1]],
  allocations = "SELECT * FROM allocation WHERE room = ? ORDER BY number",
  inactive = [[SELECT room.* FROM allocation JOIN room ON room.number = allocation.room
    WHERE allocation.processId = ? AND (? OR allocation.unscheduledAt IS NOT NULL)
    ORDER BY allocation.number DESC LIMIT ?]],
  lastNumber = "SELECT max(number) AS number FROM room",
  configure = "UPDATE room SET roomConfig = ? WHERE number = ?",
  move = [[UPDATE room SET status = 'active', processId = ?, endedAt = NULL WHERE number = ?
    RETURNING number]],
  finish = "UPDATE room SET status = ?, endedAt = ifnull(endedAt, ?) WHERE number = ?",
  allocate = [[INSERT INTO allocation (roomAllocationId, room, processId, isFirst, scheduledAt)
    VALUES (?, ?, ?, ?, ?)]],
  release = [[UPDATE allocation SET unscheduledAt = ifnull((SELECT terminatedAt FROM process
    WHERE process.processId = allocation.processId), ?) WHERE room = ? AND unscheduledAt IS NULL]],
  trim = [[DELETE FROM allocation WHERE room = ? AND number <= (SELECT number FROM allocation
    WHERE room = ? ORDER BY number DESC LIMIT 1 OFFSET ?)]],
  countSuspended =
    "SELECT count(*) AS count FROM room WHERE status = 'suspended' AND appId = ?",
  countEnded = "SELECT count(*) AS count FROM room WHERE endedAt IS NOT NULL",
  remove = [[DELETE FROM room WHERE number IN (SELECT number FROM room
    WHERE endedAt IS NOT NULL AND endedAt < ? ORDER BY endedAt LIMIT ?) RETURNING number]],
  removeOfEnded = [[DELETE FROM room WHERE number IN (SELECT room.number FROM
    (SELECT processId FROM process WHERE terminatedAt IS NOT NULL AND terminatedAt < ?
      ORDER BY terminatedAt LIMIT ?) AS ended
    JOIN room ON room.processId = ended.processId LIMIT ?) RETURNING number]],
}

local Rooms = {}
Rooms.__index = Rooms

--- Make the tables' readers and writers.
-- @tparam table store
function rooms.new(store)
  return setmetatable({ store = store }, Rooms)
end

local function ask(self, name, ...)
  return (self.store:statement(queries[name])(...))
end

--- Add a room that is placed by `allocate`.
-- @tparam table room
function Rooms:insert(room)
  local values = {}
  for index, name in ipairs(columns) do values[index] = room[name] end
  self.store:statement(queries.insert)(table.unpack(values, 1, #columns))
end

--- Find a room.
-- @treturn ?table
function Rooms:find(appId, roomId) return ask(self, "find", appId, roomId)[1] end

--- Find the room that was made with an idempotency key.
-- @treturn ?table
function Rooms:findByKey(key) return ask(self, "findByKey", key)[1] end

--- All rooms on processes that have not ended, each with its place, in the order they were placed.
-- @treturn {table,...}
function Rooms:placed() return ask(self, "placed") end

--- The rooms that processes which have not started yet were created for.
-- @treturn {table,...} `processId`, `roomId`, `roomConfig`
function Rooms:first() return ask(self, "first") end

--- The places a room has had, the last 100 of them, in their order.
-- @treturn {table,...} `roomAllocationId`, `processId`, `scheduledAt`, `unscheduledAt`
function Rooms:allocations(number) return ask(self, "allocations", number) end

--- Rooms that were on a process, the last placed first.
-- @tparam string processId
-- @tparam boolean hasEnded whether the process has, and with it all that is on it
-- @tparam integer limit
-- @treturn {table,...}
function Rooms:inactive(processId, hasEnded, limit)
  return ask(self, "inactive", processId, hasEnded and 1 or 0, limit)
end

--- The number of the room made last, 0 when there is none.
function Rooms:lastNumber() return ask(self, "lastNumber")[1].number or 0 end

--- Give a room another configuration.
function Rooms:configure(number, roomConfig) ask(self, "configure", roomConfig, number) end

--- A room has got a place.
-- @tparam integer number the room's
-- @tparam table allocation `roomAllocationId`, `processId`, `scheduledAt`, and `isFirst` if the
-- process is made for the room
function Rooms:allocate(number, allocation)
  ask(self, "allocate", allocation.roomAllocationId, number, allocation.processId,
    allocation.isFirst and 1 or 0, allocation.scheduledAt)
end

--- A room that was on no process has got a place.
-- @treturn boolean false if it was removed meanwhile
function Rooms:move(number, allocation)
  if not ask(self, "move", allocation.processId, number)[1] then return false end
  ask(self, "release", allocation.scheduledAt, number)
  self:allocate(number, allocation)
  ask(self, "trim", number, number, maxPlaces)
  return true
end

--- A room was suspended or destroyed.
function Rooms:finish(number, status, at)
  ask(self, "release", at, number)
  ask(self, "finish", status, at, number)
end

--- How many rooms of an app are suspended.
function Rooms:countSuspended(appId) return ask(self, "countSuspended", appId)[1].count end

--- How many rooms were suspended or destroyed.
function Rooms:countEnded() return ask(self, "countEnded")[1].count end

--- Remove those that were suspended or destroyed first.
-- @tparam integer before only what was so before this time
-- @tparam integer limit
-- @treturn integer how many were removed
function Rooms:remove(before, limit) return #ask(self, "remove", before, limit) end

--- Remove rooms whose last processes are those that ended first.
-- @tparam integer before only of those that ended before this time
-- @tparam integer processes of how many
-- @tparam integer limit
-- @treturn integer how many rooms were removed
function Rooms:removeOfEnded(before, processes, limit)
  return #ask(self, "removeOfEnded", before, processes, limit)
end

return rooms
