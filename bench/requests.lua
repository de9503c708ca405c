--- What a request costs the host, beside bare libmicrohttpd that answers `ok` on as many
-- connections, each with one request after another. Who asks has the first processor, who answers
-- the last. The host is bench/front.lua, whose processes
-- are in its memory alone, for valgrind knows no pidfd.

local process = require "support.process"

local rounds, token = 5, "the-specs-own-token"
local bench = process.build .. "/bench/"
local onLast = { "taskset", "-c", ("%d"):format(tonumber((process.run "nproc")) - 1) }

local function ask(port, targets, count, connections)
  local output, status = process.run(("exec <%s; taskset -c 0 %sload %s GET %d %d %s"):format(
    process.quote(targets), bench, port, connections or 64, count, token))
  assert(status == 0, output)
  local requests, seconds = output:match "^(%d+) (%S+)"
  return requests / seconds
end

local function fileOf(...)
  local name = os.tmpname()
  process.writeFile(name, table.concat({ ... }, "\n") .. "\n")
  return name
end

local function after(prefix, ...)
  local command = { table.unpack(prefix) }
  table.move({ ... }, 1, select("#", ...), #command + 1, command)
  return command
end

local function startFloor()
  return process.hold { command = after(onLast, bench .. "httpd_floor"),
    ready = "listening on (%d+)" }
end

-- Returns the process, its port, and files of the paths that it told.
local function startFront(count, rooms, prefix)
  local front = process.hold { command = after(prefix, "lua5.4", "bench/front.lua", count, rooms),
    ready = "127.0.0.1:([%d%s%C]-latest)\n",
    seconds = 120 }
  local port, targets = front.found:match "^%d+", {}
  for path in front.found:gmatch "/%S+" do targets[#targets + 1] = fileOf(path) end
  return front, port, targets
end

-- Instructions that 4,000 requests more take, by one of them.
local function instructions(which)
  local totals = {}
  for index, number in ipairs { 1000, 5000 } do
    local file = os.tmpname()
    local front, port, targets = startFront(10, 1,
      { "valgrind", "--tool=callgrind", "--callgrind-out-file=" .. file })
    ask(port, targets[which], number)
    front:signal "TERM"
    front:wait()
    totals[index] = tonumber(process.readFile(file):match "\ntotals: (%d+)")
    os.remove(file)
  end
  return (totals[2] - totals[1]) // 4000
end

-- Each with its aim, and the connections if they are not 64.
local what = { { "/healthz", 0.6 }, { "getProcessInfo", 0.3 },
  { "getConnectionInfo of one room", 0.4 }, { "getLatestProcesses, ten of %d" },
  { "getConnectionInfo of %d rooms in turn, 1000 connections", 0.4, 1000 } }

local function addRooms(targets, rooms)
  local all = {}
  for number = 1, rooms do all[number] = "/rooms/v2/app-spec/connectioninfo/room-" .. number end
  targets[#targets + 1] = fileOf(table.unpack(all))
end

-- The rates by what is asked for, as shares of bare libmicrohttpd's, in rising order.
local function ratiosOf(count, rooms)
  local floor <close> = startFloor()
  local _ <close>, port, targets = startFront(count, rooms, onLast)
  addRooms(targets, rooms)
  local nothing, ratios = fileOf "/", {}
  for index, row in ipairs(what) do
    ratios[index] = {}
    for round = 1, rounds do
      local base = ask(floor.found, nothing, 40000, row[3])
      ratios[index][round] = ask(port, targets[index], 20000, row[3]) / base
    end
    table.sort(ratios[index])
  end
  return ratios
end

--- Take the figures.
-- @tparam integer count processes that there are
-- @tparam[opt=10000] integer rooms
-- @treturn {string,...} the lines of a table
return function(count, rooms)
  rooms = rooms or 10000
  local numbers = { [4] = count, [5] = rooms }
  local lines = { "| requests, 64 connections | of bare libmicrohttpd's a second | over "
    .. rounds .. " rounds | aim | instructions |", "| --- | --- | --- | --- | --- |" }
  for index, ratios in ipairs(ratiosOf(count, rooms)) do
    local row = what[index]
    lines[#lines + 1] = ("| %s | **%.2f** | %.2f to %.2f | %s | %s |"):format(
      row[1]:format(numbers[index]), ratios[(rounds + 1) // 2], ratios[1], ratios[rounds],
      row[2] or "", row[3] and "" or instructions(index))
    print(lines[#lines])
  end
  return lines
end
