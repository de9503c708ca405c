--- A game's log: a file that the game itself appends to and that its shim keeps to a size by
-- giving the oldest part back to the disk, in place. That part reads as blocks of zeros; here it
-- is not seen, nor is the line it cut.
-- @module hathora.host.machine.logfile

local logfile = {}

local blockBytes = 4096
local gone = ("\0"):rep(blockBytes)

local Log = {}
Log.__index = Log

--- Open a log.
-- @treturn ?Log nil when the file is not there
function logfile.open(path)
  local file = io.open(path, "rb")
  return file and setmetatable({ file = file, position = 0 }, Log)
end

function Log:isGone(block)
  self.file:seek("set", block * blockBytes)
  return self.file:read(blockBytes) == gone
end

-- Where the part that is kept begins: behind the last block of zeros, and the line it cut.
function Log:first()
  local low, high = 0, self.file:seek "end" // blockBytes
  if not self:isGone(0) then return 0 end
  while high - low > 1 do
    local middle = (low + high) // 2
    if self:isGone(middle) then low = middle else high = middle end
  end
  self.file:seek("set", high * blockBytes)
  self.file:read "L"
  return self.file:seek "cur"
end

--- The last lines; `read` goes on from there.
-- @tparam integer lines
-- @treturn string
function Log:tail(lines)
  local first, last, text = self:first(), self.file:seek "end", ""
  local from = last
  -- One line break more than lines: the one before the first of them.
  local _, breaks = text:gsub("\n", "")
  while from > first and breaks <= lines do
    local start = math.max(first, from - blockBytes)
    self.file:seek("set", start)
    text = (self.file:read(from - start) or "") .. text
    _, breaks = text:gsub("\n", "")
    from = start
  end
  self.position = last
  local surplus = breaks - lines + (text:sub(-1) == "\n" and 0 or 1)
  for _ = 1, lines > 0 and surplus or 0 do text = text:gsub("^[^\n]*\n", "", 1) end
  return lines > 0 and text or ""
end

--- Go to the beginning of what is kept.
function Log:rewind()
  self.position = self:first()
end

--- What was written since, in order.
-- @tparam[opt=65536] integer most how many bytes at the most
-- @treturn string empty when there is nothing new
function Log:read(most)
  if self.file:seek "end" < self.position then self.position = 0 end
  self.file:seek("set", self.position)
  local text = self.file:read(most or 65536) or ""
  self.position = self.position + #text
  return text
end

--- Let go of the file.
function Log:close()
  if self.file then self.file:close() end
  self.file = nil
end

Log.__close = Log.close
Log.__gc = Log.close

return logfile
