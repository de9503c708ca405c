--- The processes in memory, one table each: all that live, and those whose end could not be written
-- yet. Found by id and by idempotency key, listed the newest first, and counted; with them those
-- that ended are counted, so that to count nothing need be read.
-- @module hathora.host.processes.live

local sequences = require "hathora.host.machine.sequence"

local live = {}

local Live = {}
Live.__index = Live

local function slot(parent, key)
  local child = parent[key] or {}
  parent[key] = child
  return child
end

--- Make an empty one.
function live.new()
  return setmetatable({ byId = {}, byKey = {}, all = sequences.new(), apps = {}, counts = {} },
    Live)
end

--- Count processes.
-- @tparam table which `appId`, `region`, `status`
-- @tparam integer number may be negative
function Live:tally(which, number)
  local statuses = slot(slot(self.counts, which.appId), which.region)
  statuses[which.status] = (statuses[which.status] or 0) + number
end

--- Add a process, the newest yet.
function Live:add(process)
  self.byId[process.processId] = process
  if process.idempotencyKey then self.byKey[process.idempotencyKey] = process end
  self.all:append(process)
  self.apps[process.appId] = self.apps[process.appId] or sequences.new()
  self.apps[process.appId]:append(process)
end

--- Remove a process: its end is written. It is still counted.
function Live:remove(process)
  self.byId[process.processId] = nil
  if process.idempotencyKey then self.byKey[process.idempotencyKey] = nil end
  self.all:remove(process)
  self.apps[process.appId]:remove(process)
end

local none = sequences.new()

--- Go through them, the newest first.
-- @tparam[opt] string appId only this app's
function Live:newest(appId)
  return (appId == nil and self.all or self.apps[appId] or none):backwards()
end

--- The same as a list of its own, to change them by.
function Live:list(appId)
  local list = {}
  for process in self:newest(appId) do list[#list + 1] = process end
  return list
end

--- The counts of an app, by region and status.
-- @tparam string appId
-- @tparam ?table regions a set, or nil for any
-- @tparam ?table statuses the same
-- @treturn {table,...} `region`, `status`, `count`; what there is none of is left out
function Live:counted(appId, regions, statuses)
  local found = {}
  for region, counts in pairs(self.counts[appId] or {}) do
    for status, count in pairs(counts) do
      if count > 0 and (not regions or regions[region]) and (not statuses or statuses[status]) then
        found[#found + 1] = { region = region, status = status, count = count }
      end
    end
  end
  return found
end

return live
