-- A game loop of 60 ticks a second that starts 20 processes ahead without a late tick.
-- Reads HATHORA_TOKEN, HATHORA_APP_ID and HATHORA_CLOUD_ENDPOINT; prints how long the ticks took.

local hathora = require "hathora"
local socket = require "socket"

local count, tick = 20, 1 / 60
local sdk <close> = hathora.fromEnvironment()
local processes = sdk.processesV2

local function wait(call)
  local process = call:result()
  return processes:waitUntilRunningAsync { processId = process.processId, timeout = 30 }
end

local creates, waits, running = {}, {}, {}
for i = 1, count do
  creates[i] = processes:createProcessAsync { region = hathora.Region.Tokyo }
end

local histogram, late, next = {}, 0, socket.gettime() + tick
while #running < count do
  local began = socket.gettime()
  sdk:step(0)
  for i = #creates, 1, -1 do
    if creates[i]:isDone() then waits[#waits + 1] = wait(table.remove(creates, i)) end
  end
  for i = #waits, 1, -1 do
    if waits[i]:isDone() then running[#running + 1] = table.remove(waits, i):result() end
  end
  local now = socket.gettime()
  local bucket = math.ceil((now - began) * 1000)
  histogram[bucket] = (histogram[bucket] or 0) + 1
  if now > next then late = late + 1 end
  socket.sleep(math.max(0, next - now))
  next = next + tick
end

for bucket = 1, 20 do
  if histogram[bucket] then
    print(("ticks of up to %2d ms: %d"):format(bucket, histogram[bucket]))
  end
end
print(("%d processes running, %d ticks late"):format(#running, late))

local stops = {}
for i, process in ipairs(running) do
  stops[i] = processes:stopProcessAsync { processId = process.processId }
end
hathora.all(stops)
