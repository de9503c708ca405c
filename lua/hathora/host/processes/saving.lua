--- Writes what changes in processes through to the store, each process once a turn of the loop, and
-- remembers what could not be written until it is.
-- @module hathora.host.processes.saving

local columns = require "hathora.host.store.processes".columns
local report = require "hathora.host.machine.report"

local saving = {}

local retryInterval, batch = 1, 500

local Saving = {}
Saving.__index = Saving

--- Make one.
-- @tparam table service with `loop`, `store`, `engine`, `live`
function saving.new(service)
  return setmetatable({ service = service, failed = {} }, Saving)
end

-- What has ended is in memory until the store has it.
local function saved(self, process)
  process.unsaved, self.failed[process] = nil, nil
  if not process.terminatedAt then return end
  self.service.live:remove(process)
  self.service.engine:cleanUp(process)
end

local function keepTrying(self, process, problem)
  self.failed[process] = true
  if self.timer then return end
  report("changes of processes cannot be recorded; trying again", problem)
  self.timer = self.service.loop:after(retryInterval, function() self:retry() end)
end

local function save(self, process)
  if process.isBeingSaved then return end
  process.isBeingSaved = true
  local store = self.service.store
  store:write(function() store.processes:update(process, process.unsaved) end, function(problem)
    process.isBeingSaved = nil
    if problem then keepTrying(self, process, problem) else saved(self, process) end
  end)
end

--- Some of a process has changed.
-- @tparam table process
-- @tparam table changes by name
function Saving:add(process, changes)
  local unsaved = process.unsaved or {}
  for name in pairs(changes) do
    if columns[name] then unsaved[name] = true end
  end
  if not next(unsaved) then return end
  process.unsaved = unsaved
  save(self, process)
end

--- Try again to write what could not be, so much at once.
function Saving:retry()
  self.timer = nil
  for _ = 1, batch do
    local process = next(self.failed)
    if not process then return end
    self.failed[process] = nil
    save(self, process)
  end
  self.timer = self.service.loop:after(0, function() self:retry() end)
end

--- Try no more.
function Saving:close()
  if self.timer then self.timer:cancel() end
end

return saving
