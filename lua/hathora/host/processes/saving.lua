--- Writes what changes in processes through to the store, each process once a transaction, and
-- remembers what could not be written until it is: a process's `unsaved` has the columns that the
-- disk has not yet, each with the number of its last change.
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
  return setmetatable({ service = service, failed = {}, number = 0 }, Saving)
end

-- What changed no later than that is on the disk.
local function strike(process, number)
  for name, changed in pairs(process.unsaved) do
    if changed <= number then process.unsaved[name] = nil end
  end
  if not next(process.unsaved) then process.unsaved = nil end
end

-- What has ended is in memory until the store has it.
local function saved(self, process, number)
  if not process.unsaved then return end
  strike(process, number)
  if process.unsaved then return end
  self.failed[process] = nil
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
  if process.isToBeSaved then return end
  process.isToBeSaved = true
  local store, number = self.service.store, nil
  store:write(function()
    process.isToBeSaved, number = nil, self.number
    if process.unsaved then store.processes:update(process, process.unsaved) end
  end, function(problem)
    if not number then process.isToBeSaved = nil end -- the transaction could not be begun
    if problem then keepTrying(self, process, problem) else saved(self, process, number) end
  end)
end

--- Some of a process has changed.
-- @tparam table process
-- @tparam table changes by name
function Saving:add(process, changes)
  local unsaved = process.unsaved or {}
  self.number = self.number + 1
  for name in pairs(changes) do
    if columns[name] then unsaved[name] = self.number end
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
