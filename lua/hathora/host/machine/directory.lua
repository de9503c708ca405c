--- The host's state directory: its records, and each process' log and result. It is its user's
-- alone: records hold idempotency keys, and whoever may open a file may lock it.
-- @module hathora.host.machine.directory

local core = require "hathora.core"
local lfs = require "lfs"
local permissions = require "hathora.host.permissions"
local procfs = require "hathora.host.machine.procfs"

local directory = {}

local Directory = {}
Directory.__index = Directory

local subdirectories = { "logs", "results", "tls" }

-- A result is a line; its place on the disk is kept free from before the process starts.
local resultBytes = 1024

local function lock(path)
  local file, problem = io.open(path, "a+")
  if not file then return nil, problem end
  if lfs.lock(file, "w") then return file end
  file:close()
  return nil, "it is in use by another hathora-host"
end

local private = {
  directory = { text = "rwx------", bits = tonumber("700", 8) },
  file = { text = "rw-------", bits = tonumber("600", 8) },
}

local function make(path)
  if lfs.attributes(path, "mode") == "directory" then return true end
  local made, problem = lfs.mkdir(path)
  if made then return permissions.set(path, private.directory.bits) end
  local parent = path:match "^(.*)/[^/]+/*$" or "."
  if lfs.attributes(path) then problem = "it is not a directory"
  elseif not lfs.attributes(parent .. "/") then problem = parent .. " is not there" end
  return nil, ("%s cannot be created: %s"):format(path, problem)
end

-- What is beneath a path, and then the path itself, is made its owner's alone.
local function close(path)
  local attributes = lfs.symlinkattributes(path)
  local wanted = attributes and private[attributes.mode]
  if not wanted then return true end
  if attributes.mode == "directory" then
    for name in lfs.dir(path) do
      if name ~= "." and name ~= ".." then
        local closed, problem = close(path .. "/" .. name)
        if not closed then return nil, problem end
      end
    end
  end
  if attributes.permissions == wanted.text then return true end
  return permissions.set(path, wanted.bits)
end

-- What an earlier version, or someone's hand, left open to others. Whoever may not enter the
-- directory opens nothing in it, so that there is nothing to look for beneath one that is closed.
local function mend(path)
  local found = lfs.attributes(path, "permissions")
  if found == private.directory.text then return nil end
  if found:find "w.$" then return nil, "anyone may write there; name one that is the host's own" end
  local closed, problem = close(path)
  if not closed then return nil, problem end
  return ("the directory %s was open to others (%s); it and the files in it are its owner's alone "
    .. "now"):format(path, found)
end

-- Another host may be removing the same, and an earlier version had fewer of them.
local function empty(path)
  local there, names, list, closing = pcall(lfs.dir, path)
  if not there then return end
  for name in names, list, nil, closing do
    if name ~= "." and name ~= ".." then os.remove(path .. "/" .. name) end
  end
end

local function remove(path)
  for _, name in ipairs(subdirectories) do
    empty(path .. "/" .. name)
    lfs.rmdir(path .. "/" .. name)
  end
  empty(path)
  lfs.rmdir(path)
end

local prefix = "hathora-host-"

