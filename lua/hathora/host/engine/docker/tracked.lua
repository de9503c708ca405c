--- What the engines on Docker's API have in common: which processes they hold, each in a state, how
-- they ask again until there is an answer, what labels hold, and logs.
-- @module hathora.host.engine.docker.tracked

local api = require "hathora.host.engine.docker.api"
local dockerLog = require "hathora.host.engine.docker.log"
local healths = require "hathora.host.engine.docker.health"
local identity = require "hathora.host.engine.identity"
local json = require "hathora.json"
local poll = require "hathora.host.poll"
local tether = require "hathora.host.engine.docker.tether"

local Tracked = {}

local retryInterval, firstLookTimeout, removals = 1, 5, 20
local labels = { host = "hathora.host", row = "hathora.process", tether = "hathora.tether" }

--- Make an engine's class.
-- @tparam table states what is to be done in a state about an event:
-- `states[state][event](engine, entry, ...)`; `enter` comes first
function Tracked.class(states)
  local class = setmetatable({ states = states }, { __index = Tracked })
  class.__index = class
  return class
end

--- Make an engine. Options as for `hathora.host.engine`.
-- @param class
-- @tparam table options
-- @tparam string name the engine's
function Tracked.new(class, options, name)
  local self = setmetatable({ held = {}, rows = {}, name = name }, class)
  for key, value in pairs(options) do self[key] = value end
  self.api = api.new(self.loop, self.docker)
  self:begin()
  return self
end

local function filterOf(label)
  return "filters=" .. api.escape(json.encode { label = json.list { label } })
end

--- The query that gives what is this host's alone.
function Tracked:filter() return filterOf(labels.host .. "=" .. self.directory.path) end

local function labelsOf(one) return one.Labels or one.Spec.Labels end

