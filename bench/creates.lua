--- Creates with real processes, one after another and 64 in flight, and what processor time each
-- takes: creates.lua. It runs with every version that has this API.

local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local socket = require "socket"

local bursts, burst, settling = 5, 64, 2

local running <close> = host.start { directory = true, ports = { 12000, 19999 },
  apps = { [host.appId] = { command = { process.build .. "/examples/gameserver" },
    user = host.user, stopGrace = 1 } } }
local sdk <close> = hathora.new(running:options { timeout = 300 })

local function create(count)
  local calls = {}
  for index = 1, count do
    calls[index] = sdk.processesV2:createProcessAsync { region = "Tokyo" }
  end
  local _, failures = hathora.all(calls)
  local _, failure = next(failures)
  assert(not failure, tostring(failure))
end

local function perSecond(count, act)
  local began = socket.gettime()
  act()
  return count / (socket.gettime() - began)
end

-- Milliseconds of processor time of a process so far.
local function taken(pid)
  local nanoseconds = (process.readFile(("/proc/%d/schedstat"):format(pid)) or "0"):match "%d+"
  return tonumber(nanoseconds) / 1e6
end

-- By name, and for shims by whether the host made them; all games here are this program's own.
local function takenByGames()
  local total, games = {}, 0
  for pid in io.popen("pgrep -f '^[^ ]*(hathora-shim|examples/gameserver)'"):lines() do
    local words = process.readFile(("/proc/%s/cmdline"):format(pid)) or ""
    local parent = (process.readFile(("/proc/%s/stat"):format(pid)) or ""):match "%) %u (%d+)"
    local environment = process.readFile(("/proc/%s/environ"):format(pid)) or ""
    if environment:find("HATHORA_PROCESS_ID=", 1, true) then
      local name = words:find "^[^%z]*gameserver" and "game"
        or tonumber(parent) == running.process.pid and "guard" or "worker"
      total[name] = (total[name] or 0) + taken(pid)
      if name == "game" then games = games + 1 end
    end
  end
  for name, sum in pairs(total) do total[name] = sum / games end
  return total
end

create(20)
socket.sleep(settling)
local single = perSecond(60, function() for _ = 1, 60 do create(1) end end)
socket.sleep(settling)
local before, client = taken(running.process.pid), os.clock()
local many = perSecond(bursts * burst, function() for _ = 1, bursts do create(burst) end end)
client = (os.clock() - client) * 1e3 / (bursts * burst)
socket.sleep(settling)
local each = takenByGames()
each.host = (taken(running.process.pid) - before) / (bursts * burst)
each.client = client
print(("creates a second, one after another: %.0f; 64 in flight: %.0f"):format(single, many))
for _, name in ipairs { "host", "guard", "worker", "game", "client" } do
  if each[name] then print(("  %s: %.2f ms of processor time each"):format(name, each[name])) end
end
