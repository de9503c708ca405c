--- What the kernel says of processes: proc(5). Nothing here raises; what cannot be read is nil.
-- @module hathora.host.machine.procfs

local lfs = require "lfs"
local proc = require "hathora.host.proc"

local procfs = {}

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

--- The user this process runs as.
-- @treturn integer
function procfs.user()
  return lfs.attributes("/proc/self", "uid")
end

local bootId

--- What distinguishes one start of the machine from another.
-- @treturn string
function procfs.bootId()
  bootId = bootId or (read "/proc/sys/kernel/random/boot_id" or ""):match "%S+"
  return bootId
end

--- When a process started, in clock ticks since the machine did. With the number and the boot
-- it names a process for ever, which the number alone does not.
-- @function procfs.startTime
-- @tparam integer pid
-- @treturn ?integer
procfs.startTime = proc.startTime

-- Megabytes at the most; `read "a"` would ask the kernel for a kilobyte at a time.
local function readEnvironment(pid)
  local file <close> = io.open(("/proc/%s/environ"):format(pid), "rb")
  if not file then return nil end
  local pieces = {}
  for piece in function() return file:read(16384) end do pieces[#pieces + 1] = piece end
  return table.concat(pieces)
end

--- The value of a variable in a process' environment.
-- @tparam integer|string pid or "self"
-- @tparam string name
-- @treturn ?string nil when it has none, or its environment cannot be read
-- @treturn ?boolean whether that could be read
function procfs.variable(pid, name)
  local environment = readEnvironment(pid)
  if not environment then return nil end
  local _, last = ("\0" .. environment):find(("\0%s="):format(name), 1, true)
  return last and environment:match("^[^\0]*", last) or nil, true
end

--- Does a process have a variable with this value in its environment?
-- @treturn ?boolean nil when its environment cannot be read
function procfs.hasVariable(pid, name, value)
  local found, isKnown = procfs.variable(pid, name)
  return isKnown and found == value
end

--- All processes there are.
-- @treturn ?{integer,...} nil when they cannot be listed now
function procfs.all()
  local isOpen, names, list = pcall(lfs.dir, "/proc")
  if not isOpen then return nil end
  local pids = {}
  for entry in names, list do pids[#pids + 1] = math.tointeger(tonumber(entry)) end
  return pids
end

--- All processes that have a variable with this value in their environment.
-- @treturn {integer,...}
function procfs.withVariable(name, value)
  local found = {}
  for _, pid in ipairs(procfs.all() or {}) do
    if procfs.hasVariable(pid, name, value) then found[#found + 1] = pid end
  end
  return found
end

--- A process and all below it.
-- @function procfs.tree
-- @tparam integer pid
-- @treturn {integer,...}
procfs.tree = proc.tree

local ticksPerSecond = 100 -- USER_HZ, the same on every Linux that programs see

--- What a process and all below it take.
-- @tparam integer pid
-- @treturn ?number processor time so far, in seconds; nil when the process is gone
-- @treturn ?integer bytes in memory
function procfs.usage(pid)
  local ticks, kilobytes = nil, 0
  for _, member in ipairs(procfs.tree(pid)) do
    local stat = read(("/proc/%d/stat"):format(member)) or ""
    local user, system = stat:match("^.*%) " .. ("%S+ "):rep(11) .. "(%d+) (%d+)")
    local resident = (read(("/proc/%d/status"):format(member)) or ""):match "VmRSS:%s*(%d+)"
    if user then ticks = (ticks or 0) + tonumber(user) + tonumber(system) end
    kilobytes = kilobytes + (math.tointeger(tonumber(resident)) or 0)
  end
  return ticks and ticks / ticksPerSecond, kilobytes * 1024
end

--- Does a process below this one hold one of these sockets?
-- @function procfs.holdsSocket
-- @tparam integer pid
-- @tparam {integer,...} inodes the sockets
-- @treturn ?boolean nil when no descriptor of theirs could be read
procfs.holdsSocket = proc.holdsSocket

return procfs
