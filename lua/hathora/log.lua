--- One line of text for each thing that happens to a call, for the option `log`.
-- @module hathora.log

local errors = require "hathora.errors"

local log = {}

local writers = {
  onRequest = function(event)
    local key = event.idempotencyKey
    return ("attempt %d%s"):format(event.attempt, key and ", idempotency key " .. key or "")
  end,
  onResponse = function(event)
    if event.error then return errors.brief(event.error) end
    local timings = event.response.timings
    return ("%d%s"):format(event.statusCode,
      timings and (" after %.1f ms"):format(timings.total * 1e3) or "")
  end,
  onRetry = function(event) return ("trying again in %.3f s"):format(event.delay) end,
}

--- What a hook's event is as a line. It has no token in it, as the event has none.
-- @tparam string hook `onRequest`, `onResponse` or `onRetry`
-- @tparam table event what the hook is given
-- @treturn string
function log.line(hook, event)
  return ("hathora: %s %s %s: %s"):format(event.operation, event.method, event.url,
    writers[hook](event))
end

--- A log on standard error.
function log.toStandardError(line) io.stderr:write(line, "\n") end

return log
