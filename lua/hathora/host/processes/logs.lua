--- Keeps the logs of all processes together below a ceiling: the oldest of processes that have
-- ended go. The directory is read once, for a moment each turn of the loop; from then on a log is
-- asked for its size when its process has ended, and, as long as it grows, once in a while.
-- @module hathora.host.processes.logs

local heaps = require "hathora.host.machine.heap"
local lfs = require "lfs"
local loops = require "hathora.host.machine.loop"

local logs = {}

-- A file takes some disks milliseconds to remove.
local interval, moment = 60, 0.001
local diskBlock = 512

local function isOlder(a, b) return a.modified < b.modified end

local Logs = {}
Logs.__index = Logs

--- Make a keeper of logs. Nothing is measured before the first process ends or `bytes` is called.
-- @tparam table options `loop`; `directory`, where the logs are, each named as its process;
-- `limit`, in bytes on the disk; `isLive(processId)`, whether a process still writes; `live()`, the
-- ids of those that do
function logs.new(options)
  local self = setmetatable({ ended = heaps.new(isOlder), endedBytes = 0, known = {} }, Logs)
  for name, value in pairs(options) do self[name] = value end
  return self
end

function Logs:path(processId) return self.directory .. "/" .. processId end

function Logs:measure(processId)
  local attributes = lfs.attributes(self:path(processId))
  if not attributes or attributes.mode ~= "file" then return nil end
  return { processId = processId, bytes = attributes.blocks * diskBlock,
    modified = attributes.modification }
end

-- Take up a log that grows no more.
function Logs:add(processId)
  local log = not self.known[processId] and self:measure(processId)
  if not log then return end
  self.known[processId] = log
  self.endedBytes = self.endedBytes + log.bytes
  self.ended:add(log)
end

local function forget(self, log)
  self.ended:remove(log)
  self.known[log.processId] = nil
  self.endedBytes = self.endedBytes - log.bytes
end

local function removeFirst(self)
  local log = self.ended[1]
  forget(self, log)
  os.remove(self:path(log.processId))
end

-- Do something for each of what an iterator gives, for a moment each turn of the loop, and then the
-- next.
local function walk(self, act, after, next, state, control)
  local ends = loops.now() + moment
  repeat
    local value
    control, value = next(state, control)
    if control == nil then return after() end
    act(control, value)
  until loops.now() > ends
  self.timer = self.loop:after(0, function() walk(self, act, after, next, state, control) end)
end

local function removeOldest(self, liveBytes)
  walk(self, function() removeFirst(self) end, function() self.timer = nil end, function()
    return self.ended[1] and self.endedBytes + liveBytes > self.limit or nil
  end)
end

local function prune(self)
  local bytes = 0
  walk(self, function(_, processId)
    local log = self:measure(processId)
    bytes = bytes + (log and log.bytes or 0)
  end, function()
    self.liveBytes = bytes
    removeOldest(self, bytes)
  end, ipairs(self.live()))
end

local function readDirectory(self)
  walk(self, function(name)
    if not self.isLive(name) then self:add(name) end
  end, function()
    self.isRead = true
    prune(self)
  end, lfs.dir(self.directory))
end

--- A process is no longer kept, and neither is its log.
function Logs:forget(processId)
  local log = self.known[processId]
  os.remove(self:path(processId))
  if log then forget(self, log) end
end

-- Measure and prune, unless that is under way or was done just before.
local function measure(self)
  local now = loops.now()
  if self.timer or self.prunedAt and now - self.prunedAt < interval then return end
  self.prunedAt = now
  if self.isRead then prune(self) else readDirectory(self) end
end

--- A process has ended.
function Logs:onEnd(processId)
  self:add(processId)
  measure(self)
end

--- What all logs took on the disk when they were last measured; whoever asks has them measured
-- again, once a minute at the most.
-- @treturn ?integer nil when they have not been yet
function Logs:bytes()
  measure(self)
  return self.liveBytes and self.endedBytes + self.liveBytes
end

--- Prune no more.
function Logs:close()
  if self.timer then self.timer:cancel() end
end

return logs
