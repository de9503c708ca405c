--- A sequence that its members leave from anywhere: each knows its place, and gaps are closed once
-- they are as many as what is left.
-- @module hathora.host.machine.sequence

local sequence = {}

local Sequence = {}
Sequence.__index = Sequence

--- Make an empty one.
function sequence.new()
  return setmetatable({ last = 0, size = 0, places = {} }, Sequence)
end

--- Add one at the end.
function Sequence:append(item)
  self.last, self.size = self.last + 1, self.size + 1
  self[self.last], self.places[item] = item, self.last
end

local function closeGaps(self)
  local last = 0
  for place = 1, self.last do
    local item = self[place]
    if item then
      last = last + 1
      self[place] = nil
      self[last], self.places[item] = item, last
    end
  end
  self.last = last
end

--- Take one out.
function Sequence:remove(item)
  self[self.places[item]], self.places[item] = nil, nil
  self.size = self.size - 1
  if self.last > 2 * self.size then closeGaps(self) end
end

local function previous(self, item)
  local place = item and self.places[item] or self.last + 1
  repeat place = place - 1 until place < 1 or self[place]
  return self[place]
end

--- An iterator: the last appended first. Nothing may be removed on the way.
function Sequence:backwards() return previous, self end

return sequence
