-- Under luv, one poll handle drives all calls, and callbacks report their end.
-- Reads HATHORA_TOKEN, HATHORA_APP_ID and HATHORA_CLOUD_ENDPOINT.

local hathora = require "hathora"
local luv = require "luv"

local sdk <close> = hathora.fromEnvironment()
local processes = sdk.processesV2
local poll = luv.new_poll(sdk:pollfd())
local left = 20

local function stopped(call)
  call:result()
  left = left - 1
  if left == 0 then poll:close() end
end

local function running(call)
  local process = call:result()
  print(("%s on port %d"):format(process.status, process.exposedPort.port))
  processes:stopProcessAsync({ processId = process.processId }, { onDone = stopped })
end

local function created(call)
  processes:waitUntilRunningAsync({ processId = (call:result()).processId },
    { onDone = running })
end

for _ = 1, left do
  processes:createProcessAsync({ region = "Tokyo" }, { onDone = created })
end

poll:start("r", function() sdk:step(0) end)
luv.run()
