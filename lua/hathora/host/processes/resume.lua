--- Takes up what the host before this one left: live processes are held again, and what was
-- recorded of them but not carried out is.
-- @module hathora.host.processes.resume

local loops = require "hathora.host.machine.loop"
local report = require "hathora.host.machine.report"
local schema = require "hathora.schema"
local watch = require "hathora.host.processes.watch"

local Status = schema.enums.ProcessStatus

local retryInterval = 1

local function restPorts(self)
  local now = self:uptime()
  for _, ended in ipairs(self.store.processes:endedInBoot(self.bootId,
    now - math.floor(self.ledger.quarantine * 1000))) do
    self.ledger:releaseOf(ended, (now - ended.terminatedUptime) / 1000)
  end
end

-- What an engine has, the store may have lost; what is over, the engine need not keep.
local function findLost(self, rows)
  local lost = {}
  for _, process in ipairs(rows) do
    local known = self.live.byId[process.processId] or self.launching.byId[process.processId]
      or self.store.processes:find(process.processId)
    if not known then
      self.number = self.number + 1
      process.number, process.status = self.number, process.status or Status.Starting
      process.foundAt = self:now()
      lost[#lost + 1] = process
    elseif known.terminatedAt then
      self.engine:cleanUp(known)
    end
  end
  return lost
end

local function insertAll(self, rows)
  for _, process in ipairs(rows) do self.store.processes:insert(process) end
end

-- The store has those that it had lost.
local function add(self, lost)
  for _, process in ipairs(lost) do
    self.live:tally(process, 1)
    self.live:add(process)
    self.events:emit("found", process)
  end
end

local function adopt(self, process)
  self.ledger:holdOf(process)
  loops.guarded(self.engine.adopt, self.engine, process)
  if process.stoppingAt then
    loops.guarded(self.engine.stop, self.engine, process)
  else
    watch.setDeadline(self, process, true)
  end
  self.events:emit("resumed", process)
end

local resume = {}

--- Adopt every process that there is when the host starts.
-- @tparam table self the service
-- @raise text when the store fails
function resume.all(self)
  restPorts(self)
  local lost = findLost(self, self.engine:recoverable())
  self.store:transaction(insertAll, self, lost)
  add(self, lost)
  local newestFirst = self.live:list()
  for index = #newestFirst, 1, -1 do adopt(self, newestFirst[index]) end
  self.directory:removeStrays(function(processId)
    return self.live.byId[processId] or self.store.processes:find(processId)
  end)
end

--- Adopt processes that an engine could not name when the host started.
-- @tparam table self the service
-- @tparam {table,...} rows
function resume.found(self, rows)
  local function retry(problem)
    report("processes that Docker has cannot be recorded; trying again", problem)
    self.loop:after(retryInterval, function()
      if not self.isClosed then resume.found(self, rows) end
    end)
  end
  local ok, lost = pcall(findLost, self, rows)
  if not ok then return retry(lost) end
  self.store:write(function() insertAll(self, lost) end, function(problem)
    if problem then return retry(problem) end
    add(self, lost)
    for _, process in ipairs(lost) do adopt(self, process) end
  end)
end

return resume
