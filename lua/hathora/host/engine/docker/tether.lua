--- Tells whether the host whose containers are to end with it is still there. It is named by its
-- number, which means something on one machine, since its last start, among one set of processes.
-- @module hathora.host.engine.docker.tether

local lfs = require "lfs"
local procfs = require "hathora.host.machine.procfs"

local tether = {}

local format = "%s %s %d %d"

-- Where our numbers mean something.
local function place()
  return procfs.bootId(), lfs.symlinkattributes("/proc/self/ns/pid", "target")
end

--- This host, as a text.
function tether.own()
  local boot, namespace = place()
  local pid = math.tointeger(tonumber(lfs.symlinkattributes("/proc/self", "target")))
  return format:format(boot, namespace, pid, procfs.startTime(pid))
end

--- Is a host gone? Of one on another machine that cannot be known; it counts as running.
-- @tparam string text as `own` gave it
function tether.isGone(text)
  local boot, namespace, pid, startTime = text:match "^(%S+) (%S+) (%d+) (%d+)$"
  local ourBoot, ourNamespace = place()
  if boot ~= ourBoot or namespace ~= ourNamespace then return false end
  return procfs.startTime(math.tointeger(tonumber(pid))) ~= math.tointeger(tonumber(startTime))
end

return tether
