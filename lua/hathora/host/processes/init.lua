--- The service that owns the processes. What lives is in memory, one table a process, which the
-- engine holds too; `set` alone changes it. What it changes is written in the store's next
-- transaction; what cannot be written is served from memory, and tried again. What has ended is
-- read from the store.
--
--     processes:create(wanted, reply)      reply(process) once it is recorded, or
--                                          reply(nil, refusal). wanted: appId, region,
--                                          idempotencyKey; `variables`, more of them for the game;
--                                          `record(process)`, to write with it, all or nothing
--     processes:find { processId =, appId = }                  -> process | nil, refusal
--     processes:list { appId =, region =, status =, before =, limit = }
--                                          -> processes, the newest first
--     processes:count { appId =, region =, status = }          -> integer
--     processes:countBefore({ appId =, region =, status =, before = }, reply)
--     processes:stop(wanted), processes:drain(wanted)          -> true | nil, refusal
--     processes:log(process)                                   -> log | nil, refusal
--     processes:set(process, changes)      its columns in the store, and what else its table holds
--     processes:show(process)              as the API's ProcessV2, kept until it changes
--     processes:on(event, f)               f(process) when it was created, is ready, has ended, was
--                                          resumed or changed in any way; or, with its row, when it
--                                          was removed from the store; on "ended" with one of
--                                          `causes` in hathora.host.processes.watch, too
--     processes:on("found", f)             f(process) when it runs and the store had lost it
--     processes:on("refused", f)           f(appId, refusal) when a create of an app was refused
--     processes:resume()                   once all who listen do: take up what runs already
--
-- A process's table has the columns of `hathora.host.store.processes`, `roomsAllocated`, and
-- `variables`, which whoever created it with some gives it again before `resume`. No change is
-- answered before it is written: whoever finds or shows a changed process sets the store's
-- `isAhead`.
-- @module hathora.host.processes

local counting = require "hathora.host.processes.counting"
local events = require "hathora.host.processes.events"
local findApp = require "hathora.host.processes.app"
local failpoint = require "hathora.host.failpoint"
local kept = require "hathora.host.kept"
local launch = require "hathora.host.processes.launch"
local live = require "hathora.host.processes.live"
local logfile = require "hathora.host.machine.logfile"
local loops = require "hathora.host.machine.loop"
local poll = require "hathora.host.poll"
local refusal = require "hathora.host.processes.refusal"
local resume = require "hathora.host.processes.resume"
local saving = require "hathora.host.processes.saving"
local schema = require "hathora.schema"
local view = require "hathora.host.processes.view"
local watch = require "hathora.host.processes.watch"

local processes = {}

local Status = schema.enums.ProcessStatus

-- Seconds that a stop waits for its record.
local patience = 5

-- Rooms of processes that are removed in one turn of the loop.
local maxRooms = 100

local Processes = {}
Processes.__index = Processes

--- Make the service, of what lives according to the store.
-- @tparam table parts `loop`, `directory`, `store`, `engine`, `ledger` (of ports); `config`,
-- complete; `bootId`; `time`, a clock that says Unix seconds, unless it is the machine's
-- @raise text when the store cannot be read
function processes.new(parts)
  local self = setmetatable({
    loop = parts.loop, directory = parts.directory, store = parts.store, engine = parts.engine,
    ledger = parts.ledger, apps = parts.config.apps, hostname = parts.config.hostname,
    bootId = parts.bootId, time = parts.time or poll.time,
    live = live.new(), events = events.new(), launching = launch.new(), counts = {},
  }, Processes)
  self.saving = saving.new(self)
  self.number = self.store.processes:lastNumber()
  for _, counted in ipairs(self.store.processes:counts()) do
    self.live:tally(counted, counted.count)
  end
  for _, process in ipairs(self.store.processes:live()) do self.live:add(process) end
  return self
end

--- Milliseconds since 1970.
function Processes:now() return math.floor(self.time() * 1000) end

--- Milliseconds since the machine was started.
function Processes.uptime() return math.floor(loops.now() * 1000) end

--- Have a function called with the process at each event of a name.
function Processes:on(event, callback) self.events:on(event, callback) end

