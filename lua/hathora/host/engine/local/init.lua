--- The engine that runs processes on this machine, each beside a shim (`src/host/shim/`). What an
-- engine must do is described in `hathora.host.engine`. A process is in one of these states:
--
--     prepared    its shim waits at its gate
--     running     its gate was opened, and its shim is watched
--     sweeping    its shim is gone, and what that may have left is being ended
--
-- @module hathora.host.engine.local

local environment = require "hathora.host.engine.environment"
local identity = require "hathora.host.engine.identity"
local lfs = require "lfs"
local limits = require "hathora.host.engine.local.limits"
local poll = require "hathora.host.poll"
local portText = require "hathora.host.engine.port"
local readiness = require "hathora.host.engine.local.readiness"
local shim = require "hathora.host.engine.local.shim"
local spawn = require "hathora.host.spawn"
local sweep = require "hathora.host.engine.local.sweep"
local users = require "hathora.host.engine.local.users"

local engine = {}

local Local = {}
Local.__index = Local

--- Make the engine.
-- @tparam table options `loop`, `directory`, `apps`, `hostname`, `logBytes`, `tethered` (games end
-- with this host), `onReady`, `onEnd`
function engine.new(options)
  local self = setmetatable({ held = {} }, Local)
  for name, value in pairs(options) do self[name] = value end
  self.limits, self.users = limits.new(options.apps), users.new(options.apps)
  self.readiness = readiness.new(options.loop, options.onReady)
  self.sweep = sweep.new(options.loop, shim.program)
  return self
end

--- Say what an administrator should know of how this engine works here.
-- @treturn ?string
function Local:describe()
  return self.limits:describe()
end

local function isProgram(path)
  local found = lfs.attributes(path)
  return found ~= nil and found.mode == "file" and found.permissions:find "x" ~= nil
end

-- A program named without a place is searched for as a shell would.
local function findProgram(app, program)
  if program:find "/" then return program end
  for place in environment.path(app):gmatch "[^:]+" do
    if isProgram(place .. "/" .. program) then return place .. "/" .. program end
  end
end

--- Could an app's program be run? Asked before a process is promised; the shim has the last word.
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] string
function Local.check(_, app)
  local program = app.command[1]
  if app.cwd and lfs.attributes(app.cwd, "mode") ~= "directory" then
    return nil, ("its working directory %s is not there"):format(app.cwd)
  end
  if program:find "%${" then return true end
  local path = findProgram(app, program)
  if not path then
    return nil, ("its program %s is not found in %s"):format(program, environment.path(app))
  end
  if path:sub(1, 1) ~= "/" and app.cwd then path = app.cwd .. "/" .. path end
  if isProgram(path) then return true end
  local _, problem = lfs.attributes(path, "mode")
  return nil, problem and ("its program %s cannot be found: %s"):format(path,
    problem:match "[^:]*$":match "%S.*") or
    ("its program %s is not a file that may be executed"):format(path)
end

