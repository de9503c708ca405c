--- Load on a Swarm of three nodes through hathora-host, on this machine: swarm.lua [COUNT]
-- Writes bench/results/swarm.md, from which docs/scale.md calculates.

local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local socket = require "socket"
local swarms = require "support.swarm"

local count = tonumber(arg[1] or 900)

local nodes <close> = assert(swarms.start())
local running <close> = host.start { directory = true, docker = nodes.nodes[1].socket,
  apps = { [host.appId] = { engine = "swarm", image = "game:1", command = { "/game/server" },
    stopGrace = 1 } } }
local sdk <close> = hathora.new(running:options { timeout = 300 })
local processes = sdk.processesV2

local rows = {}
local function report(what, text, ...)
  rows[#rows + 1] = ("| %s | %s |"):format(what, text:format(...))
  print(rows[#rows])
end

-- Processor time of a process, in seconds.
local function cpu(pid)
  local _, _, user, system = process.readFile(("/proc/%d/stat"):format(pid)):find(
    "%) %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ (%d+) (%d+)")
  return (tonumber(user) + tonumber(system)) / 100
end

local function resident(pid)
  return tonumber(process.readFile(("/proc/%d/statm"):format(pid)):match "%d+ (%d+)") * 4 / 1024
end

local manager = tonumber(process.readFile(nodes.nodes[1].base .. "/pid"))
local keeper = running.process.pid

local function waitForCount(status, wanted)
  process.waitFor(function()
    socket.sleep(0.1)
    return processes:getProcessesCountExperimental { status = { status } }.count == wanted
  end, status, 300)
end

local memory, used = resident(manager), cpu(manager)
local began = socket.gettime()
local calls = {}
for index = 1, count do
  calls[index] = processes:createProcessAsync { region = "Tokyo" }
end
hathora.all(calls)
report("creates answered a second", "%.0f", count / (socket.gettime() - began))
waitForCount("running", count)
report("of them running a second, over two workers", "%.1f",
  count / (socket.gettime() - began))
report("processor time of the manager for each create", "%.0f ms",
  (cpu(manager) - used) / count * 1e3)
report("memory of the manager for each process", "%.2f MiB", (resident(manager) - memory) / count)

-- The manager has work left for some seconds after the last has started.
socket.sleep(15)
local before, beforeHost = cpu(manager), cpu(keeper)
socket.sleep(10)
report(("processor time of the manager while %d run, of one processor"):format(count), "%.1f %%",
  (cpu(manager) - before) / 10 * 100)
report("the same of the host", "%.1f %%", (cpu(keeper) - beforeHost) / 10 * 100)

began = socket.gettime()
local list = processes:getLatestProcesses { status = { "running" } }
while list[1] do
  for _, made in ipairs(list) do processes:stopProcess { processId = made.processId } end
  list = processes:getLatestProcesses { status = { "running" } }
end
waitForCount("stopped", count)
report("stops a second, until all is gone", "%.1f", count / (socket.gettime() - began))

local file <close> = assert(io.open("bench/results/swarm.md", "w"))
file:write("`make bench-swarm`, ", os.date "%Y-%m-%d", ", on ",
  (process.run "sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1":gsub("\n", "")), ", ",
  (process.run "nproc":gsub("\n", "")), " processors, which three nodes, host and games share: ",
  count, " processes.\n\n| | |\n| --- | --- |\n", table.concat(rows, "\n"), "\n")
