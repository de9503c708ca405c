--- What a request costs the host, beside bare libmicrohttpd that answers `ok`: 64 connections, each
-- with one request after another. The host is bench/front.lua, whose processes are in its memory
-- alone, for valgrind knows no pidfd.

local process = require "support.process"

local rounds, connections, token = 5, 64, "the-specs-own-token"
local bench = process.build .. "/bench/"

local function ask(port, target, count)
  local output, status = process.run(("echo %s | %sload %s GET %d %d %s"):format(target, bench,
    port, connections, count, token))
  assert(status == 0, output)
  local requests, seconds = output:match "^(%d+) (%S+)"
  return requests / seconds
end

local function startFloor()
  return process.hold { command = { bench .. "httpd_floor" }, ready = "listening on (%d+)" }
end

-- Returns the process, its port, and the paths that it told.
local function startFront(count, prefix)
  local command = prefix or {}
  table.move({ "lua5.4", "bench/front.lua", tostring(count) }, 1, 3, #command + 1, command)
  local front = process.hold { command = command, ready = "127.0.0.1:([%d%s%C]-latest)\n",
    seconds = 120 }
  local words = {}
  for word in front.found:gmatch "%S+" do words[#words + 1] = word end
  return front, table.unpack(words)
end

-- Instructions that 4,000 requests more take, by one of them.
local function instructions(which)
  local totals = {}
  for index, number in ipairs { 1000, 5000 } do
    local file = os.tmpname()
    local front, port, targets = (function(held, at, ...) return held, at, { ... } end)(
      startFront(10, { "valgrind", "--tool=callgrind", "--callgrind-out-file=" .. file }))
    ask(port, targets[which], number)
    front:signal "TERM"
    front:wait()
    totals[index] = tonumber(process.readFile(file):match "\ntotals: (%d+)")
    os.remove(file)
  end
  return (totals[2] - totals[1]) // 4000
end

local what = { { "/healthz", 0.6 }, { "getProcessInfo", 0.3 },
  { "getConnectionInfo of a room", 0.4 }, { "getLatestProcesses, ten of %d" } }

--- Take the figures.
-- @tparam integer count processes that there are
-- @treturn {string,...} the lines of a table
return function(count)
  local floor <close> = startFloor()
  local _ <close>, port, health, info, connection, list = startFront(count)
  local targets, ratios, rates = { health, info, connection, list }, {}, {}
  for round = 1, rounds do
    local base = ask(floor.found, "/", 40000)
    for index, target in ipairs(targets) do
      ratios[index] = ratios[index] or {}
      rates[index] = ask(port, target, 20000)
      ratios[index][round] = rates[index] / base
    end
  end
  local lines = { "| requests, 64 connections | of bare libmicrohttpd's a second | over "
    .. rounds .. " rounds | aim | instructions |", "| --- | --- | --- | --- | --- |" }
  for index, row in ipairs(what) do
    local all = ratios[index]
    table.sort(all)
    lines[#lines + 1] = ("| %s | **%.2f** | %.2f to %.2f | %s | %d |"):format(
      row[1]:format(count), all[(rounds + 1) // 2], all[1], all[rounds], row[2] or "",
      instructions(index))
    print(lines[#lines])
  end
  return lines
end
