--- Which process takes the next room: of each app and region those with a free place, the fullest
-- first, and of these the oldest, so that the others empty and can end.
--
-- A holder is what has places: `appId`, `region`, `number` (its age), `capacity`, and `taken`,
-- which changes here alone. Each app and region has a heap of its holders: to choose one and to
-- change one takes as many steps as the logarithm of how many there are.
-- @module hathora.host.rooms.places

local places = {}

local Places = {}
Places.__index = Places

--- Make an empty one.
function places.new() return setmetatable({ heaps = {} }, Places) end

local function isBefore(a, b)
  if a.taken ~= b.taken then return a.taken > b.taken end
  return a.number < b.number
end

local function put(heap, index, holder)
  heap[index], heap.indexes[holder] = holder, index
end

local function rise(heap, index)
  local holder = heap[index]
  while index > 1 and isBefore(holder, heap[index // 2]) do
    put(heap, index, heap[index // 2])
    index = index // 2
  end
  put(heap, index, holder)
end

local function sink(heap, index)
  local holder = heap[index]
  while true do
    local child = 2 * index
    if heap[child + 1] and isBefore(heap[child + 1], heap[child]) then child = child + 1 end
    if not heap[child] or not isBefore(heap[child], holder) then break end
    put(heap, index, heap[child])
    index = child
  end
  put(heap, index, holder)
end

local function heapOf(self, holder)
  local regions = self.heaps[holder.appId] or {}
  self.heaps[holder.appId] = regions
  regions[holder.region] = regions[holder.region] or { indexes = {} }
  return regions[holder.region]
end

--- Rooms may be placed here while there is a free place, unless it is closed.
function Places:add(holder)
  local heap = heapOf(self, holder)
  if holder.isClosed or heap.indexes[holder] or holder.taken >= holder.capacity then return end
  put(heap, #heap + 1, holder)
  rise(heap, #heap)
end

--- Keep a holder out for now. Twice does no harm.
function Places:remove(holder)
  local heap = heapOf(self, holder)
  local index, last = heap.indexes[holder], heap[#heap]
  if not index then return end
  heap[#heap], heap.indexes[holder] = nil, nil
  if last == holder then return end
  put(heap, index, last)
  rise(heap, index)
  sink(heap, heap.indexes[last])
end

--- Take the place that is next.
-- @treturn ?table the holder; nil when none has a free one
function Places:take(appId, region)
  local heap = heapOf(self, { appId = appId, region = region })
  local holder = heap[1]
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
