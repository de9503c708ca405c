--- What the host does behind its front: the services, with what they stand on, put together.
-- @module hathora.host.services

local address = require "hathora.host.config.address"
local directories = require "hathora.host.machine.directory"
local engines = require "hathora.host.engine"
local idle = require "hathora.host.processes.idle"
local lobbies = require "hathora.host.lobbies"
local logs = require "hathora.host.processes.logs"
local players = require "hathora.host.players"
local poll = require "hathora.host.poll"
local ports = require "hathora.host.processes.ports"
local processes = require "hathora.host.processes"
local procfs = require "hathora.host.machine.procfs"
local retention = require "hathora.host.processes.retention"
local rooms = require "hathora.host.rooms"
local secrets = require "hathora.host.players.secrets"
local stores = require "hathora.host.store"
local tls = require "hathora.host.tls"

local services = {}

local idleInterval = 5

local Services = {}
Services.__index = Services

local function warn(message)
  if message then poll.write(2, "hathora-host: " .. message .. "\n") end
end

local function checkUsers(apps)
  if procfs.user() ~= 0 then return nil end
  for appId, app in pairs(apps) do
    if not app.user and not app.image then
      return ("this host runs as root, but app %s does not say which user its games run as: "
        .. "set its user (--user NAME), to \"root\" if you mean that"):format(appId)
    end
  end
end

local function loopbackOf(hostname)
  if not address.isLoopback(hostname) then return nil end
  return hostname == "::1" and "[::1]" or "127.0.0.1"
end

local function makeEngine(self, config)
  local engine = engines.new {
    docker = config.docker, loop = self.loop, directory = self.directory, apps = config.apps,
    hostname = config.hostname, logBytes = config.logBytes, tethered = not config.directory,
    tls = self.tls,
    onReady = function(id, columns) self.processes:onReady(id, columns) end,
    onEnd = function(id, outcome) self.processes:onEnd(id, outcome) end,
    onFound = function(rows) self.processes:onFound(rows) end,
  }
  for _, line in ipairs(engine:describe()) do warn(line) end
  return engine
end

local function keepLogs(self, config)
  local live = self.processes.live
  self.logs = logs.new {
    loop = self.loop, directory = self.directory:log "":sub(1, -2), limit = config.allLogBytes,
    isLive = function(id) return self.processes:mayWrite(id) end,
    live = function()
      local ids = {}
      for process in live:newest() do ids[#ids + 1] = process.processId end
      return ids
    end,
  }
  self.processes:on("ended", function(process) self.logs:onEnd(process.processId) end)
  self.processes:on("removed", function(process) self.logs:forget(process.processId) end)
end

-- All that is done with what is in the store, which may turn out to be damaged.
local function begin(self, options)
  local config, loop = options.config, self.loop
  self.store = stores.open(self.directory:records(), loop)
  secrets.complete(self.store, config.apps)
  self.ledger = ports.new { first = config.ports[1], last = config.ports[2],
    quarantine = config.portQuarantine, tls = config.tlsPorts }
  warn(self.ledger:warning())
  self.tls = tls.new { loop = loop, directory = self.directory, config = config,
    loopback = loopbackOf(config.hostname) }
  self.engine = makeEngine(self, config)
  self.processes = processes.new {
    loop = loop, config = config, directory = self.directory, store = self.store,
    engine = self.engine, ledger = self.ledger, bootId = procfs.bootId(), time = options.time,
  }
  self.players = players.new { apps = config.apps, time = options.time }
  self.processes:on("ended", function(process) self.ledger:releaseOf(process) end)
  self.idle = idle.new { loop = loop, processes = self.processes, apps = config.apps,
    interval = options.idleInterval or idleInterval,
    awaitsRoom = function(process) return self.rooms:isAwaited(process) end }
  keepLogs(self, config)
  self.rooms = rooms.new { store = self.store, processes = self.processes, apps = config.apps }
  self.retention = retention.new { loop = loop, service = self.processes,
    hours = config.retention.hours, rows = config.retention.rows }
  self.roomRetention = retention.new { loop = loop, service = self.rooms,
    hours = config.retention.hours, rows = config.retention.rows }
  self.lobbies = lobbies.new { store = self.store, processes = self.processes,
    rooms = self.rooms, perPlayer = config.lobbiesPerPlayer }
  self.processes:resume()
end

--- Start the services, and take up the processes of the host before this one in its directory.
-- @tparam table options `loop`; `config`, complete; for specs `idleInterval`, in seconds, and
-- `time`, a clock that says Unix seconds
-- @treturn[1] Services with `processes`, `rooms`, `store`, `directory`, `close`
-- @treturn[2] nil
-- @treturn[2] string why they cannot be had
function services.start(options)
  local mistake = checkUsers(options.config.apps) or tls.missing(options.config)
  if mistake then return nil, mistake end
  local self = setmetatable({ loop = options.loop, isDurable = options.config.directory ~= nil },
    Services)
  self.directory, mistake = directories.open(options.config.directory)
  if not self.directory then return nil, mistake end
  warn(mistake)
  local ok, problem = pcall(begin, self, options)
  if ok then return self end
  self.isDurable = true
  self:close()
  return nil, ("cannot use the records in %s: %s. Move it away, with its -wal and -shm files, and "
    .. "the host starts new records from what is running"):format(self.directory:records(),
    tostring(problem))
end

--- Let go of everything. With a directory, games live on; without one, they are stopped first.
function Services:close()
  if self.isClosed then return end
  self.isClosed = true
  if self.processes and not self.isDurable then self.processes:stopAll() end
  for _, part in ipairs { "processes", "idle", "logs", "retention", "roomRetention", "engine",
    "tls", "store", "directory" } do
    if self[part] then self[part]:close() end
  end
end

return services