-- Take in what is ours. Until that is known, nothing is made.
local function learn(self, list)
  self.isKnown = true
  for _, one in ipairs(list) do
    local row = identity.read(labelsOf(one)[labels.row])
    if row and row.engine == self.name then self.rows[#self.rows + 1] = row end
  end
  self:removeUntethered()
  if self.health then self.onFound(self.rows) end
end

-- What is wrong with an answer to an inspection, if anything is.
local function judge(self, status, answer)
  if status ~= 200 then
    return ("Docker at %s does not answer: %s"):format(self.docker, self.message(answer))
  end
  if not self.isKnown then learn(self, answer) end
end

-- Nobody is served yet, so that what is there may be waited for; later, nothing is.
function Tracked:begin()
  local problem = judge(self, self.api:askNow("GET", self:list(self:filter()), firstLookTimeout))
  self.health = healths.new { loop = self.loop, problem = problem, ask = function(seconds, done)
    self.api:ask("GET", self.isKnown and "/_ping" or self:list(self:filter()), nil,
      function(...) if not self.closed then done(judge(self, ...)) end end, seconds)
  end }
end

-- Games of a host without a directory end with it; those of one that was killed, with the next.
function Tracked:removeUntethered()
  self.api:ask("GET", self:list(filterOf(labels.tether)), nil, function(status, answer)
    for _, one in ipairs(status == 200 and answer or {}) do
      local given = labelsOf(one)
      local row = identity.read(given[labels.row])
      if row and row.engine == self.name and tether.isGone(given[labels.tether]) then
        self:cleanUp(row.processId)
      end
    end
  end)
end

--- The rows that labels describe.
function Tracked:recoverable() return self.rows end

--- Say what an administrator should know.
function Tracked:describe() return self.health.problem end

--- Only Docker can say.
function Tracked.check() return true end

--- Nothing is there before it is recorded.
function Tracked:prepare()
  if self.health.problem then return nil, self.health.problem end
  return {}
end

--- Undo `prepare`.
function Tracked.discard() end

--- What a process is found again by.
function Tracked:labelsOf(row)
  return { [labels.host] = self.directory.path, [labels.row] = identity.write(self.name, row),
    [labels.tether] = self.tethered and tether.own() or nil }
end

--- The id of the process that labels are of.
function Tracked.processIdOf(given)
  local row = identity.read(given[labels.row])
  return row and row.processId or ""
end

--- What Docker said, in words.
function Tracked.message(answer)
  if type(answer) ~= "table" then return answer end
  return answer.message or json.encode(answer)
end

--- Hold a process, in one of the engine's states.
-- @tparam table row its own table, which says whether it is to be stopped (`stoppingAt`)
-- @tparam string state
function Tracked:hold(row, state)
  local entry = { row = row }
  self.held[row.processId] = entry
  self:enter(entry, state)
end

--- Is an entry held still?
function Tracked:holds(entry) return self.held[entry.row.processId] == entry end

--- Something has happened to a process: its state has what is to be done about that, or nothing.
function Tracked:dispatch(entry, event, ...)
  local act = self.states[entry.state][event]
  if act then act(self, entry, ...) end
end

--- A process comes into a state.
function Tracked:enter(entry, state, ...)
  entry.state = state
  self:dispatch(entry, "enter", ...)
end

--- Call back in a while, if the entry is held then.
function Tracked:after(entry, seconds, callback)
  self.loop:after(seconds, function()
    if self:holds(entry) then callback() end
  end)
end

local function openLog(self, processId)
  return dockerLog(self.directory:log(processId), self.directory:logMark(processId), self.logBytes)
end

-- What Docker refuses to make or to start, and is to be stopped by now, is not asked for any more.
local function isGivenUp(self, entry)
  return entry.refusal and entry.row.stoppingAt and self.states[entry.state].refused
end

--- Ask for something of a held process; without a sensible answer, again, until it is let go of.
-- What Docker said instead is its `refusal` meanwhile.
function Tracked:askUntilAnswered(entry, method, path, body, callback, seconds)
  local function again()
    if isGivenUp(self, entry) then return self:dispatch(entry, "refused") end
    self:askUntilAnswered(entry, method, path, body, callback, seconds)
  end
  self.api:ask(method, path, body, function(status, answer)
    if not self:holds(entry) then return end
    entry.refusal = status and status >= 500 and self.message(answer) or nil
    if status and status < 500 then return callback(status, answer) end
    self:after(entry, retryInterval, again)
  end, seconds)
end

--- Docker has nothing of a process that never began as far as is known. That is to be believed,
-- but when it is to be stopped that is its end, and the host before this one may have died with its
-- create under way: it is inspected once more, in the state `doubted`.
function Tracked:doubt(entry)
  if not entry.row.stoppingAt then return self:ended(entry, { unstarted = true }) end
  self:enter(entry, "doubted")
end

-- Docker that goes away is asked again.
local function follow(self, entry, path, done)
  entry.follower = self.api:follow(
    path .. "/logs?follow=1&stdout=1&stderr=1&timestamps=1&since=" .. entry.log:resume(),
    function(piece) entry.log:take(piece) end,
    function(status)
      if status then return done() end
      self:after(entry, retryInterval, function() follow(self, entry, path, done) end)
    end)
end

--- Keep what a process writes; `done` is called when Docker says that there is no more.
function Tracked:followLog(entry, path, done)
  entry.log = entry.log or openLog(self, entry.row.processId)
  follow(self, entry, path, done)
end

--- Let go of a process.
function Tracked:letGo(entry)
  self.held[entry.row.processId] = nil
  if entry.follower then self.api:cancel(entry.follower) end
  if entry.log then entry.log:close() end
end

--- Notify of how a process ended.
function Tracked:ended(entry, outcome)
  self:letGo(entry)
  outcome.at = outcome.at or poll.time()
  self.onEnd(entry.row.processId, outcome)
end

--- Start a process: what it runs in is made, unless it is there.
function Tracked:start(row)
  openLog(self, row.processId):close() -- empty until something is written
  self:hold(row, "creating")
end

--- Take hold of what an earlier host started.
function Tracked:adopt(row) self:hold(row, "adopted") end

--- Stop a process. What cannot be done now is done at the next inspection.
function Tracked:stop(row)
  local entry = self.held[row.processId]
  if entry then return self:dispatch(entry, "stop") end
  self.loop:after(0, function()
    if not self.closed then self.onEnd(row.processId, { at = poll.time(), unstarted = true }) end
  end)
end

--- The end of a process is recorded: what is left of it at a path goes.
function Tracked:cleanUpAt(path, processId)
  local entry = self.held[processId]
  if entry then self:letGo(entry) end
  os.remove(self.directory:logMark(processId))
  self:remove(path)
end

--- Remove what is left of a process; what Docker cannot do now, it is asked again.
function Tracked:remove(path, tries)
  self.api:ask("DELETE", path, nil, function(status)
    if status == 204 or status == 200 or status == 404 or (tries or 0) >= removals then return end
    self.loop:after(retryInterval, function()
      if not self.closed then self:remove(path, (tries or 0) + 1) end
    end)
  end)
end

--- Can it not be seen who is ready?
function Tracked:cannotObserve() return self.health.problem ~= nil end

--- Let go of every process.
function Tracked:close()
  self.closed = true
  self.health:close()
  for _, entry in pairs(self.held) do self:letGo(entry) end
  self.api:close()
end

return Tracked
