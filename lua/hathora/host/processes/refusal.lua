--- What the service refuses, and how a front should say so: `statusCode`, `message`, and
-- `retryAfter` in seconds when it may pass.
-- @module hathora.host.processes.refusal

local problem = {}

local retryAfter = 5

local function kind(statusCode, seconds)
  return function(message, ...)
    return { statusCode = statusCode, message = message:format(...), retryAfter = seconds }
  end
end

--- The request cannot be meant.
problem.malformed = kind(400)
--- Whoever asks has not proved who they are.
problem.unproven = kind(401)
--- The app may have no more processes.
problem.limitReached = kind(402)
--- There is no such app, process or log.
problem.notFound = kind(404)
--- There was such a log.
problem.gone = kind(410)
--- What the request says cannot be carried out.
problem.unfit = kind(422)
--- The request contradicts an earlier one.
problem.contradiction = kind(422)
--- Whoever asks has, or asks for, too much.
problem.tooMany = kind(429, 60)
--- The app's configuration cannot be carried out.
problem.broken = kind(500)
--- Not now: the machine lacks something.
problem.unavailable = kind(503, retryAfter)

--- The store cannot be used.
-- @tparam string words SQLite's
function problem.unrecorded(words)
  return problem.unavailable("the host's records cannot be used: %s", words)
end

--- Ask the store: what they cannot do now, they may be able to do later.
-- @treturn[1] any what the action returns
-- @treturn[2] nil
-- @treturn[2] table the problem
function problem.attempt(action, ...)
  local ok, result = pcall(action, ...)
  if ok then return result end
  return nil, problem.unrecorded(tostring(result))
end

return problem