local function shimArguments(self, row, app, limited, command)
  local arguments = { "hathora-shim", "-r", self.directory:result(row.processId),
    "-g", tostring(app.stopGrace), "-l", ("%d"):format(self.logBytes) }
  if app.cwd then table.move({ "-d", app.cwd }, 1, 2, #arguments + 1, arguments) end
  if app.user then
    local numbers = self.users:numbers(app.user)
    table.move({ "-u", app.user, numbers and "-i", numbers }, 1, 4, #arguments + 1, arguments)
  end
  if self.tethered then arguments[#arguments + 1] = "-w" end
  table.move(limited, 1, #limited, #arguments + 1, arguments)
  table.move({ "--", findProgram(app, command[1]) or command[1] }, 1, 2, #arguments + 1, arguments)
  return table.move(command, 2, #command, #arguments + 1, arguments)
end

-- What identifies a process is kept beside it, too, for when the records are lost.
local function describe(self, row, columns)
  local whole = setmetatable(columns, { __index = row })
  local kept, problem = self.directory:describe(row.processId, identity.write("local", whole))
  setmetatable(columns, nil)
  return kept and columns, problem
end

local function hold(self, row, state)
  local entry = { row = row, state = state }
  self.held[row.processId] = entry
  return entry
end

--- Make a process that waits to be started.
-- @treturn[1] table what identifies it: columns of its row
-- @treturn[2] nil
-- @treturn[2] string why it cannot be made now
function Local:prepare(row, app)
  local variables, command = environment.of(row, app, self.hostname)
  local reserved, problem = self.directory:reserve(row.processId)
  if not reserved then return nil, problem end
  local limited, held
  limited, problem = self.limits:prepare(row.processId, app)
  if limited then
    held, problem = spawn.start {
      program = shim.program, arguments = shimArguments(self, row, app, limited, command),
      environment = variables, log = self.directory:log(row.processId),
    }
  end
  if not held then
    self:cleanUp(row.processId)
    return nil, problem
  end
  hold(self, row, "prepared").process = held
  local columns
  columns, problem = describe(self, row, shim.identity(held))
  if not columns then self:discard(row) end
  return columns, problem
end

--- Rows of processes that run here, whatever the records know.
function Local:recoverable()
  local rows = {}
  for _, text in ipairs(self.directory:described()) do
    local row = identity.read(text)
    local held <close> = row and shim.find(row)
    if held then rows[#rows + 1] = row end
  end
  return rows
end

--- Remove what is left of a process besides its log.
function Local:cleanUp(processId)
  self.limits:remove(processId)
  self.directory:removeResult(processId)
end

local function unwatch(self, entry)
  self.readiness:remove(entry.row.processId)
  if entry.watch then entry.watch:close() end
  if entry.process then entry.process:close() end
  entry.watch, entry.process = nil, nil
end

local function letGo(self, entry)
  self.held[entry.row.processId] = nil
  unwatch(self, entry)
end

local function finish(self, entry, outcome)
  letGo(self, entry)
  outcome.at = outcome.at or poll.time()
  self.onEnd(entry.row.processId, outcome)
end

-- How a process ended is its shim's word, if there is one.
local function sweepUp(self, entry, otherwise)
  local processId = entry.row.processId
  local result = self.directory:readResult(processId)
  if result and result.isGone then return finish(self, entry, result) end
  self.limits:kill(processId)
  self.sweep:add(processId, function()
    finish(self, entry, self.directory:readResult(processId) or otherwise)
  end, entry.program)
end

local function sweepSoon(self, row, otherwise)
  local entry = hold(self, row, "sweeping")
  self.loop:after(0, function()
    if self.held[row.processId] == entry then sweepUp(self, entry, otherwise) end
  end)
end

local function exited(self, entry)
  local status = entry.process:reap()
  unwatch(self, entry)
  entry.state = "sweeping"
  sweepUp(self, entry, {
    error = status and status ~= 0 and "its shim ended with status " .. status or nil,
  })
end

local function awaitReady(self, entry)
  local row = entry.row
  if row.startedAt or row.stoppingAt then return end
  local port = portText.read(row.ports)[1]
  self.readiness:add(row.processId, { pid = entry.process:pid(), port = portText.leading(port),
    transportType = port.transportType, outer = port.inner and port.port })
end

local function watch(self, entry)
  entry.state = "running"
  entry.program = sweep.program(entry.process:pid())
  entry.watch = self.loop:watch(entry.process:fd(), "r", function() exited(self, entry) end)
  awaitReady(self, entry)
end

-- A stopped shim is woken first.
local function signal(self, entry)
  self.readiness:remove(entry.row.processId)
  entry.process:signal "TERM"
  entry.process:signal "CONT"
end

--- Undo `prepare`.
function Local:discard(row)
  local entry = self.held[row.processId]
  local held = entry.process
  entry.process = nil
  letGo(self, entry)
  shim.discard(held, self.loop)
  self:cleanUp(row.processId)
  os.remove(self.directory:log(row.processId))
end

--- Start what `prepare` made. The result of an earlier try that never started must go first.
function Local:start(row)
  local entry = self.held[row.processId]
  os.remove(self.directory:result(row.processId))
  watch(self, entry)
  -- A shim that is gone already is reported by its pidfd.
  entry.process:open(self.tethered)
end

--- Take hold of a process that an earlier host started.
function Local:adopt(row)
  local process = shim.find(row)
  if not process then return sweepSoon(self, row, {}) end
  local entry = hold(self, row, "running")
  entry.process = process
  watch(self, entry)
end

-- What is done about a stop: nothing when the end is being reported already.
local stopping = { prepared = signal, running = signal, sweeping = function() end }

--- Stop a process: its shim ends all of it.
function Local:stop(row)
  local entry = self.held[row.processId]
  if not entry then return sweepSoon(self, row, { unstarted = true }) end
  stopping[entry.state](self, entry)
end

--- Why a process is not running yet is not known here.
function Local.pendingReason() return nil end

--- Can the engine not see whether a process is ready?
function Local:cannotObserve(row)
  return self.readiness:cannotObserve(row.processId)
end

--- Let go of every process.
function Local:close()
  self.sweep:close()
  for _, entry in pairs(self.held) do letGo(self, entry) end
  self.readiness:close()
end

return engine
