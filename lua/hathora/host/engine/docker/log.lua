--- What a container wrote, kept as a file of our own, so that it is read as any game's log is. The
-- game writes to Docker, never to us: without a host, Docker keeps it, and the next host asks for
-- what came after the last that is here.
--
-- Beside the log, a mark says how far it goes: its size, the time that Docker gave to the last
-- message, and how many messages of that very time it has. It is written after the log: what a
-- crash lets in between is asked for again, and comes to lie where it lay.
-- @module hathora.host.engine.docker.log

local files = require "hathora.host.file"
local time = require "hathora.time"

local Log = {}
Log.__index = Log

-- Docker puts a head before every piece of output: the stream, three zeros, the length (POST
-- /containers/{id}/attach in its API, "stream format"). Anything else is a refusal.
local headBytes, lastStream = 8, 2
local markBytes = 100

local function readMark(mark)
  local size, count, stamp = mark:read(0, markBytes):match "^(%d+) (%d+) (%S+)\n"
  if not size then return 0, 0, nil end
  return math.tointeger(tonumber(size)), math.tointeger(tonumber(count)), stamp
end

--- Open a log, to go on where it ends; without a mark, it is begun anew.
-- @tparam string path
-- @tparam string markPath
-- @tparam integer limit past it, the older half goes
-- @treturn Log one that cannot be opened takes nothing in
local function open(path, markPath, limit)
  local self = setmetatable({ limit = limit, rest = "", size = 0, count = 0, repeated = 0 }, Log)
  local file, mark = files.open(path, "w"), files.open(markPath, "w")
  if not (file and mark) then return self end
  self.file, self.mark = file, mark
  self.size, self.count, self.stamp = readMark(mark)
  if not self.stamp then file:truncate(0) end
  return self
end

--- Since when Docker is to be asked, as its API has it. What it repeats of that moment is known.
-- @treturn string Unix seconds and nanoseconds; "0" for all there is
function Log:resume()
  self.rest, self.repeated = "", self.count
  if not self.stamp then return "0" end
  local seconds, fraction = self.stamp:gsub("%.%d+", ""), self.stamp:match "%.(%d+)" or ""
  return ("%d.%s"):format(time(seconds), (fraction .. ("0"):rep(9)):sub(1, 9))
end

-- A message begins with its time.
local function take(self, message)
  local blank = message:find(" ", 1, true) or #message
  local stamp = message:sub(1, blank - 1)
  if stamp ~= self.stamp then
    self.stamp, self.count, self.repeated = stamp, 0, 0
  elseif self.repeated > 0 then
    self.repeated = self.repeated - 1
    return ""
  end
  self.count = self.count + 1
  return message:sub(blank + 1)
end

local function trim(self)
  local _, onDisk = self.file:size()
  if onDisk <= self.limit or self.file:discard(self.size - self.limit // 2) then return end
  -- This file system cannot do that.
  self.file:truncate(0)
  self.size = 0
end

local function write(self, text)
  if not (self.file and self.file:write(self.size, text)) then return end
  self.size = self.size + #text
  trim(self)
  self.mark:write(0, ("%d %d %s\n"):format(self.size, self.count, self.stamp))
end

--- Take in what Docker sent, asked for with timestamps.
function Log:take(piece)
  local text, position, out = self.rest .. piece, 1, {}
  while #text - position + 1 >= headBytes and text:byte(position) <= lastStream do
    local length = string.unpack(">I4", text, position + 4)
    if #text - position + 1 < headBytes + length then break end
    out[#out + 1] = take(self, text:sub(position + headBytes, position + headBytes + length - 1))
    position = position + headBytes + length
  end
  self.rest = text:sub(position)
  if out[1] then write(self, table.concat(out)) end
end

--- Let go of the files.
function Log:close()
  if not self.file then return end
  self.file:close()
  self.mark:close()
  self.file = nil
end

return open
