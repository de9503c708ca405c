--- JSON that may be too long to write at once. A function writes it, giving each bit to `put`; it
-- is carried on, a piece in each turn of the loop, as far as the client has read, so that nobody
-- else waits while thousands of values are written.
--
--     pieces.of(function(put)
--       pieces.list(put, iterator, function(item) put(json.encode(item)) end)
--     end)
-- @module hathora.host.http.pieces

local pieces = {}

-- Bytes of a piece: some twenty-five rooms, less than a millisecond.
local enough = 8 * 1024

local Source = {}
Source.__index = Source

--- The next piece, nil at the end: see `hathora.host.http.stream`.
function Source:read()
  local piece = self.first
  self.first = nil
  if piece or self.isOver then return piece end
  piece, self.isOver = self.more()
  return piece ~= "" and piece or nil
end

function Source.close() end

local function inPieces(write)
  return coroutine.wrap(function()
    local bits, size = {}, 0
    write(function(text)
      bits[#bits + 1], size = text, size + #text
      if size < enough then return end
      coroutine.yield(table.concat(bits), false)
      bits, size = {}, 0
    end)
    return table.concat(bits), true
  end)
end

--- Begin to write.
-- @tparam function write called with `put`
-- @treturn[1] string all of it, if it is short
-- @treturn[2] nil
-- @treturn[2] a source for a stream
function pieces.of(write)
  local more = inPieces(write)
  local first, isAll = more()
  if isAll then return first end
  return nil, setmetatable({ more = more, first = first }, Source)
end

--- Go through a list that does not change.
-- @treturn function an iterator of its items
function pieces.each(list)
  local index = 0
  return function()
    index = index + 1
    return list[index]
  end
end

--- Write a list.
-- @tparam function put
-- @tparam function iterator of its items
-- @tparam function write called with each item
function pieces.list(put, iterator, write)
  local before = "["
  for item in iterator do
    put(before)
    write(item)
    before = ","
  end
  put(before == "[" and "[]" or "]")
end

--- Write an object that is there as JSON but for one list, which is empty in it.
-- @tparam function put
-- @tparam string text
-- @tparam string name of the list
-- @param ... as `list` takes them after `put`
function pieces.within(put, text, name, ...)
  local _, last = text:find(('"%s":[]'):format(name), 1, true)
  put(text:sub(1, last - 2))
  pieces.list(put, ...)
  put(text:sub(last + 1))
end

return pieces
