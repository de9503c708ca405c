--- What a supervisor does by itself, between requests: takes up the processes of the host before
-- it, and records what the engine sees of them.
-- @module hathora.host.processes.watch

local loop = require "hathora.host.machine.loop"
local poll = require "hathora.host.poll"
local process = require "hathora.host.processes.view"
local schema = require "hathora.schema"

local lifecycle = {}

local Status = schema.enums.ProcessStatus

local retryInterval = 1

--- Milliseconds since 1970.
function lifecycle.now()
  return math.floor(poll.time() * 1000)
end

-- A row with what could not be recorded yet.
local function current(self, processId)
  local row = self.records:find(processId)
  for name, value in pairs(self.unsaved[processId] or {}) do row[name] = value end
  return row
end

-- Record what has happened. It has happened whether or not the records can be written now, so
-- they are tried again until they can.
local function note(self, processId, changes)
  local pending = self.unsaved[processId] or {}
  for name, value in pairs(changes) do pending[name] = value end
  local ok, problem = pcall(self.records.change, self.records, processId, pending)
  self.unsaved[processId] = not ok and pending or nil
  if ok then
    if pending.terminatedAt then self.engine:forget(current(self, processId)) end
    return
  end
  io.stderr:write("hathora-host: process ", processId, " is not recorded as it is now; trying ",
    "again: ", tostring(problem), "\n")
  self.loop:after(retryInterval, function()
    if self.unsaved[processId] and self.records then note(self, processId, {}) end
  end)
end

--- Give a process' ports back, gone since so many seconds.
function lifecycle:releasePorts(ports, since)
  for _, port in ipairs(ports) do self.ledger:release(port.port, since) end
end

--- Fail a process if it is not reachable by its app's deadline.
function lifecycle:setDeadline(row)
  local app = self.apps[row.appId]
  if not app or row.startedAt or row.stoppingAt then return end
  local passed = (self.now() - row.createdAt) / 1000
  self.deadlines[row.processId] = self.loop:after(app.startDeadline - passed, function()
    -- Not to see that it is ready is no reason to end it.
    if self.engine:isBlind(row) then
      self.deadlines[row.processId] = self.loop:after(retryInterval, function()
        self:setDeadline(row)
      end)
      return
    end
    local port = process.unpackPorts(row.ports)[1]
    local excuse = self.engine:excuse(row)
    note(self, row.processId, {
      status = Status.Stopping, stoppingAt = self.now(),
      reason = ("it had not bound its %s port %d after %g seconds"):format(port.transportType,
        port.port, app.startDeadline) .. (excuse and ": " .. excuse or ""),
    })
    self.engine:stop(row)
  end)
end

local function clearDeadline(self, processId)
  if self.deadlines[processId] then self.deadlines[processId]:cancel() end
  self.deadlines[processId] = nil
end

local function watchIdle(self, row)
  local app = self.apps[row.appId]
  if app and app.idleTimeout then
    self.idle:add(row.processId, process.unpackPorts(row.ports), app.idleTimeout)
  end
end

--- The engine: a process can be reached, now and on this machine unless `facts` say otherwise
-- (`startedAt`, Unix seconds; `host`; `node`).
function lifecycle:onReady(processId, facts)
  local row = current(self, processId)
  facts = facts or {}
  clearDeadline(self, processId)
  if row.startedAt or row.stoppingAt then return end
  note(self, processId, {
    startedAt = facts.startedAt and math.floor(facts.startedAt * 1000) or self.now(),
    status = row.status == Status.Starting and Status.Running or nil,
    host = facts.host, node = facts.node,
  })
  watchIdle(self, row)
end

--- No one has been connected to a process for too long.
function lifecycle:onIdle(processId)
  local row = current(self, processId)
  if row.stoppingAt then return end
  note(self, processId, { status = Status.Stopping, stoppingAt = self.now() })
  self.engine:stop(row)
