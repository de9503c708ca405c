--- Keeps processes: records what is to be, has the engine carry it out, and records what became
-- of it. What is told to anyone is what is recorded.
--
--     supervisor:create { appId =, region =, idempotencyKey = }   -> process | nil, problem
-- @module hathora.host.processes

local creation = require "hathora.host.processes.launch"
local directories = require "hathora.host.machine.directory"
local engines = require "hathora.host.engine"
local fault = require "hathora.host.failpoint"
local idle = require "hathora.host.processes.idle"
local lifecycle = require "hathora.host.processes.watch"
local logfile = require "hathora.host.machine.logfile"
local logs = require "hathora.host.processes.logs"
local portLedger = require "hathora.host.processes.ports"
local problem = require "hathora.host.processes.refusal"
local procfs = require "hathora.host.machine.procfs"
local process = require "hathora.host.processes.view"
local records = require "hathora.host.store.processes"
local schema = require "hathora.schema"

local supervisor = {}

local Status = schema.enums.ProcessStatus

local defaults = {
  hostname = "127.0.0.1", ports = { 20000, 29999 }, portQuarantine = 60,
  docker = "/var/run/docker.sock",
  logBytes = 16 * 1024 * 1024, allLogBytes = 1024 * 1024 * 1024, idleInterval = 5,
}

local attempt = problem.attempt

-- Of three parts, each a file of its own: this one answers, the others create and keep.
local Supervisor = {}
Supervisor.__index = Supervisor
for _, part in ipairs { creation, lifecycle } do
  for name, method in pairs(part) do Supervisor[name] = method end
end

local function checkApps(apps, user)
  for appId, app in pairs(apps) do
    if user == 0 and not app.user and not app.image then
      return ("this host runs as root, but app %s does not say as which user its games run: "
        .. "set its user (\"root\" if that is meant)"):format(appId)
    end
  end
end

local function warn(message)
  if message then io.stderr:write("hathora-host: ", message, "\n") end
end

