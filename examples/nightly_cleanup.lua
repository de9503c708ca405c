-- Stops processes older than a day, or than the hours given as the first argument. For cron.

local hathora = require "hathora"

local hours = tonumber(arg[1] or 24)
local sdk <close> = hathora.fromEnvironment()
local processes = sdk.processesV3
local stopped, count = {}, 0

local function stop(process)
  processes:stopProcess { processId = process.processId }
  stopped[process.processId], count = true, count + 1
  print(("stopped %s in %s, created %s"):format(process.processId, process.region,
    process.createdAt))
end

-- A list has ten processes at most, and none of those that are stopping: look again until it has
-- nothing new.
local old = { status = { "starting", "running", "draining" },
  before = math.floor((os.time() - hours * 3600) * 1000) }
local known
repeat
  known = count
  for _, process in ipairs((processes:getLatestProcesses(old))) do
    if not stopped[process.processId] then stop(process) end
  end
until count == known
print(count == 1 and "1 process was stopped" or count .. " processes were stopped")
