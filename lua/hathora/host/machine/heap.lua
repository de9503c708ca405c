--- A binary heap: of many things the one that comes first, at 1. Each may leave from anywhere.
--
--     local heap = heaps.new(function(a, b) return a.due < b.due end)
--     heap:add(thing)   heap[1]   #heap   heap:remove(thing)
-- @module hathora.host.machine.heap

local heaps = {}

local Heap = {}
Heap.__index = Heap

--- Make an empty one.
-- @tparam function isBefore whether one thing comes before another; it must go on saying the same
-- of two that are there
function heaps.new(isBefore)
  return setmetatable({ isBefore = isBefore, places = {} }, Heap)
end

local function put(self, place, item)
  self[place], self.places[item] = item, place
end

local function rise(self, place, item)
  while place > 1 and self.isBefore(item, self[place // 2]) do
    put(self, place, self[place // 2])
    place = place // 2
  end
  return place
end

local function sink(self, place, item)
  local count = #self
  while true do
    local child = 2 * place
    if child < count and self.isBefore(self[child + 1], self[child]) then child = child + 1 end
    if child > count or not self.isBefore(self[child], item) then return place end
    put(self, place, self[child])
    place = child
  end
end

--- Is it there?
function Heap:has(item) return self.places[item] ~= nil end

--- Add a thing that is not there.
function Heap:add(item) put(self, rise(self, #self + 1, item), item) end

--- Take a thing out; the last takes its place, and moves to where it belongs. Twice does no harm.
function Heap:remove(item)
  local place = self.places[item]
  if not place then return end
  local last = table.remove(self)
  self.places[item] = nil
  if last ~= item then put(self, rise(self, sink(self, place, last), last), last) end
end

return heaps
