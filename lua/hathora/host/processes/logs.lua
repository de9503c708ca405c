--- Keeps the logs of all processes together below a ceiling: the oldest of processes that have
-- ended go. The directory is read once, a few names a turn of the loop; from then on a log is
-- asked for its size when its process has ended, and, as long as it grows, once in a while.
-- @module hathora.host.processes.logs

local lfs = require "lfs"
local loops = require "hathora.host.machine.loop"

local logs = {}

local interval, batch = 60, 16
local diskBlock = 512

-- Logs of ended processes: a binary heap, the oldest at its top.

local function push(heap, log)
  local index = #heap + 1
  while index > 1 and log.modified < heap[index // 2].modified do
    heap[index], index = heap[index // 2], index // 2
  end
  heap[index] = log
end

local function pop(heap)
  local top, log = heap[1], table.remove(heap)
  local index, count = 1, #heap
  while 2 * index <= count do
    local child = 2 * index
    if child < count and heap[child + 1].modified < heap[child].modified then child = child + 1 end
    if heap[child].modified >= log.modified then break end
    heap[index], index = heap[child], child
  end
  if count > 0 then heap[index] = log end
  return top
end

local Logs = {}
Logs.__index = Logs

--- Make a keeper of logs. Nothing is looked at before the first process ends or `bytes` is called.
-- @tparam table options `loop`; `directory`, where the logs are, each named as its process;
-- `limit`, in bytes on the disk; `isLive(processId)`, whether a process still writes; `live()`, the
-- ids of those that do
function logs.new(options)
  local self = setmetatable({ ended = {}, endedBytes = 0, known = {} }, Logs)
  for name, value in pairs(options) do self[name] = value end
  return self
end

function Logs:path(processId) return self.directory .. "/" .. processId end

function Logs:measure(processId)
  local facts = lfs.attributes(self:path(processId))
  if not facts or facts.mode ~= "file" then return nil end
  return { processId = processId, bytes = facts.blocks * diskBlock, modified = facts.modification }
end

-- Take up a log that grows no more.
function Logs:add(processId)
  local log = not self.known[processId] and self:measure(processId)
  if not log then return end
  self.known[processId] = log
  self.endedBytes = self.endedBytes + log.bytes
  push(self.ended, log)
end

local function remove(self)
  local log = pop(self.ended)
  self.known[log.processId] = nil
  self.endedBytes = self.endedBytes - log.bytes
  os.remove(self:path(log.processId))
end

-- Do something for each of what an iterator gives, a batch a turn of the loop, and then the next.
local function walk(self, act, after, next, state, control)
  for _ = 1, batch do
    local value
    control, value = next(state, control)
    if control == nil then return after() end
    act(control, value)
  end
  self.timer = self.loop:after(0, function() walk(self, act, after, next, state, control) end)
end

local function removeOldest(self, liveBytes)
  walk(self, function() remove(self) end, function() self.timer = nil end, function()
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

--- A process is kept no longer, and its log neither.
function Logs:forget(processId)
  local log = self.known[processId]
  os.remove(self:path(processId))
  if not log then return end
  self.endedBytes = self.endedBytes - log.bytes
  log.bytes, self.known[processId] = 0, nil
  -- The oldest are forgotten first, so that few of these wait for their turn.
  while self.ended[1] and not self.known[self.ended[1].processId] do pop(self.ended) end
end

-- Look and prune, unless that is under way or was done just before.
local function look(self)
  local now = loops.now()
  if self.timer or self.prunedAt and now - self.prunedAt < interval then return end
  self.prunedAt = now
  if self.isRead then prune(self) else readDirectory(self) end
end

--- A process has ended.
function Logs:onEnd(processId)
  self:add(processId)
  look(self)
end

--- What all logs took on the disk when they were last looked at; whoever asks has them looked at
-- again, once a minute at the most.
-- @treturn ?integer nil when they have not been yet
function Logs:bytes()
  look(self)
  return self.liveBytes and self.endedBytes + self.liveBytes
end

--- Prune no more.
function Logs:close()
  if self.timer then self.timer:cancel() end
end

return logs
