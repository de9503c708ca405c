--- The host with processes that are in its memory alone, for counting what a request costs: under
-- valgrind, which knows no pidfd, no game can be started: front.lua COUNT ROOMS
-- Prints its URL, and the paths that bench/requests.lua asks for, one a line. The rooms are called
-- room-1 and so on.

local core = require "hathora.core"
local configuration = require "hathora.host.config"
local loops = require "hathora.host.machine.loop"
local server = require "hathora.host.http.server"
local services = require "hathora.host.services"

local appId, token = "app-spec", "the-specs-own-token"

local loop <close> = loops.new()
local config = assert(configuration.check { listen = "127.0.0.1:0", tokens = { token },
  connections = 2000,
  apps = { [appId] = { command = { "/bin/true" }, user = "root", roomsPerProcess = 100 } } })
local started = assert(services.start { loop = loop, config = config })
local processes = started.processes

local function add(number)
  local process = {
    number = number, processId = core.uuid(), appId = appId, region = "Tokyo", status = "running",
    deploymentId = 1, roomsPerProcess = 100, roomsAllocated = 0, createdAt = 1764000000000,
    startedAt = 1764000000000, ports = ("default:tcp:%d"):format(10000 + number),
  }
  processes.live:tally(process, 1)
  processes.live:add(process)
  processes.events:emit("created", process)
  return process
end

local process
for number = 1, tonumber(arg[1]) do process = add(number) end
for number = 1, tonumber(arg[2]) do
  started.rooms:create({ appId = appId, region = "Tokyo", roomId = "room-" .. number }, assert)
end
started.store:flush()

local front = assert(server.new { loop = loop, config = config, services = started })
print(front.url)
print "/healthz"
print(("/processes/v2/%s/info/%s"):format(appId, process.processId))
print(("/rooms/v2/%s/connectioninfo/room-1"):format(appId))
print(("/processes/v2/%s/list/latest"):format(appId))
io.stdout:flush()
loop:signals({ "TERM" }, function() loop:stop() end)
loop:run()
front:close()
os.exit(0, true) -- the processes are nobody's: there is nothing to stop
