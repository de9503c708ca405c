--- A sequence that its members leave from anywhere: each knows its place, and gaps are closed once
-- they are as many as what is left. `size` says how many there are.
-- @module hathora.host.machine.sequence

local sequence = {}

local Sequence = {}
Sequence.__index = Sequence

--- Make an empty one.
function sequence.new()
  return setmetatable({ items = {}, last = 0, size = 0, places = {} }, Sequence)
end

--- Add a member at the end.
function Sequence:append(item)
  self.last, self.size = self.last + 1, self.size + 1
  self.items[self.last], self.places[item] = item, self.last
end

-- In a table of its own, for somebody may be on the way through the one there is.
local function closeGaps(self)
  local items, last = {}, 0
  for place = 1, self.last do
    local item = self.items[place]
    if item then
      last = last + 1
      items[last], self.places[item] = item, last
    end
  end
  self.items, self.last = items, last
end

--- Take a member out, from wherever it is.
function Sequence:remove(item)
  self.items[self.places[item]], self.places[item] = nil, nil
  self.size = self.size - 1
  if self.last > 2 * self.size then closeGaps(self) end
end

local function previous(self, item)
  local place = item and self.places[item] or self.last + 1
  repeat place = place - 1 until place < 1 or self.items[place]
  return self.items[place]
end

--- Go through them, the last appended first. Nothing may be removed on the way.
function Sequence:backwards() return previous, self end

--- Go through them, the first appended first. What is removed on the way may be met or not.
function Sequence:forwards()
  local items, last, place = self.items, self.last, 0
  return function()
    repeat place = place + 1 until place > last or items[place]
    return place <= last and items[place] or nil
  end
end

return sequence