--- Change a process: the only way that it changes.
-- @tparam table process
-- @tparam table changes values by name
function Processes:set(process, changes)
  self.live:tally(process, -1)
  for name, value in pairs(changes) do process[name] = value end
  self.live:tally(process, 1)
  process.shown = nil
  self.saving:add(process, changes)
  self.events:emit("changed", process)
end

--- An app of the configuration: see `hathora.host.processes.app`.
Processes.app = findApp

--- May a process write to its log from now on?
function Processes:mayWrite(processId)
  local process = self.live.byId[processId] or self.launching.byId[processId]
  return process ~= nil and not process.terminatedAt
end

--- A process is about to be shown, as it is in memory.
-- @treturn table the same process
function Processes:disclose(process)
  if process.unsaved then self.store.isAhead = true end
  return process
end

--- Find a process.
-- @tparam table wanted `processId`, and `appId` if it must be of that app
-- @treturn[1] table its own table while it lives, else its row in the store
-- @treturn[2] nil
-- @treturn[2] table refusal
function Processes:find(wanted)
  local process, problem = self.live.byId[wanted.processId], nil
  if not process and not self.launching.byId[wanted.processId] then
    process, problem = refusal.attempt(self.store.processes.find, self.store.processes,
      wanted.processId)
  end
  if problem then return nil, problem end
  if process and process.appId == (wanted.appId or process.appId) then
    return self:disclose(process)
  end
  if not wanted.appId then
    return nil, refusal.notFound("there is no process %q", wanted.processId)
  end
  return nil, refusal.notFound("app %q has no process %q", wanted.appId, wanted.processId)
end

local function matches(process, wanted)
  return (not wanted.before or process.createdAt < wanted.before)
    and (not wanted.region or wanted.region[process.region])
    and (not wanted.status or wanted.status[process.status])
end

