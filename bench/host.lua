--- Load on hathora-host, with real processes: host.lua [COUNT]
-- Writes bench/results/host.md: what requests cost beside bare libmicrohttpd, creates a second of
-- processes and of rooms, what looking costs with COUNT (1000) processes running, and what each
-- process costs the host itself in memory.

local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local requests = require "requests"
local socket = require "socket"

local count = tonumber(arg[1] or 1000)
local looks = 500

local running <close> = host.start { directory = true, ports = { 12000, 19999 },
  apps = { [host.appId] = { command = { process.build .. "/examples/gameserver" },
    user = host.user, stopGrace = 1 } } }
local sdk <close> = hathora.new(running:options { timeout = 300 })
local processes = sdk.processesV2

-- Resident memory of the host alone, in KiB.
local function resident()
  local pages = process.readFile(("/proc/%d/statm"):format(running.process.pid)):match "%d+ (%d+)"
  return tonumber(pages) * 4
end

local function timed(act)
  local began = socket.gettime()
  act()
  return socket.gettime() - began
end

local function quantiles(act, amount)
  local times = {}
  for index = 1, amount do times[index] = timed(act) * 1e3 end
  table.sort(times)
  return ("%.2f ms (of a hundred, the slowest %.2f ms)"):format(times[amount // 2],
    times[amount * 99 // 100])
end

-- Begin so many calls, and wait for them. Returns how many came a second.
local function rate(amount, begin)
  local calls = {}
  local seconds = timed(function()
    for index = 1, amount do calls[index] = begin() end
    local _, failures = hathora.all(calls)
    local _, failure = next(failures)
    assert(not failure, tostring(failure))
  end)
  return ("%.0f"):format(amount / seconds)
end

local function waitForCount(status, wanted)
  process.waitFor(function()
    return processes:getProcessesCountExperimental { status = { status } }.count == wanted
  end, status, 300)
end

-- Milliseconds, of the directory's own disk.
local function syncTime()
  local file, times = running.directory .. "/sync", 200
  local output = process.run(("dd if=/dev/zero of=%s bs=4k count=%d oflag=dsync"):format(
    process.quote(file), times))
  os.remove(file)
  return tonumber(output:match "copied, ([%d.]+) s") / times * 1e3
end

local rows = {}
local function report(what, text)
  rows[#rows + 1] = ("| %s | %s |"):format(what, text)
  print(rows[#rows])
end

local warm = 20
for _ = 1, warm do processes:createProcess { region = "Tokyo" } end
waitForCount("running", warm)
local before = resident()
local single = timed(function()
  for _ = 1, count // 10 do processes:createProcess { region = "Tokyo" } end
end)
report("creates a second, one after another", ("%.0f"):format(count // 10 / single))
report("creates a second, 64 in flight", rate(count - count // 10 - warm, function()
  return processes:createProcessAsync { region = "Tokyo" }
end))
local ready = timed(function() waitForCount("running", count) end)
report("until the last of them was seen to serve its port", ("%.1f s more"):format(ready))
report("getLatestProcesses, " .. count .. " running", quantiles(function()
  processes:getLatestProcesses()
end, looks))
local id = { processId = processes:getLatestProcesses()[1].processId }
report("getProcessInfo", quantiles(function() processes:getProcessInfo(id) end, looks))
report("memory of the host for each process", ("%.1f KiB"):format(
  (resident() - before) / (count - warm)))
local room = { region = "Tokyo" }
report("createRoom on a process that runs already, one after another", quantiles(function()
  sdk.roomsV2:createRoom(room)
end, count // 2))
report("rooms created a second on such processes, 64 in flight", rate(count - count // 2, function()
  return sdk.roomsV2:createRoomAsync(room)
end))
report("4 KiB written to that disk and synced", ("%.2f ms"):format(syncTime()))
local list = processes:getLatestProcesses()
local stop = timed(function()
  while list[1] do
    local calls = {}
    for index, made in ipairs(list) do
      calls[index] = processes:stopProcessAsync { processId = made.processId }
    end
    hathora.all(calls)
    list = processes:getLatestProcesses { status = { "running" } }
  end
  waitForCount("stopped", count)
end)
report("stops a second, until all is gone", ("%.0f"):format(count / stop))

local file <close> = assert(io.open("bench/results/host.md", "w"))
file:write("`make bench-host`, ", os.date "%Y-%m-%d", ", on ",
  process.run "sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1":gsub("\n", ""), ", ",
  (process.run "nproc":gsub("\n", "")), " processors, which host, games and client share.\n\n",
  "| | |\n| --- | --- |\n", table.concat(rows, "\n"), "\n\n",
  table.concat(requests(1000), "\n"), "\n")