--- Make a supervisor, and take up the processes of the one before it in the same directory.
-- @tparam table options `loop`; `apps`, complete as `config.check` makes them; `directory` (without
-- one, records and logs are temporary, and games end with the host), `hostname`,
-- `ports = { first, last }`, `portQuarantine` (seconds), `logBytes` (a log's ceiling),
-- `allLogBytes` (all logs together)
-- @treturn[1] Supervisor
-- @treturn[2] nil
-- @treturn[2] string why there can be none
function supervisor.new(options)
  local self = setmetatable({ unsaved = {}, deadlines = {} }, Supervisor)
  for _, values in ipairs { defaults, options } do
    for name, value in pairs(values) do self[name] = value end
  end
  local mistake = checkApps(self.apps, procfs.user())
  if mistake then return nil, mistake end
  self.durable = options.directory ~= nil
  self.directory, mistake = directories.open(options.directory)
  if not self.directory then return nil, mistake end
  warn(mistake)
  self.records, mistake = attempt(records.open, self.directory:records())
  if not self.records then
    self.directory:close()
    return nil, mistake.message
  end
  self.ledger = portLedger.new { first = self.ports[1], last = self.ports[2],
    quarantine = self.portQuarantine }
  self.logs = logs.new {
    loop = self.loop, directory = self.directory:log "":sub(1, -2), limit = self.allLogBytes,
    isLive = function(id)
      local row = self.records:find(id)
      return row ~= nil and not row.terminatedAt
    end,
    live = function()
      local ids = {}
      for index, row in ipairs(self.records:live()) do ids[index] = row.processId end
      return ids
    end,
  }
  self.idle = idle.new(self.loop, self.idleInterval, function(id) self:onIdle(id) end)
  self.engine = engines.new {
    docker = self.docker, loop = self.loop, directory = self.directory, apps = self.apps,
    hostname = self.hostname, logBytes = self.logBytes, tethered = not self.durable,
    onReady = function(id, facts) self:onReady(id, facts) end,
    onEnd = function(id, outcome) self:onEnd(id, outcome) end,
  }
  warn(self.ledger:warning())
  for _, line in ipairs(self.engine:describe()) do warn(line) end
  self:resume()
  return self
end

function Supervisor:findApp(appId)
  local app = self.apps[appId]
  if app then return app end
  return nil, problem.notFound("there is no app %q", appId)
end

--- The processes of an app created last, the newest first.
-- @tparam table wanted `appId`, `region` and `status` (sets, or nil for any), `limit`
-- @treturn[1] {table,...} processes
-- @treturn[2] nil
-- @treturn[2] table the problem
function Supervisor:latest(wanted)
  local app, failure = self:findApp(wanted.appId)
  if not app then return nil, failure end
  local rows
  rows, failure = attempt(self.records.latest, self.records, wanted)
  if not rows then return nil, failure end
  for index, row in ipairs(rows) do rows[index] = process.show(row, self.hostname) end
  return rows
end

--- How many processes of an app match.
-- @tparam table wanted as for `latest`
-- @treturn[1] integer
-- @treturn[2] nil
-- @treturn[2] table the problem
function Supervisor:count(wanted)
  local app, failure = self:findApp(wanted.appId)
  if not app then return nil, failure end
  return attempt(self.records.count, self.records, wanted)
end

-- A process by its id, and by its app where one is named.
local function find(self, wanted)
  local row, failure = attempt(self.records.find, self.records, wanted.processId)
  if failure then return nil, failure end
  if row and row.appId == (wanted.appId or row.appId) then return row end
  if not wanted.appId then
    return nil, problem.notFound("there is no process %q", wanted.processId)
  end
  return nil, problem.notFound("app %q has no process %q", wanted.appId, wanted.processId)
end

--- One process, as it is now.
-- @tparam table wanted `appId`, `processId`
-- @treturn[1] table the process
-- @treturn[2] nil
-- @treturn[2] table the problem
function Supervisor:info(wanted)
  local row, failure = find(self, wanted)
  return row and process.show(row, self.hostname), failure
end

--- Why a process ended as it did, or does not run yet, in words for its operator.
-- @tparam table wanted `appId`, `processId`
-- @treturn ?string
function Supervisor:reason(wanted)
  local row = find(self, wanted)
  return row and (row.reason or row.status == Status.Starting and self.engine:excuse(row) or nil)
end

--- Which engine runs a process, and on which node where it has several.
-- @tparam table wanted `appId`, `processId`
-- @treturn ?string such as `local`, or `swarm on node-2`
function Supervisor:engineOf(wanted)
  local row = find(self, wanted)
  return row and row.engine and row.engine .. (row.node and " on " .. row.node or "")
end

--- Stop a process: recorded and under way when this returns. Twice does no harm.
-- @tparam table wanted `appId`, `processId`
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the problem
function Supervisor:stop(wanted)
  local row, failure = find(self, wanted)
  if not row then return nil, failure end
  if row.stoppingAt or row.terminatedAt then return true end
  failure = select(2, attempt(self.records.change, self.records, row.processId,
    { status = Status.Stopping, stoppingAt = self.now() }))
  if failure then return nil, failure end
  fault "stopRecorded"
  self.engine:stop(row)
  return true
end

--- Let a process take no new rooms; its players play on. Twice does no harm.
-- @tparam table wanted `processId`, and `appId` if it must be of that app
-- @treturn[1] boolean true
-- @treturn[2] nil
-- @treturn[2] table the problem
function Supervisor:drain(wanted)
  local row, failure = find(self, wanted)
  if not row then return nil, failure end
  if row.stoppingAt or row.terminatedAt then return true end
  failure = select(2, attempt(self.records.change, self.records, row.processId,
    { status = Status.Draining }))
  return not failure or nil, failure
end

--- Open a process' log.
-- @tparam table wanted `appId`, `processId`
-- @treturn[1] table see `hathora.host.machine.logfile`; the caller closes it
-- @treturn[2] nil
-- @treturn[2] table the problem
function Supervisor:log(wanted)
  local row, failure = find(self, wanted)
  if not row then return nil, failure end
  local opened = logfile.open(self.directory:log(row.processId))
  if opened then return opened end
  return nil, problem.gone("the log of process %q is not kept any more", row.processId)
end

return supervisor
