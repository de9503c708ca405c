--- A disk that can be filled.

local host = require "support.host"
local process = require "support.process"

local disks = {
  --- Why a spec that needs one is skipped.
  missing = "this user cannot mount a small disk",
}

--- Do something with a host whose records are on a small disk of its own.
-- @tparam function act given the host, and what fills the disk: `fill()`, and the `path` of a file
-- to remove, so that there is room again
-- @treturn boolean false, and nothing done, where no disk can be mounted
function disks.small(act)
  local disk = process.temporaryDirectory()
  if select(2, process.run { "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk }) ~= 0 then
    process.removeDirectory(disk)
    return false
  end
  local running = host.start { directory = disk .. "/state" }
  local ballast = { path = disk .. "/ballast" }
  function ballast.fill()
    process.run { "dd", "if=/dev/zero", "of=" .. ballast.path, "bs=4k" }
  end
  local ok, problem = pcall(act, running, ballast)
  running:close()
  process.run { "umount", disk }
  process.removeDirectory(disk)
  assert(ok, problem)
  return true
end

return disks
