-- The life of one process: created, waited for, played on, listed, looked up, stopped.
-- Reads HATHORA_TOKEN, HATHORA_APP_ID and HATHORA_CLOUD_ENDPOINT; `make demo` sets them.

local hathora = require "hathora"
local socket = require "socket"

local function say(what, ...) print(("%-9s "):format(what) .. string.format(...)) end

local sdk <close> = hathora.fromEnvironment()
local processes = sdk.processesV2

local created, response = processes:createProcess { region = hathora.Region.Tokyo }
local id = { processId = created.processId }
say("create", "%s in %s: %s (%d, %.1f ms)", created.processId, created.region, created.status,
  response.statusCode, response.timings.total * 1000)

local running = processes:waitUntilRunning { processId = id.processId, timeout = 30 }
local port = running.exposedPort
say("wait", "%s at %s:%d/%s after %.2f s", running.status, port.host, port.port,
  port.transportType, hathora.time(running.startedAt) - hathora.time(running.createdAt))

local player <close> = setmetatable({ socket = assert(socket.connect(port.host, port.port)) },
  { __close = function(self) self.socket:close() end })
player.socket:settimeout(5)
say("join", "< %s", assert(player.socket:receive "*l"))
assert(player.socket:send "ping\n")
say("play", "> ping  < %s", assert(player.socket:receive "*l"))

local latest = processes:getLatestProcesses {
  region = { hathora.Region.Tokyo }, status = { hathora.ProcessStatus.Running },
}
say("list", "%d running in Tokyo, the newest %s", #latest, latest[1].processId)
say("count", "%d", processes:getProcessesCountExperimental().count)

local info = processes:getProcessInfo(id)
say("look up", "%d of %d rooms taken", info.roomsAllocated, info.roomsPerProcess)

processes:stopProcess(id)
local stopped = processes:waitUntilStopped { processId = id.processId, timeout = 30 }
say("stop", "%s at %s", stopped.status, stopped.terminatedAt)