local function listLive(self, wanted)
  local found = {}
  for process in self.live:newest(wanted.appId) do
    if #found == wanted.limit then break end
    if matches(process, wanted) then found[#found + 1] = process end
  end
  return found
end

local function endedAs(store, wanted, counted)
  if wanted.before then
    return store:endedBefore(wanted.appId, counted.status, counted.region, wanted.before,
      wanted.limit)
  end
  return store:ended(wanted.appId, counted.status, counted.region, wanted.limit)
end

-- Of each region and status that there are any of: each is a short walk along an index. One whose
-- end has just been written is still among the live.
local function addEnded(self, found, wanted)
  for _, counted in ipairs(self.live:counted(wanted.appId, wanted.region, wanted.status)) do
    if schema.terminal[counted.status] then
      for _, row in ipairs(endedAs(self.store.processes, wanted, counted)) do
        if not self.live.byId[row.processId] then found[#found + 1] = row end
      end
    end
  end
end

--- The processes of an app created last, the newest first.
-- @tparam table wanted `appId`; `region` and `status`, sets, or nil for any; `before`, milliseconds
-- since 1970, if only those created before then; `limit`
-- @treturn[1] {table,...} processes
-- @treturn[2] nil
-- @treturn[2] table refusal
function Processes:list(wanted)
  local app, problem = self:app(wanted.appId)
  if not app then return nil, problem end
  local found = listLive(self, wanted)
  problem = select(2, refusal.attempt(addEnded, self, found, wanted))
  if problem then return nil, problem end
  table.sort(found, function(a, b) return a.number > b.number end)
  return table.move(found, 1, math.min(#found, wanted.limit), 1, {})
end

--- How many processes of an app match.
-- @tparam table wanted as for `list`
-- @treturn[1] integer
-- @treturn[2] nil
-- @treturn[2] table refusal
function Processes:count(wanted)
  local app, problem = self:app(wanted.appId)
  if not app then return nil, problem end
  local total = 0
  for _, counted in ipairs(self.live:counted(wanted.appId, wanted.region, wanted.status)) do
    total = total + counted.count
  end
  return total
end

--- How many processes of an app match that were created before a time: so many in each turn of the
-- loop, for they are in the store.
-- @tparam table wanted as for `list`
-- @tparam function reply called with the integer, or with nil and a refusal
function Processes:countBefore(wanted, reply)
  local app, problem = self:app(wanted.appId)
  if not app then return reply(nil, problem) end
  counting.count(self, wanted, matches, reply)
end

--- A process as the API's ProcessV2. The table is kept until the process changes: leave it be.
function Processes:show(process)
  self:disclose(process)
  process.shown = process.shown or kept.keep(view.show(process, self.hostname))
  return process.shown
end

--- Why a process ended as it did, or does not run yet, in words for its operator.
-- @treturn ?string
function Processes:reason(process)
  return process.reason
    or process.status == Status.Starting and self.engine:pendingReason(process) or nil
end

--- Create a process: see the head of this file, and `hathora.host.processes.launch`.
Processes.create = launch.create

--- End a process: its stop is recorded if it can be, and then carried out whether or not; or as
-- soon as the disk has been silent for long.
-- @tparam table process one that lives
-- @tparam[opt] string reason why, if that makes it a failure
function Processes:halt(process, reason)
  self:set(process, { status = Status.Stopping, stoppingAt = self:now(), reason = reason })
  local timer
  local function carryOut()
    timer:cancel()
    if process.isHalted or process.terminatedAt then return end
    process.isHalted = true
    self.engine:stop(process)
  end
  timer = self.loop:after(patience, carryOut)
  self.store:write(nil, function()
    failpoint "stopRecorded"
    carryOut()
  end)
end

local function isEnding(process) return process.stoppingAt or process.terminatedAt end

--- Stop a process. Twice does no harm.
-- @tparam table wanted as for `find`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table refusal
function Processes:stop(wanted)
  local process, problem = self:find(wanted)
  if not process then return nil, problem end
  if not isEnding(process) then self:halt(process) end
  return true
end

--- Let a process take no new rooms; its players play on. Twice does no harm.
-- @return as `stop`
function Processes:drain(wanted)
  local process, problem = self:find(wanted)
  if not process then return nil, problem end
  if not isEnding(process) then self:set(process, { status = Status.Draining }) end
  return true
end

--- Seconds since a process was created.
Processes.age = watch.age

--- Open a process's log.
-- @tparam table process from `find`
-- @treturn[1] table see `hathora.host.machine.logfile`; the caller closes it
-- @treturn[2] nil
-- @treturn[2] table refusal
function Processes:log(process)
  local opened = logfile.open(self.directory:log(process.processId))
  if opened then return opened end
  return nil, refusal.gone("the log of process %q is not kept any more", process.processId)
end

--- The engine: a process can be reached.
Processes.onReady = watch.onReady
--- The engine: a process and all of its tree are gone.
Processes.onEnd = watch.onEnd

--- The engine: it has processes that it could not see when the host began.
Processes.onFound = resume.found

--- Take up what the host before this one left.
-- @raise text when the store fails
Processes.resume = resume.all

--- How many processes of all apps have ended, and are in the store.
function Processes:countEnded()
  local total = 0
  for appId in pairs(self.live.counts) do
    for _, counted in ipairs(self.live:counted(appId, nil, schema.terminal)) do
      total = total + counted.count
    end
  end
  return total
end

--- Remove from the store those that ended first; before them their rooms, of which one may have
-- thousands.
-- @tparam integer before only what ended before this time, in milliseconds since 1970
-- @tparam integer limit
-- @tparam function reply called with how many, and true while there are more rooms to be removed
-- first; or with nil and why not
function Processes:removeEnded(before, limit, reply)
  local removed, isMore
  self.store:write(function()
    isMore = self.store.rooms:removeOfEnded(before, limit, maxRooms) == maxRooms
    removed = isMore and {} or self.store.processes:remove(before, limit)
  end, function(problem)
    if problem then return reply(nil, problem) end
    for _, process in ipairs(removed) do
      self.live:tally(process, -1)
      self.events:emit("removed", process)
    end
    reply(#removed, isMore)
  end)
end

--- Stop what lives and see it end, or as much of it as ends within its app's grace.
function Processes:stopAll()
  local last = loops.now()
  for _, process in ipairs(self.live:list()) do
    local app = self.apps[process.appId]
    last = math.max(last, loops.now() + (app and app.stopGrace or 0) + 1)
    self:stop(process)
  end
  while self.live.all.size > 0 and loops.now() < last do self.loop:step(last - loops.now()) end
end

--- Write what is to be written, and do nothing more.
function Processes:close()
  self.store:flush()
  self.isClosed = true
  self.saving:close()
  for _, process in ipairs(self.live:list()) do watch.clearDeadline(process) end
end

return processes
