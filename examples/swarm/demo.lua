-- make demo-swarm: three nodes on this machine, a host on the manager, a process in each region.

local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local swarms = require "support.swarm"

local function show(...) print(("%-10s"):format((...)), select(2, ...)) end

local nodes <close> = assert(swarms.start())
for index, region in ipairs(swarms.regions) do show("node-" .. index, region) end
local running <close> = host.start { directory = true, docker = nodes.nodes[1].socket,
  apps = { [host.appId] = { engine = "swarm", image = "game:1", command = { "/game/server" },
    stopGrace = 1 } } }
show("host", running.url)

local sdk <close> = hathora.new(running:options())
local made = {}
for _, region in ipairs { "Frankfurt", "Tokyo", "Tokyo" } do
  made[#made + 1] = { processId = sdk.processesV2:createProcess({ region = region }).processId }
end
for _, id in ipairs(made) do
  local ready = sdk.processesV2:waitUntilRunning(id)
  show("running", ("%s: %s:%d"):format(ready.region, ready.exposedPort.host,
    ready.exposedPort.port))
end
print()
io.write((process.run { "bin/hathora-host", "ps", "--url", running.url, "--token", host.token }))
print()
for _, id in ipairs(made) do sdk.processesV2:stopProcess(id) end
for _, id in ipairs(made) do
  show(sdk.processesV2:waitUntilStopped(id).status, id.processId)
end
