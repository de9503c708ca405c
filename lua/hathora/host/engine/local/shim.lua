--- The shim (`src/host/shim/`): where it is, and one that an earlier host started.
-- @module hathora.host.engine.local.shim

local environment = require "hathora.host.engine.environment"
local procfs = require "hathora.host.machine.procfs"
local spawn = require "hathora.host.spawn"

local shim = {
  --- Its program.
  program = package.searchpath("hathora.host.spawn", package.cpath):gsub("[^/]*$", "shim"),
}

--- What names the process of a shim, now and to a later host.
-- @param held as from `hathora.host.spawn`
-- @treturn table `pid`, `startTime`, `bootId`
function shim.identity(held)
  local pid = held:pid()
  return { pid = pid, startTime = procfs.startTime(pid), bootId = procfs.bootId() }
end

--- The shim of a process, if it still is that. It is found by its number and held before it is
-- inspected; only then is it known that number, start and boot are all of one.
-- @tparam table row `processId`, and what `identity` returned
-- @return as from `hathora.host.spawn`; nil when it is gone
function shim.find(row)
  local held = row.pid and row.bootId == procfs.bootId() and spawn.find(row.pid)
  if not held then return nil end
  if procfs.startTime(row.pid) == row.startTime
    and procfs.hasVariable(row.pid, environment.identity, row.processId) ~= false then
    return held
  end
  held:close()
end

--- End one that waits behind its gate: from now on it writes nothing any more.
-- @param held as from `hathora.host.spawn`
-- @param loop which reaps it, later when it cannot watch it now
function shim.discard(held, loop)
  held:signal "KILL"
  local isWatched, watch
  isWatched, watch = pcall(loop.watch, loop, held:fd(), "r", function()
    held:reap()
    watch:close()
    held:close()
  end)
  if not isWatched then loop:after(1, function() shim.discard(held, loop) end) end
end

return shim
