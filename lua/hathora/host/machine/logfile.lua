--- Reading a process's log: a file that is appended to, and kept to a size by giving its oldest
-- part back to the disk in place. What a reader can no longer have is named in one line.
-- @module hathora.host.machine.logfile

local files = require "hathora.host.file"

local logfile = {
  --- The most bytes that `tail` goes back.
  tailBytes = 4 * 1024 * 1024,
}

local pieceBytes = 64 * 1024

local Log = {}
Log.__index = Log

--- Open a log, to be read from its beginning.
-- @treturn ?Log nil when the file is not there
function logfile.open(path)
  local file = files.open(path, "r")
  return file and setmetatable({ file = file, position = 0, isMidLine = false }, Log)
end

--- Go to where the last lines begin, or as far back as `tailBytes`.
-- @tparam integer lines
-- @treturn integer where the log ends now
function Log:tail(lines)
  local size = self.file:size()
  self.position = self.file:tail(lines, logfile.tailBytes)
  return size
end

-- What follows a gap. Where the oldest part was given back, the rest of the line that this cut goes
-- too; where truncate(2) made the file longer, the zeros that fill up the page do.
function Log:bridge(gap, text)
  local _, first = self.file:read(0, 0)
  local isTrimmed = first == self.position + gap
  local _, cut = text:find(isTrimmed and "\n" or "^%z+")
  return ("%shathora-host: %d bytes of this log are not kept\n%s"):format(
    self.isMidLine and "\n" or "", gap + (cut or 0), text:sub((cut or 0) + 1))
end

--- What comes next, in order. A file that has become shorter was begun anew.
-- @tparam[opt] integer stop the position to stop at
-- @treturn string empty when there is nothing new
function Log:read(stop)
  if self.file:size() < self.position then self.position = 0 end
  local most = math.min(pieceBytes, (stop or math.huge) - self.position)
  if most <= 0 then return "" end
  local text, start = self.file:read(self.position, most)
  if text == "" then return text end
  local gap = start - self.position
  local piece = gap > 0 and self:bridge(gap, text) or text
  self.position = start + #text
  self.isMidLine = piece:byte(-1) ~= 10
  return piece
end

--- Let go of the file.
function Log:close() self.file:close() end

Log.__close = Log.close

return logfile
