--- When to try again, and when not.
-- What may safely be repeated is; a create only when it provably never left, or when the user
-- says that the server honours idempotency keys.
-- @module hathora.retry

local core = require "hathora.core"

local retry = {}

--- Passing troubles of servers and what stands before them (RFC 9110, section 15).
local passing = { [408] = true, [429] = true, [500] = true, [502] = true, [503] = true,
  [504] = true }

--- A policy of its own from the option `retry`, the rest from another's.
function retry.policy(option, base)
  if option == nil then return base end
  local policy = {}
  for _, values in ipairs { base, option or { attempts = 1 } } do
    for name, value in pairs(values) do policy[name] = value end
  end
  return policy
end

--- A budget of retries, shared by all calls of an sdk, so that an outage does not multiply the
-- load: each retry takes one, each success gives a tenth back.
function retry.budget(size)
  return { left = size, size = size }
end

--- A success gives something back.
function retry.refund(budget)
  if budget.left < budget.size then budget.left = math.min(budget.size, budget.left + 0.1) end
end

local function isPassing(problem)
  if problem.statusCode then return passing[problem.statusCode] or false end
  return problem.name == "ConnectionError" or problem.name == "TimeoutError"
end

--- How long to wait before the next attempt.
-- @tparam table call
-- @tparam table budget
-- @tparam table problem what came of the last attempt
-- @tparam number retryAfter seconds the server asked for, 0 for none
-- @treturn[1] number seconds: full jitter below an exponential bound, never less than the
-- server's Retry-After
-- @treturn[2] nil when there shall be none
-- @treturn[2] string why
function retry.delay(call, budget, problem, retryAfter)
  local policy = call.policy
  if not isPassing(problem) then return nil, "it would fail again" end
  if not call.operation.idempotent and problem.sent ~= "no" and not policy.idempotencyKeys then
    return nil, "the server may have acted"
  end
  if call.attempts >= policy.attempts then return nil, "all attempts are used" end
  if budget.left < 1 then return nil, "the sdk's retry budget is used up" end
  local bound = math.min(policy.maxDelay, policy.initialDelay * 2 ^ (call.attempts - 1))
  local delay = math.max(core.random() * bound, retryAfter)
  if core.now() + delay >= call.deadline then return nil, "the deadline comes first" end
  budget.left = budget.left - 1
  return delay
end

return retry
