--- Which process takes the next room: of each app and region those with a free place, the fullest
-- first, and of these the oldest, so that the others empty and can end.
--
-- A holder is what has places: `appId`, `region`, `number` (its age), `capacity`, and `taken`,
-- which changes here alone. Each app and region has a heap of its holders: to choose one and to
-- change one takes as many steps as the logarithm of how many there are.
-- @module hathora.host.rooms.places

local heaps = require "hathora.host.machine.heap"

local places = {}

local Places = {}
Places.__index = Places

--- Make an empty one.
function places.new() return setmetatable({ heaps = {} }, Places) end

local function isBefore(a, b)
  if a.taken ~= b.taken then return a.taken > b.taken end
  return a.number < b.number
end

local function heapOf(self, holder)
  local regions = self.heaps[holder.appId] or {}
  self.heaps[holder.appId] = regions
  regions[holder.region] = regions[holder.region] or heaps.new(isBefore)
  return regions[holder.region]
end

--- Rooms may be placed here while there is a free place, unless it is closed.
function Places:add(holder)
  local heap = heapOf(self, holder)
  if holder.isClosed or heap:has(holder) or holder.taken >= holder.capacity then return end
  heap:add(holder)
end

--- Keep a holder out for now. Twice does no harm.
function Places:remove(holder) heapOf(self, holder):remove(holder) end

--- Take the place that is next.
-- @treturn ?table the holder; nil when none has a free one
function Places:take(appId, region)
  local holder = heapOf(self, { appId = appId, region = region })[1]
  if not holder then return nil end
  self:remove(holder)
  holder.taken = holder.taken + 1
  self:add(holder)
  return holder
end

--- Give a place back.
function Places:give(holder)
  self:remove(holder)
  holder.taken = holder.taken - 1
  self:add(holder)
end

--- No room is placed here from now on, whatever becomes free.
function Places:close(holder)
  holder.isClosed = true
  self:remove(holder)
end

return places
