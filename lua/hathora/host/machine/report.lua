--- What goes wrong inside the host, told on standard error: a few reports a second at most, for
-- whoever can make the host fail must not be able to fill its disk as well. Nothing waits for
-- whoever reads them: what they do not take at once is left out.
-- @module hathora.host.machine.report

local poll = require "hathora.host.poll"

local mostPerSecond = 5

-- A report is short enough to be written whole or not at all.
local stderr, limit = 2, 4000

local second, told, leftOut = -1, 0, 0

--- Report a failure. How many were left out is said with the next that is not.
-- @tparam string what such as `a request failed`
-- @param problem its message, maybe with a traceback
return function(what, problem)
  local now = poll.now() // 1
  if now ~= second then second, told = now, 0 end
  local more = leftOut > 0 and (" (%d earlier ones were omitted)"):format(leftOut) or ""
  local text = ("hathora-host: %s: %s"):format(what, problem):sub(1, limit) .. more .. "\n"
  if told < mostPerSecond and poll.write(stderr, text) then
    told, leftOut = told + 1, 0
  else
    leftOut = leftOut + 1
  end
end
