--- What goes wrong inside the host, told on standard error: a few reports a second at most, for
-- whoever can make the host fail must not be able to fill its disk as well.
-- @module hathora.host.machine.report

local poll = require "hathora.host.poll"

local mostPerSecond = 5

local second, told, leftOut = -1, 0, 0

--- Report a failure. What was left out for its number is said with the next that is not.
-- @tparam string what such as `a request failed`
-- @param problem its message, maybe with a traceback
return function(what, problem)
  local now = poll.now() // 1
  if now ~= second then second, told = now, 0 end
  if told == mostPerSecond then
    leftOut = leftOut + 1
    return
  end
  told = told + 1
  local more = leftOut > 0 and (" (%d such reports before it were left out)"):format(leftOut) or ""
  leftOut = 0
  io.stderr:write("hathora-host: ", what, ": ", tostring(problem), more, "\n")
end
