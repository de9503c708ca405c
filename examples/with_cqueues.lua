-- Under cqueues the plain calls yield: each coroutine reads from top to bottom, none blocks.
-- Reads HATHORA_TOKEN, HATHORA_APP_ID and HATHORA_CLOUD_ENDPOINT.

local cqueues = require "cqueues"
local hathora = require "hathora"

local sdk <close> = hathora.fromEnvironment { poll = cqueues.poll }
local processes = sdk.processesV2
local loop = cqueues.new()

for i = 1, 20 do
  loop:wrap(function()
    local id = { processId = processes:createProcess({ region = "Tokyo" }).processId }
    local process = processes:waitUntilRunning(id)
    print(("%2d: %s on port %d"):format(i, process.status, process.exposedPort.port))
    processes:stopProcess(id)
  end)
end

assert(loop:loop())
