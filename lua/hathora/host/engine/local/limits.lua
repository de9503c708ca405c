--- Limits of memory and processor: by a control group of the game's own where this host may make
-- one (cgroup v2, Documentation/admin-guide/cgroup-v2.rst in the kernel's tree), otherwise of
-- memory alone, by a limit on each of its processes.
-- @module hathora.host.engine.local.limits

local lfs = require "lfs"

local limits = {}

local mebibyte = 1024 * 1024
local ownGroup = "/hathora-host"
local period = 100000 -- microseconds

local Limits = {}
Limits.__index = Limits

local function read(path)
  local file <close> = io.open(path)
  return file and file:read "a" or ""
end

local function write(path, text)
  local file = io.open(path, "w")
  if not file then return false end
  file:setvbuf "no"
  local written = file:write(text)
  file:close()
  return written ~= nil
end

-- Where this process' own group is.
local function findGroup()
  local mount
  for line in read("/proc/self/mountinfo"):gmatch "[^\n]+" do
    mount = mount or line:match "^%S+ %S+ %S+ %S+ (%S+) .* %- cgroup2 "
  end
  local path = ("\n" .. read "/proc/self/cgroup"):match "\n0::([^\n]*)"
  return mount and path and mount .. (path == "/" and "" or path)
end

-- A group that divides its resources among groups below it must hold no process itself, so the
-- host goes into one of its own. Returns the group games' groups are made in.
local function prepare()
  local group = findGroup()
  if not group then return nil end
  if group:sub(-#ownGroup) == ownGroup then group = group:sub(1, -#ownGroup - 1) end
  local controllers = " " .. read(group .. "/cgroup.controllers"):gsub("\n", " ")
  if not (controllers:find " cpu " and controllers:find " memory ") then return nil end
  lfs.mkdir(group .. ownGroup)
  local ready = write(group .. ownGroup .. "/cgroup.procs", "0")
    and write(group .. "/cgroup.subtree_control", "+cpu +memory")
  return ready and group or nil
end

--- Find out what can be limited.
-- @tparam table apps the configuration's; nothing is done when none has a limit
function limits.new(apps)
  local wanted = false
  for _, app in pairs(apps) do wanted = wanted or app.memoryMB ~= nil or app.cpus ~= nil end
  return setmetatable({ wanted = wanted, group = wanted and prepare() or nil }, Limits)
end

--- Say how limits are kept, when there are any.
-- @treturn ?string
function Limits:describe()
  if not self.wanted then return nil end
  if self.group then
    return "memoryMB and cpus are kept by control groups below " .. self.group
  end
  return "memoryMB limits each process of a game by itself (RLIMIT_DATA), and cpus has "
    .. "no effect: this host may not make control groups with memory and cpu"
end

--- Make what limits one process.
-- @tparam string processId
-- @tparam table app
-- @treturn[1] table the shim's options for it
-- @treturn[2] nil
-- @treturn[2] string why it cannot be limited
function Limits:prepare(processId, app)
  if not (app.memoryMB or app.cpus) then return {} end
  if not self.group then
    return app.memoryMB and { "-m", ("%d"):format(app.memoryMB * mebibyte) } or {}
  end
  local group = self.group .. "/" .. processId
  local made, problem = lfs.mkdir(group)
  if not made then return nil, problem end
  local limited = (not app.memoryMB or write(group .. "/memory.max", app.memoryMB * mebibyte))
    and (not app.cpus or write(group .. "/cpu.max",
      ("%d %d"):format(math.ceil(app.cpus * period), period)))
  if limited then return { "-c", group } end
  lfs.rmdir(group)
  return nil, "the limits of control group " .. group .. " cannot be set"
end

--- End all that is in a process' control group, where it has one.
function Limits:kill(processId)
  if self.group then write(("%s/%s/cgroup.kill"):format(self.group, processId), "1") end
end

--- A process is gone: remove what its shim could not.
function Limits:remove(processId)
  if self.group then lfs.rmdir(self.group .. "/" .. processId) end
end

return limits
