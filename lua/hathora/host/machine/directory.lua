--- The host's state directory: its records, and each process' log and result.
-- @module hathora.host.machine.directory

local lfs = require "lfs"
local uuid = require "hathora.host.uuid"

local directory = {}

local Directory = {}
Directory.__index = Directory

local subdirectories = { "logs", "results" }

-- A result is a line; its place on the disk is kept free from before the process starts.
local resultBytes = 1024

local function lock(path)
  local file, problem = io.open(path, "a+")
  if not file then return nil, problem end
  if lfs.lock(file, "w") then return file end
  file:close()
  return nil, "it is in use by another hathora-host"
end

local function make(path)
  if lfs.attributes(path, "mode") == "directory" then return true end
  local made, problem = lfs.mkdir(path)
  return made, problem and path .. ": " .. problem
end

--- Open a state directory, made when it is not there, for this host alone.
-- @tparam[opt] string path without it, a temporary one that `close` removes
-- @treturn[1] Directory
-- @treturn[2] nil
-- @treturn[2] string why it cannot be used
function directory.open(path)
  local self = setmetatable({ temporary = not path }, Directory)
  self.path = path or ("%s/hathora-host-%s"):format(os.getenv "TMPDIR" or "/tmp", uuid())
  local made, problem = make(self.path)
  for _, name in ipairs(subdirectories) do
    if made then made, problem = make(self.path .. "/" .. name) end
  end
  if made then self.lockFile, problem = lock(self.path .. "/lock") end
  if self.lockFile then return self end
  return nil, ("cannot use the directory %s: %s"):format(self.path, problem)
end

--- Where the records are.
function Directory:records()
  return self.temporary and ":memory:" or self.path .. "/records.sqlite"
end

--- Where a process' output goes.
function Directory:log(processId)
  return ("%s/logs/%s"):format(self.path, processId)
end

--- Where the shim tells how a process ended.
function Directory:result(processId)
  return ("%s/results/%s"):format(self.path, processId)
end

--- Keep place on the disk for a process' result: how it ended must be told on a full disk too.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string why there is none
function Directory:reserve(processId)
  local path = self:result(processId) .. ".new"
  local file, problem = io.open(path, "w")
  if not file then return nil, problem end
  local written
  written, problem = file:write((" "):rep(resultBytes))
  local closed, closeProblem = file:close()
  if written and closed then return true end
  os.remove(path)
  return nil, problem or closeProblem
end

--- Read a process' result.
-- @treturn ?table `at` (Unix seconds) and one of `exitCode`, `signal`, `error` (text) and
-- `unstarted`; nil when there is none
function Directory:readResult(processId)
  local file <close> = io.open(self:result(processId), "r")
  local at, kind, value = (file and file:read "l" or ""):match "^(%S+) (%l+) ?(.*)$"
  if not at then return nil end
  return {
    at = tonumber(at),
    exitCode = kind == "exit" and math.tointeger(tonumber(value)) or nil,
    signal = kind == "signal" and math.tointeger(tonumber(value)) or nil,
    error = kind == "error" and value or nil,
    unstarted = kind == "unstarted",
  }
end

--- Remove a process' result, once it is in the records.
function Directory:removeResult(processId)
  os.remove(self:result(processId))
  os.remove(self:result(processId) .. ".new")
end

local function empty(path)
  for name in lfs.dir(path) do
    if name ~= "." and name ~= ".." then os.remove(path .. "/" .. name) end
  end
end

--- Let go of it; a temporary one is removed.
function Directory:close()
  if not self.lockFile then return end
  self.lockFile:close()
  self.lockFile = nil
  if not self.temporary then return end
  for _, name in ipairs(subdirectories) do
    empty(self.path .. "/" .. name)
    lfs.rmdir(self.path .. "/" .. name)
  end
  empty(self.path)
  lfs.rmdir(self.path)
end

return directory
