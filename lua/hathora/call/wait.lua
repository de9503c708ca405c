--- Waiting for a process to get somewhere: look, wait a little longer each time, look again; the
-- last look is at the deadline.
-- @module hathora.call.wait

local core = require "hathora.core"
local schema = require "hathora.schema"

local wait = {}

local firstDelay, longestDelay, growth = 0.05, 2, 1.6

--- How long the last look may take, and what is too short before it for another look.
local lastLook, closest = 1, 0.1

--- A process just created may not be known everywhere yet.
local unknownFor = 5

--- What can be waited for: by group, the operation that looks and the statuses that end it well.
-- A status we do not know is one on the way.
wait.rows = {
  { group = "processesV2", name = "waitUntilRunning", look = "getProcessInfo",
    goals = { running = true }, doc = "Wait until a process can be played on." },
  { group = "processesV2", name = "waitUntilStopped", look = "getProcessInfo",
    goals = { stopped = true, failed = true }, doc = "Wait until a process is gone." },
}

--- What a call keeps that waits: its row, and how far it has got.
function wait.new(row, timeout)
  local now = core.now()
  return { row = row, began = now, deadline = now + timeout, bound = firstDelay }
end

-- The seconds until the next look, and how long it may take from now.
local function plan(self)
  local left = self.deadline - core.now()
  local delay = self.bound * (0.5 + core.random() / 2)
  self.bound = math.min(longestDelay, self.bound * growth)
  if delay < left - closest then return delay, left end
  self.isLast = true
  return math.max(0, left), math.max(0, left) + lastLook
end

local function giveUp(state, call, self, conclude)
  local process = self.process
  conclude.fail(state, call, conclude.problemOf(state, call, "TimeoutError", { process = process,
    message = ("process is still %s"):format(process and process.status or "unknown") }))
end

local function lookAgain(state, call, self, conclude)
  if self.isLast then return giveUp(state, call, self, conclude) end
  local delay, timeout = plan(self)
  local problem = state.credentials.refresh(state.core, core.row(call).security)
  if problem then
    return conclude.fail(state, call, conclude.problemOf(state, call, problem.name,
      { message = problem.message }))
  end
  state.core:look(call, delay, timeout)
end

--- A look has shown a process.
function wait.answered(state, call, process, conclude)
  local self = call.more.wait
  self.process = process
  local status = process.status
  if self.row.goals[status] then
    core.settle(call)
    return conclude.done(state, call)
  end
  if schema.terminal[status] then
    return conclude.fail(state, call, conclude.problemOf(state, call, "ProcessError",
      { process = process, message = ("process %s is %s"):format(process.processId, status) }))
  end
  lookAgain(state, call, self, conclude)
end

--- A look has failed, for good.
function wait.failed(state, call, problem, conclude)
  local self = call.more.wait
  if problem.name == "ApiError" and problem.statusCode == 404
    and core.now() - self.began < unknownFor then
    return lookAgain(state, call, self, conclude)
  end
  if problem.name == "TimeoutError" then problem.process = self.process end
  conclude.fail(state, call, problem)
end

return wait
