--- The host's services with real processes, in the spec's own interpreter, for as long as a spec
-- needs.
--
--     local keeper <close> = support.start { game = { command = { ... } } }
--     local process = keeper:create "game"
--     keeper:waitForStatus(process, "running")

local config = require "hathora.host.config"
local failures = require "support.failures"
local host = require "support.host"
local loops = require "hathora.host.machine.loop"
local procfs = require "hathora.host.machine.procfs"
local services = require "hathora.host.services"
local support = require "support.process"

local keeper = {
  --- The words of a command that serves its port until it is told to end.
  server = { support.build .. "/examples/gameserver" },
}

local Keeper = {}
Keeper.__index = Keeper

--- The words of a command that runs a script of the shell.
function keeper.shell(script)
  return { "/bin/sh", "-c", script }
end

--- The words of a command that runs a Lua script, with `port` its port and luasocket as `socket`.
function keeper.lua(script)
  return { "lua5.4", "-e", [[local socket = require "socket"
    local port = tonumber(os.getenv "HATHORA_DEFAULT_PORT") ]] .. script }
end

-- Of the options these are not the configuration's.
local ours = { durable = true, idleInterval = true, time = true }

local function configure(self, apps)
  local values = { tokens = { "a-token-of-no-use" }, apps = apps, ports = { 26000, 26999 } }
  for name, value in pairs(self.options) do
    if not ours[name] then values[name] = value end
  end
  for _, app in pairs(apps) do app.user = app.user or host.user end
  if self.options.durable then values.directory = self.directory .. "/state" end
  local whole, problems = config.check(values)
  return assert(whole, problems and table.concat(problems, "\n"))
end

local function open(self)
  local started, problem = services.start { loop = self.loop, config = self.config,
    idleInterval = self.options.idleInterval, time = self.options.time }
  self.services = assert(started, problem)
  self.processes, self.store = started.processes, started.store
end

--- Start one.
-- @tparam table apps as in a configuration
-- @tparam[opt] table options more of the configuration; `durable = true` gives it a directory;
-- `idleInterval` and `time` are those of `services.start`
function keeper.start(apps, options)
  local self = setmetatable({ created = {}, options = options or {} }, Keeper)
  self.directory, self.errors = support.temporaryDirectory(), failures.ownErrors()
  self.loop = loops.new()
  self.config = configure(self, apps)
  open(self)
  return self
end

--- Ask for a process.
-- @tparam table wanted `appId`, `region`, `idempotencyKey`
-- @treturn[1] table the process
-- @treturn[2] nil
-- @treturn[2] table the refusal
function Keeper:ask(wanted)
  local answer
  self.processes:create(wanted, function(process, refusal)
    answer = { process and self.processes:show(process), refusal }
  end)
  self.store:flush()
  assert(answer, "there is no answer")
  if answer[1] then self.created[#self.created + 1] = answer[1].processId end
  return answer[1], answer[2]
end

--- Create a process; a refusal fails.
function Keeper:create(appId, idempotencyKey)
  local process, problem = self:ask {
    appId = appId, region = "Tokyo", idempotencyKey = idempotencyKey,
  }
  assert(process, problem and problem.message)
  return process
end

--- A process's own table, or its row.
function Keeper:row(process)
  return assert(self.processes:find { processId = process.processId })
end

--- The rooms on a process, as a list.
function Keeper:roomsOf(process)
  local list = {}
  for room in self.services.rooms:of(process) do list[#list + 1] = room end
  return list
end

--- Why a process ended as it did, or does not run yet.
function Keeper:reason(process) return self.processes:reason(self:row(process)) end

--- A process as it is now.
function Keeper:info(process)
  return self.processes:show(assert(self.processes:find(process)))
end

--- Let the loop run until a check gives something.
function Keeper:waitFor(check, what, seconds)
  local deadline = loops.now() + (seconds or support.patience)
  repeat
    local found = check()
    if found then return found end
    self.loop:step(0.01)
  until loops.now() > deadline
  error(("waited %g s for %s"):format(seconds or support.patience, what), 2)
end

--- Let the loop run until a process has a status.
-- @treturn table the process
function Keeper:waitForStatus(process, status, seconds)
  local ok, found = pcall(self.waitFor, self, function()
    local now = self:info(process)
    return now.status == status and now
  end, "", seconds)
  if ok then return found end
  local now, reason = self:info(process), self:reason(process)
  error(("process %s is %s, not %s (%s); its log: %s"):format(now.processId, now.status, status,
    reason or "no reason", self:log(process)), 2)
end

--- All that a process has logged.
function Keeper:log(process)
  local log <close> = assert(self.processes:log(process))
  local pieces = {}
  repeat
    pieces[#pieces + 1] = log:read()
  until pieces[#pieces] == ""
  return table.concat(pieces)
end

--- Let the loop run until a process has logged something.
-- @treturn string what the pattern captured
function Keeper:waitForLog(process, pattern, seconds)
  return self:waitFor(function() return self:log(process):match(pattern) end,
    "the log to match " .. pattern, seconds)
end

--- Every process that has a game's identity: its whole tree, and its shim.
function Keeper.treeOf(process)
  return procfs.withVariable("HATHORA_PROCESS_ID", process.processId)
end

--- Let go of the services, and start the next ones in the same directory.
function Keeper:restart(change)
  self.services:close()
  for name, value in pairs(change or {}) do self.options[name] = value end
  open(self)
end

--- End all: the games, the services, the files.
-- @raise text when the host's own code has failed, but for what the spec set as `expected`
function Keeper:close(raised)
  if not self.loop then return end
  for _, process in ipairs(self.processes.live:list()) do
    self.created[#self.created + 1] = process.processId
  end
  self.services:close()
  for _, processId in ipairs(self.created) do
    for _, pid in ipairs(self.treeOf { processId = processId }) do
      support.run { "kill", "-KILL", pid }
    end
  end
  self.loop:close()
  self.loop = nil
  support.removeDirectory(self.directory)
  failures.check(self.errors(), self.expected, raised)
end

Keeper.__close = Keeper.close
Keeper.__gc = Keeper.close

return keeper
