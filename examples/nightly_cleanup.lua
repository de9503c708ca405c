-- Stops what has run for longer than a day, or for as many hours as the first argument says; for
-- cron. Looks again until there is nothing old, as a list has ten processes at the most.

local hathora = require "hathora"

local hours = tonumber(arg[1] or 24)
local sdk <close> = hathora.fromEnvironment()
local processes = sdk.processesV2
local stopped = {}

-- The list has the newest first: what is old may be behind what is new, region by region.
local function old(region)
  local found = {}
  for _, process in ipairs(processes:getLatestProcesses {
    region = { region }, status = { "starting", "running", "draining" },
  }) do
    local age = os.time() - hathora.time(process.createdAt)
    if age >= hours * 3600 and not stopped[process.processId] then found[#found + 1] = process end
  end
  return found
end

local count = 0
for _, region in pairs(hathora.Region) do
  local list = old(region)
  while list[1] do
    for _, process in ipairs(list) do
      processes:stopProcess { processId = process.processId }
      stopped[process.processId], count = true, count + 1
      print(("stopped %s in %s, created %s"):format(process.processId, region, process.createdAt))
    end
    list = old(region)
  end
end
print(count == 1 and "1 process was stopped" or count .. " processes were stopped")
