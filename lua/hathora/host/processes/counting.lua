--- Counts the processes of an app that were created before a time. Those in memory are counted at
-- once, those in the store so many in each turn of the loop: one count after another, so that many
-- take no longer turns than one.
-- @module hathora.host.processes.counting

local refusal = require "hathora.host.processes.refusal"
local schema = require "hathora.schema"

local counting = {}

-- Processes in the store that are counted in one turn of the loop.
local maxCounted = 5000

local function countLive(self, count)
  for process in self.live:newest(count.wanted.appId) do
    if count.matches(process, count.wanted) then
      count.total = count.total + 1
      count.living[process] = true
    end
  end
end

-- What ended since it was counted may be in the store by now, among those that are counted there.
local function countOnce(self, count, group, last)
  for process in pairs(count.living) do
    local isRow = not self.live.byId[process.processId]
    if isRow and process.status == group.status and process.region == group.region
      and process.number < group.last and process.number >= last then
      count.total = count.total - 1
    end
  end
end

local proceed, beginFirst

local function finish(self, count, ...)
  table.remove(self.counts, 1)
  if self.counts[1] then self.loop:after(0, function() beginFirst(self) end) end
  count.reply(...)
end

-- Only at rest is it known which are rows and which are in memory.
local function whenAtRest(self, count)
  self.store:atRest(function() proceed(self, count) end)
end

function proceed(self, count)
  local group, wanted = count.groups[#count.groups], count.wanted
  if not group then return finish(self, count, count.total) end
  local ok, number, last = pcall(self.store.processes.countEndedBefore, self.store.processes,
    wanted.appId, group.status, group.region, wanted.before, group.last, maxCounted)
  if not ok then return finish(self, count, nil, refusal.unrecorded(tostring(number))) end
  count.total = count.total + number
  countOnce(self, count, group, last or 0)
  group.last = last
  if not last then count.groups[#count.groups] = nil end
  self.loop:after(0, function() whenAtRest(self, count) end)
end

local function begin(self, count)
  countLive(self, count)
  local wanted = count.wanted
  for _, group in ipairs(self.live:counted(wanted.appId, wanted.region, wanted.status)) do
    if schema.terminal[group.status] then
      group.last = math.maxinteger
      count.groups[#count.groups + 1] = group
    end
  end
  proceed(self, count)
end

function beginFirst(self)
  self.store:atRest(function() begin(self, self.counts[1]) end)
end

--- Count.
-- @tparam table self the service of the processes; `counts`, those under way
-- @tparam table wanted `appId`, `before`, maybe `region` and `status`, sets
-- @tparam function matches whether a process is one of them
-- @tparam function reply called with the integer, or with nil and a refusal
function counting.count(self, wanted, matches, reply)
  table.insert(self.counts, { wanted = wanted, matches = matches, reply = reply, groups = {},
    living = {}, total = 0 })
  if not self.counts[2] then beginFirst(self) end
end

return counting
