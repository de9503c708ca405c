--- What a container's exit code means. Docker gives the number of the signal that ended a game as
-- 128 more, and so does its init (tini), which is the container's first process. What a game exits
-- with itself may be the same number: only those that no signal has are surely its own.
-- @module hathora.host.engine.docker.exit

-- Signals are 1 to 64: signal(7), SIGRTMAX.
local base, last = 128, 64

--- Read an exit code.
-- @tparam integer code
-- @treturn table an outcome: `signal`, or else `exitCode`
return function(code)
  local signal = code - base
  if signal >= 1 and signal <= last then return { signal = signal } end
  return { exitCode = code }
end
