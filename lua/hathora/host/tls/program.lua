--- A program of the host's own that lives on when the host dies: beside a shim, as games are, and
-- taken up again by the next host.
-- @module hathora.host.tls.program

local core = require "hathora.core"
local environment = require "hathora.host.engine.environment"
local json = require "hathora.json"
local lfs = require "lfs"
local procfs = require "hathora.host.machine.procfs"
local shim = require "hathora.host.engine.local.shim"
local spawn = require "hathora.host.spawn"
local sweep = require "hathora.host.engine.local.sweep"

local program = {}

local Program = {}
Program.__index = Program

local logBytes = 1024 * 1024

-- The shim that was started last. Its id stays the same: what may be left of it is found by that.
local function read(self)
  local file <close> = io.open(self.file "identity")
  local ok, row = pcall(json.decode, file and file:read "a" or "")
  return ok and type(row) == "table" and row or nil
end

local function write(self, held)
  local row = shim.identity(held)
  row.processId = self.id
  local file <close> = io.open(self.file "identity", "w")
  return file and file:write(json.encode(row)) and file:flush() and true
end

--- Make one; it does not run yet.
-- @tparam table options `loop`; `file(name)`, where its files are; `command`, its words;
-- `tethered`, whether it ends with this host; `onEnd`
function program.new(options)
  local self = setmetatable({ loop = options.loop, file = options.file, command = options.command,
    tethered = options.tethered, onEnd = options.onEnd,
    sweep = sweep.new(options.loop, shim.program) }, Program)
  self.last = read(self)
  self.id = self.last and self.last.processId or core.uuid()
  return self
end

local function hold(self, held)
  self.held = held
  self.watch = self.loop:watch(held:fd(), "r", function()
    held:reap()
    self:release()
    self.onEnd()
  end)
end

--- End what a shim that was killed may have left.
-- @tparam function done called when nothing is left
function Program:sweepUp(done) self.sweep:add(self.id, done) end

--- Start it.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string why it cannot be started
function Program:start()
  local arguments = { "hathora-shim", "-r", self.file "result", "-g", "0", "-l",
    ("%d"):format(logBytes) }
  if self.tethered then arguments[#arguments + 1] = "-w" end
  arguments[#arguments + 1] = "--"
  table.move(self.command, 1, #self.command, #arguments + 1, arguments)
  os.remove(self.file "log")
  self.position = 0
  local held, problem = spawn.start { program = shim.program, arguments = arguments,
    environment = { environment.identity .. "=" .. self.id }, log = self.file "log" }
  if not held then return nil, problem end
  if not write(self, held) then
    shim.discard(held, self.loop)
    return nil, "cannot write " .. self.file "identity"
  end
  hold(self, held)
  held:open(self.tethered)
  return true
end

--- Take up what an earlier host started.
-- @treturn boolean whether it is there
function Program:adopt()
  local held = self.last and shim.find(self.last)
  if held then hold(self, held) end
  return held ~= nil
end

--- Signal the process whose number it wrote in its file `pid`.
function Program:signal(name)
  local file <close> = io.open(self.file "pid")
  local pid = math.tointeger(tonumber(file and file:read "l"))
  local held <close> = pid and spawn.find(pid)
  if not held or not procfs.hasVariable(pid, environment.identity, self.id) then return end
  self.position = lfs.attributes(self.file "log", "size")
  held:signal(name)
end

--- What it complained of first since it was started, or last signalled.
-- @treturn ?string
function Program:complaint()
  local file <close> = io.open(self.file "log")
  if not file then return nil end
  file:seek("set", self.position or 0)
  for line in file:lines() do
    local alert = line:match "^%[ALERT%]%s+%(%d+%) : (.*)$"
    if alert and not alert:find "exited with code" then return alert end
  end
end

--- Let go of it; it lives on unless it is tethered.
function Program:release()
  if self.watch then self.watch:close() end
  if self.held then self.held:close() end
  self.watch, self.held = nil, nil
end

--- Let go of it for good.
function Program:close()
  self.sweep:close()
  self:release()
end

return program
