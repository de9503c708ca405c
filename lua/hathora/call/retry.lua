--- When to try again, and when not.
-- What may safely be repeated is; a create only when it provably never left, or when the user
-- says that the server honours idempotency keys.
-- @module hathora.call.retry

local core = require "hathora.core"

local retry = {}

--- Transient failures of servers and what stands before them (RFC 9110, section 15).
local transient = { [408] = true, [429] = true, [500] = true, [502] = true, [503] = true,
  [504] = true }

--- A policy from the option `retry`; what it leaves out comes from `base`.
function retry.policy(option, base)
  local policy = {}
  for name, value in pairs(base) do policy[name] = value end
  for name, value in pairs(option or {}) do policy[name] = value end
  if option == false then policy.attempts = 1 end
  return policy
end

--- A budget of retries, shared by all calls of an sdk, so that an outage does not multiply the
-- load: each retry takes one, each success gives a tenth back.
function retry.budget(size)
  local tenths = 10.0 * size -- not an integer: no size is too large
  return { tenths = tenths, most = tenths, successes = 0 }
end

local function refund(budget, successes)
  budget.tenths = math.min(budget.most, budget.tenths + successes - budget.successes)
  budget.successes = successes
end

local function isTransient(problem)
  if problem.statusCode then return transient[problem.statusCode] or false end
  return problem.name == "ConnectionError" or problem.name == "TimeoutError"
end

-- Seconds the server asked for, 0 for none.
local function retryAfter(call)
  local asked = call.retryAfter
  return asked > 0 and asked or math.max(0, tonumber(call.headers["retry-after"]) or 0)
end

--- How long to wait before the next attempt.
-- @tparam table state the sdk's
-- @tparam hathora.call call
-- @tparam table problem what came of the last attempt
-- @treturn[1] number seconds: full jitter below an exponential bound, never less than the
-- server's Retry-After
-- @treturn[2] nil when there shall be none
function retry.delay(state, call, problem)
  local more = call.more
  local policy, budget = more and more.policy or state.policy, state.budget
  if not isTransient(problem) then return nil end
  -- The server may have acted.
  if not call.idempotent and call.sent ~= "no" and not policy.idempotencyKeys then return nil end
  if call.delivered then return nil end -- it would come again
  if call.attempts >= policy.attempts then return nil end
  refund(budget, state.core:successes())
  if budget.tenths < 10 then return nil end
  local bound = math.min(policy.maxDelay, policy.initialDelay * 2 ^ (call.attempts - 1))
  local delay = math.max(core.random() * bound, retryAfter(call))
  if delay >= call.timeLeft then return nil end
  budget.tenths = budget.tenths - 10
  return delay
end

return retry