end

-- Why a process failed, or nil when it did not.
local function failure(row, outcome)
  if row.reason or outcome.lost then return row.reason or outcome.lost end
  if row.stoppingAt or outcome.exitCode == 0 then return nil end
  if outcome.error then return outcome.error end
  if outcome.exitCode then return "it exited with status " .. outcome.exitCode end
  if outcome.signal then return "it was ended by signal " .. outcome.signal end
  return "it ended while no one watched"
end

-- A process whose start was recorded but never carried out is started now. Until it can be, it
-- is tried again; its deadline ends that.
local function carryOn(self, row)
  local app = self.apps[row.appId]
  if not app then return false end
  local facts, problem = self.engine:prepare(row, app)
  if facts then
    local ok
    ok, problem = pcall(self.records.change, self.records, row.processId, facts)
    if ok then
      for name, value in pairs(facts) do row[name] = value end
      self.engine:start(row)
      return true
    end
    self.engine:discard(row)
  end
  io.stderr:write("hathora-host: process ", row.processId, " cannot be started yet: ",
    tostring(problem), "\n")
  self.loop:after(retryInterval, function()
    if self.records then self:onEnd(row.processId, { at = poll.time(), unstarted = true }) end
  end)
  return true
end

--- The engine: a process and all of its tree are gone.
function lifecycle:onEnd(processId, outcome)
  local row = current(self, processId)
  if row.terminatedAt then return end
  if outcome.unstarted and not row.stoppingAt and carryOn(self, row) then return end
  clearDeadline(self, processId)
  self.idle:remove(processId)
  if outcome.unstarted and not row.stoppingAt then outcome.error = "its app is not configured" end
  local reason = failure(row, outcome)
  note(self, processId, {
    status = reason and Status.Failed or Status.Stopped, terminatedAt = outcome.at * 1000 // 1 | 0,
    exitCode = outcome.exitCode, signal = outcome.signal, reason = reason,
  })
  self:releasePorts(process.unpackPorts(row.ports), poll.time() - outcome.at)
  self.logs:onEnd(processId)
end

--- Take up what the host before this one left: live processes are held again, and what was
-- recorded of them but not carried out is.
function lifecycle:resume()
  local since = self.now() - self.portQuarantine * 1000
  for _, row in ipairs(self.records:endedSince(since)) do
    self:releasePorts(process.unpackPorts(row.ports), (self.now() - row.terminatedAt) / 1000)
  end
  -- What an engine has, the records may have lost; what is over, it need not keep.
  for _, row in ipairs(self.engine:found()) do
    local known = self.records:find(row.processId)
    if not known then
      row.status = Status.Starting
      self.records:insert(row)
    elseif known.terminatedAt then
      self.engine:forget(known)
    end
  end
  for _, row in ipairs(self.records:live()) do
    for _, port in ipairs(process.unpackPorts(row.ports)) do self.ledger:hold(port.port) end
    self.engine:adopt(row)
    if row.stoppingAt then
      self.engine:stop(row)
    else
      self:setDeadline(row)
      if row.startedAt then watchIdle(self, row) end
    end
  end
end

local function stopAll(self)
  local last = loop.now()
  for _, row in ipairs(self.records:live()) do
    local app = self.apps[row.appId]
    last = math.max(last, loop.now() + (app and app.stopGrace or 0) + retryInterval)
    self.engine:stop(row)
  end
  while self.records:live()[1] and loop.now() < last do self.loop:step(last - loop.now()) end
end

--- Let go of everything. With a directory, games live on; without one, they are stopped first.
function lifecycle:close()
  if not self.records then return end
  if not self.durable then stopAll(self) end
  self.idle:close()
  self.logs:close()
  for processId in pairs(self.deadlines) do clearDeadline(self, processId) end
  self.engine:close()
  self.records:close()
  self.directory:close()
  self.records = nil
end

return lifecycle
