--- Waiting for a status: poll, wait a little longer each time, poll again; the last poll is at the
-- deadline.
-- @module hathora.call.wait

local core = require "hathora.core"
local schema = require "hathora.schema"

local wait = {}

local firstDelay, maxDelay, growth = 0.05, 2, 1.6

--- How long the last poll may take, and what is too short before it for another.
local lastPoll, closest = 1, 0.1

--- What was just created may not be known everywhere yet.
local unknownFor = 5

local function running(group, polled)
  return { group = group, name = "waitUntilRunning", polled = polled, goals = { running = true },
    subject = "process", id = "processId", failure = "ProcessError",
    doc = "Wait until players can connect to a process." }
end

local function stopped(group, polled)
  return { group = group, name = "waitUntilStopped", polled = polled,
    goals = { stopped = true, failed = true }, subject = "process", id = "processId",
    failure = "ProcessError", doc = "Wait until a process has ended." }
end

--- What can be waited for: by group, the operation that is polled, the statuses that end the wait
-- well, and what is waited for: its name in errors, its id's, and the error when it ends otherwise.
-- A process ends by its status; a room has ended when it was seen and is not found any more. An
-- unknown status is one on the way.
wait.rows = {
  running("processesV2", "getProcessInfo"), stopped("processesV2", "getProcessInfo"),
  running("processesV3", "getProcess"), stopped("processesV3", "getProcess"),
  { group = "roomsV2", name = "waitUntilActive", polled = "getConnectionInfo",
    goals = { active = true }, subject = "room", id = "roomId", failure = "RoomError",
    vanishes = true, doc = "Wait until players can connect to a room." },
}

--- What a call keeps that waits: its row, and how far it has got.
function wait.new(row, timeout)
  local now = core.now()
  return { row = row, began = now, deadline = now + timeout, bound = firstDelay }
end

-- The seconds until the next poll, and how long it may take from now.
local function plan(self)
  local left = self.deadline - core.now()
  local delay = self.bound * (0.5 + core.random() / 2)
  self.bound = math.min(maxDelay, self.bound * growth)
  if delay < left - closest then return delay, left end
  self.isLast = true
  return math.max(0, left), math.max(0, left) + lastPoll
end

-- End a wait with an error that has what was waited for as last seen.
local function fail(state, call, self, conclude, name, message)
  conclude.fail(state, call, conclude.problemOf(state, call, name,
    { message = message, [self.row.subject] = self.seen }))
end

local function giveUp(state, call, self, conclude)
  fail(state, call, self, conclude, "TimeoutError", ("the %s is still %s"):format(
    self.row.subject, self.seen and self.seen.status or "unknown"))
end

-- Returns true when the call is sent again.
local function pollAgain(state, call, self, conclude)
  if self.isLast then return giveUp(state, call, self, conclude) end
  local delay, timeout = plan(self)
  local problem = state.credentials.refresh(state.core, core.row(call).security)
  if conclude.isOver(state, call) then return end -- by the user's securitySource
  if problem then
    return conclude.fail(state, call, conclude.problemOf(state, call, problem.name,
      { message = problem.message }))
  end
  state.core:poll(call, delay, timeout)
  return true
end

local function failEnded(state, call, self, conclude, status)
  fail(state, call, self, conclude, self.row.failure, ("%s %s %s"):format(self.row.subject,
    self.seen[self.row.id], status))
end

--- A poll has shown what is waited for. Returns true when the call is sent again.
function wait.answered(state, call, seen, conclude)
  local self = call.more.wait
  self.seen = seen
  if self.row.goals[seen.status] then
    if core.settle(call) then conclude.finish(state, call) end
    return
  end
  if schema.terminal[seen.status] then
    return failEnded(state, call, self, conclude, "is " .. seen.status)
  end
  return pollAgain(state, call, self, conclude)
end

local function isNotFound(problem)
  return problem.name == "ApiError" and problem.statusCode == 404
end

--- A poll has failed, for good. Returns true when the call is sent again.
function wait.failed(state, call, problem, conclude)
  local self = call.more.wait
  if isNotFound(problem) and self.seen and self.row.vanishes then
    return failEnded(state, call, self, conclude, "has ended")
  end
  if isNotFound(problem) and core.now() - self.began < unknownFor then
    return pollAgain(state, call, self, conclude)
  end
  if problem.name == "TimeoutError" then problem[self.row.subject] = self.seen end
  conclude.fail(state, call, problem)
end

return wait