-- What hosts that were killed left. The lock shows which: it is held as long as a host lives.
local function removeAbandoned(parent)
  local there, names, list = pcall(lfs.dir, parent)
  if not there then return end
  for name in names, list do
    local path = parent .. "/" .. name
    local attributes = name:sub(1, #prefix) == prefix and lfs.symlinkattributes(path)
    if attributes and attributes.mode == "directory" and attributes.uid == procfs.user() then
      local file = io.open(path .. "/lock", "r+")
      if file and lfs.lock(file, "w") then remove(path) end
      if file then file:close() end
    end
  end
end

local function tryOpen(path, isTemporary)
  local self = setmetatable({ path = path, temporary = isTemporary }, Directory)
  local made, problem = make(path)
  local mended
  if made then mended, problem = mend(path) end
  made = made and not problem
  for _, name in ipairs(subdirectories) do
    if made then made, problem = make(path .. "/" .. name) end
  end
  if made then self.lockFile, problem = lock(path .. "/lock") end
  if self.lockFile then return self, mended end
  return nil, ("cannot use the directory %s: %s"):format(path, problem)
end

-- A host that begins at the same time may take a new one for abandoned, until it is locked.
local function openTemporary()
  local parent = os.getenv "TMPDIR" or "/tmp"
  removeAbandoned(parent)
  local self, problem
  for _ = 1, 10 do
    self, problem = tryOpen(("%s/%s%s"):format(parent, prefix, core.uuid()), true)
    if self and lfs.attributes(self.path .. "/lock") then return self end
    if self then self.lockFile:close() end
  end
  return nil, problem or "cannot make a temporary directory"
end

--- Open a state directory, made when it is not there, for this host alone.
-- @tparam[opt] string path without it, a temporary one that `close` removes
-- @treturn[1] Directory
-- @treturn[1] ?string what was mended, for the administrator
-- @treturn[2] nil
-- @treturn[2] string why it cannot be used
function directory.open(path)
  if path then return tryOpen(path, false) end
  return openTemporary()
end

--- Where the records are.
function Directory:records()
  return self.temporary and ":memory:" or self.path .. "/records.sqlite"
end

--- Where a check of the configuration says what it finds.
function Directory:check() return self.path .. "/check" end

--- Where a process' output goes.
function Directory:log(processId)
  return ("%s/logs/%s"):format(self.path, processId)
end

--- Where what the program that takes TLS off needs is, by name.
function Directory:tls(name)
  return ("%s/tls/%s"):format(self.path, name)
end

--- Where it is recorded how far a log goes that is fetched from elsewhere.
function Directory:logMark(processId)
  return ("%s/results/%s.mark"):format(self.path, processId)
end

--- Where the shim records how a process ended.
function Directory:result(processId)
  return ("%s/results/%s"):format(self.path, processId)
end

--- Keep place on the disk for a process's result: how it ended must be recorded on a full disk too.
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

--- Keep what identifies a process in the place of its result, until that is known.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string why it cannot be kept
function Directory:describe(processId, text)
  local file, problem = io.open(self:result(processId) .. ".new", "r+")
  if not file then return nil, problem end
  local written
  written, problem = file:write(text)
  local closed, closeProblem = file:close()
  return written and closed, problem or closeProblem
end

--- What identifies the processes whose results are not known.
-- @treturn {string,...}
function Directory:described()
  local texts = {}
  for name in lfs.dir(self.path .. "/results") do
    local file <close> = name:find "%.new$" and io.open(self.path .. "/results/" .. name) or nil
    texts[#texts + 1] = file and file:read "a"
  end
  return texts
end

--- Remove what a host that was killed left of processes that no one knows.
-- @tparam function isKnown of a process' id
function Directory:removeStrays(isKnown)
  for name in lfs.dir(self.path .. "/results") do
    local processId = name:match "^[^.]+"
    if processId and not isKnown(processId) then
      os.remove(self.path .. "/results/" .. name)
      os.remove(self:log(processId))
    end
  end
end

--- Read a process' result.
-- @treturn ?table `at` (Unix seconds) and one of `exitCode`, `signal`, `error` (text) and
-- `unstarted`, and `isGone` when its shim saw all of it end; nil when there is none
function Directory:readResult(processId)
  local file <close> = io.open(self:result(processId), "r")
  local line, second
  if file then line, second = file:read("l", "l") end
  local at, kind, value = (line or ""):match "^(%S+) (%l+) ?(.*)$"
  if not at then return nil end
  return {
    at = tonumber(at),
    exitCode = kind == "exit" and math.tointeger(tonumber(value)) or nil,
    signal = kind == "signal" and math.tointeger(tonumber(value)) or nil,
    error = kind == "error" and value or nil,
    unstarted = kind == "unstarted", isGone = second == "gone",
  }
end

--- Remove a process' result, once it is in the records.
function Directory:removeResult(processId)
  os.remove(self:result(processId))
  os.remove(self:result(processId) .. ".new")
end

--- Let go of it; a temporary one is removed.
function Directory:close()
  if not self.lockFile then return end
  self.lockFile:close()
  self.lockFile = nil
  if self.temporary then remove(self.path) end
end

return directory
