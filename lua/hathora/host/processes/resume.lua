--- Takes up what the host before this one left: live processes are held again, and what was
-- recorded of them but not carried out is.
-- @module hathora.host.processes.resume

local loops = require "hathora.host.machine.loop"
local schema = require "hathora.schema"
local watch = require "hathora.host.processes.watch"

local Status = schema.enums.ProcessStatus

local function restPorts(self)
  local now = self:uptime()
  for _, ended in ipairs(self.store.processes:endedInBoot(self.bootId,
    now - math.floor(self.ledger.quarantine * 1000))) do
    self.ledger:releaseOf(ended, (now - ended.terminatedUptime) / 1000)
  end
end

-- What an engine has, the store may have lost; what is over, the engine need not keep.
local function takeUpFound(self)
  local lost = {}
  for _, process in ipairs(self.engine:found()) do
    local known = self.live.byId[process.processId]
      or self.store.processes:find(process.processId)
    if not known then
      self.number = self.number + 1
      process.number, process.status = self.number, process.status or Status.Starting
      lost[#lost + 1] = process
    elseif known.terminatedAt then
      self.engine:forget(known)
    end
  end
  self.store:transaction(function()
    for _, process in ipairs(lost) do self.store.processes:insert(process) end
  end)
  for _, process in ipairs(lost) do
    self.live:tally(process, 1)
    self.live:add(process)
  end
end

local function takeUp(self, process)
  self.ledger:holdOf(process)
  loops.guarded(self.engine.adopt, self.engine, process)
  if process.stoppingAt then
    loops.guarded(self.engine.stop, self.engine, process)
  else
    watch.setDeadline(self, process)
  end
  self.events:emit("resumed", process)
end

--- See `hathora.host.processes`.
-- @tparam table self the service
return function(self)
  restPorts(self)
  takeUpFound(self)
  local newestFirst = self.live:list()
  for index = #newestFirst, 1, -1 do takeUp(self, newestFirst[index]) end
  self.directory:removeStrays(function(processId)
    return self.live.byId[processId] or self.store.processes:find(processId)
  end)
end
