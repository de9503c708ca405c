--- What goes wrong inside the host, reported on standard error: a few reports a second at most, for
-- whoever can make the host fail must not be able to fill its disk as well. Nothing waits for
-- whoever reads them: what they do not take at once is omitted.
-- @module hathora.host.machine.report

local poll = require "hathora.host.poll"

local maxPerSecond = 5

-- A report is short enough to be written whole or not at all.
local stderr, limit = 2, 4000

local second, written, omitted = -1, 0, 0

--- Report a failure. How many were omitted is said with the next that is not.
-- @tparam string what such as `a request failed`
-- @param problem its message, maybe with a traceback
return function(what, problem)
  local now = poll.now() // 1
  if now ~= second then second, written = now, 0 end
  local more = omitted > 0 and (" (%d earlier ones were omitted)"):format(omitted) or ""
  local text = ("hathora-host: %s: %s"):format(what, problem):sub(1, limit) .. more .. "\n"
  if written < maxPerSecond and poll.write(stderr, text) then
    written, omitted = written + 1, 0
  else
    omitted = omitted + 1
  end
end
