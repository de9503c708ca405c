--- Waiting for a process to get somewhere: look, wait a little longer each time, look again.
-- @module hathora.waiting

local attempt = require "hathora.attempt"
local core = require "hathora.core"
local errors = require "hathora.errors"
local schema = require "hathora.schema"

local waiting = {}

local status = schema.enums.ProcessStatus

local firstDelay, longestDelay, growth = 0.05, 2, 1.6

--- A process just created may not be known everywhere yet.
local unknownFor = 5

--- What can be waited for: by group, the operation that looks and the statuses that end it well.
-- A status we do not know is one on the way.
waiting.rows = {
  { group = "processesV2", name = "waitUntilRunning", look = "getProcessInfo",
    goals = { [status.Running] = true }, doc = "Wait until a process can be played on." },
  { group = "processesV2", name = "waitUntilStopped", look = "getProcessInfo",
    goals = { [status.Stopped] = true, [status.Failed] = true },
    doc = "Wait until a process is gone." },
}

local function look(call, sdk, delay, began, last)
  local ok, process, response = pcall(attempt.perform, call, sdk, delay)
  if ok then return process, response end
  if errors.is(process, "ApiError") and process.statusCode == 404
    and core.now() - began < unknownFor then return nil end
  if errors.is(process, "TimeoutError") then process.process = last end
  error(process, 0)
end

--- Carry a wait out.
-- @return the process, at one of the goals
-- @treturn table the response
-- @raise ProcessError when it ended otherwise; what looking raises
function waiting.perform(call, sdk)
  local began, delay, bound = core.now(), 0, firstDelay
  local process, response
  while true do
    process, response = look(call, sdk, delay, began, process)
    local now = process and process.status
    if call.goals[now] then return process, response end
    if schema.terminal[now] then
      error(errors.new("ProcessError", { process = process, operation = call.name,
        message = ("process %s is %s"):format(process.processId, now) }), 0)
    end
    delay = bound * (0.5 + core.random() / 2)
    bound = math.min(longestDelay, bound * growth)
    if core.now() + delay >= call.deadline then
      error(errors.new("TimeoutError", { process = process, operation = call.name, sent = "yes",
        message = ("process is still %s"):format(now or "unknown") }), 0)
    end
  end
end

return waiting
