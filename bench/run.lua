--- Take the figures and write them down: run [PATTERN]
-- PATTERN picks figures by their names. BENCH_SCALE=0.1 does a tenth of the work, and
-- BENCH_ROUNDS says how many pairs are taken of each (5).

local process = require "support.process"
local socket = require "socket"

local pattern = arg[1] or ""
local rounds = tonumber(os.getenv "BENCH_ROUNDS" or 5)
local scale = tonumber(os.getenv "BENCH_SCALE" or 1)
local modules = process.build .. "/node/node_modules"

local function can(command)
  return command.needs ~= "node"
    or select(2, process.run("command -v node && test -d " .. modules .. "/@hathora")) == 0
end

local function run(command, whole)
  local began = socket.gettime()
  local output, status = process.run(command)
  assert(status == 0, table.concat(command, " ") .. ": " .. output)
  return whole and tostring(socket.gettime() - began) or output
end

local function median(values)
  table.sort(values)
  return values[(#values + 1) // 2]
end

local function placed(command, processor)
  if not processor or not command then return command end
  return { "taskset", "-c", ("%d"):format(processor), table.unpack(command) }
end

-- One pair after the other, so that what disturbs the machine disturbs both. `cpu` reads the CPU
-- time a call of an output, where it has one.
local function take(figure, cpu)
  local values, ours, others = {}, {}, {}
  local ourCommand, otherCommand = placed(figure.ours, figure.on), placed(figure.other, figure.on)
  for round = 1, rounds do
    local our = run(ourCommand, figure.whole)
    local other = otherCommand and run(otherCommand, figure.whole)
    values[round] = figure.read(our, other)
    ours[round], others[round] = cpu(our), other and cpu(other)
  end
  return { value = median(values), least = values[1], most = values[rounds], ours = median(ours),
    other = median(others) }
end

-- Where in a command the number of calls stands: after the URL.
local function placeOfCount(words)
  for place, word in ipairs(words) do
    if word:find "^https?://" then return place + 1 end
  end
end

-- Callgrind on a program that takes so many calls; an `env` with its settings stays outside. On the
-- server's processor, so that its answer is there no sooner than the program waits for it: under
-- callgrind the program is fifty times slower, and the server is not.
local function countAll(command, calls)
  local words = { table.unpack(command) }
  words[placeOfCount(words)] = tostring(calls)
  local place = 1
  while words[place]:find "^env$" or words[place]:find "^-u$" or words[place]:find "^LUA_" do
    place = place + 1
  end
  for index, word in ipairs { "taskset", "-c", "0", "env", "BENCH_STEP_BUDGET=1", "valgrind",
    "--tool=callgrind", "--callgrind-out-file=/dev/null" } do
    table.insert(words, place + index - 1, word)
  end
  return tonumber((run(words):match "refs:%s+([%d,]+)":gsub(",", "")))
end

-- What one more call costs in instructions, which repeat where time does not.
local known = {}
local function instructions(command)
  local name = table.concat(command, " ")
  known[name] = known[name] or (countAll(command, 5000) - countAll(command, 1000)) // 4000
  return known[name]
end

local function isMet(figure, value)
  if not figure.aim then return "" end
  local met = figure.better == "more" and value >= figure.aim
    or figure.better == "less" and value <= figure.aim
  return met and "yes" or "no"
end

local function aimOf(figure)
  return figure.aim
    and ("%s %s"):format(figure.better == "more" and "at least" or "at most", figure.aim) or ""
end

local function short(value) return (value >= 100 and "%.0f" or "%.3g"):format(value) end

local function instructionsRow(figure)
  local ours, first, beside = instructions(figure.ours), nil, {}
  for index, row in ipairs(figure.beside or {}) do
    local count = instructions(row[2])
    first = first or count
    beside[index] = ("%d: %s"):format(count, row[1])
  end
  local value = figure.read(ours, first)
  local unit = figure.unit and ("; %s%s"):format(short(value), figure.unit) or ""
  return ("| %s | **%d**%s | %s | %s | %s |"):format(figure[1], ours, unit,
    table.concat(beside, "; "), aimOf(figure), isMet(figure, value))
end

local function wallRow(figure, cpu)
  if figure.other and not can(figure.other) then
    return ("| %s | %s | | not here | | | |"):format(figure[1], figure[2])
  end
  local took = take(figure, cpu)
  local used = took.ours and took.other and ("%.1f; %.1f us"):format(took.ours, took.other) or ""
  return ("| %s | %s | %s | **%s** %s | %s to %s | %s | %s |"):format(figure[1],
    figure[2] or "", aimOf(figure), short(took.value), figure.unit, short(took.least),
    short(took.most), used, isMet(figure, took.value))
end

local function systemCalls(command)
  local output = run { "strace", "-f", "-c", "-o", "/dev/stdout", table.unpack(command) }
  local calls, counts = tonumber(command[placeOfCount(command)]), {}
  for count, name in output:gmatch "\n%s*[%d.]+%s+[%d.]+%s+%d+%s+(%d+)%s+%d*%s*([%w_]+)" do
    if tonumber(count) >= calls / 2 then
      counts[#counts + 1] = ("%s %.0f"):format(name, count / calls)
    end
  end
  return table.concat(counts, ", ")
end

local function plot(growth, cpu, directory)
  local lines = {}
  for index, point in ipairs(growth) do
    lines[index] = ("%s %s %s"):format(point.inFlight, cpu(run(point.ours)),
      cpu(run(point.other)))
  end
  process.writeFile(directory .. "/growth", table.concat(lines, "\n"))
  run { "gnuplot", "-e", ([[
    set terminal svg size 640,360 font "sans,12" background "white";
    set output "bench/results/in-flight.svg"; set logscale x 2; set yrange [0:*]; set grid y;
    set xlabel "calls in flight"; set ylabel "CPU time a call, us"; set key left top;
    plot "%s/growth" using 1:2 with linespoints lw 2 title "hathora, decoded",
      "" using 1:3 with linespoints lw 2 title "bare libcurl"]]):format(directory):gsub("\n", " ")
    .. "" }
end

local processors = tonumber((process.run "nproc"))

local function machine()
  local model = process.readFile "/proc/cpuinfo":match "model name%s*: ([^\n]+)"
  local kernel = process.run("uname -sr"):match "[^\n]+"
  return ("%s, %d of them, %s; %s; libcurl %s, %s"):format(model, processors, kernel,
    process.run("sed -n 's/^PRETTY_NAME=//p' /etc/os-release"):match '"([^"]+)"',
    require "hathora.core".info().libcurl, _VERSION)
end

-- Prints the rows as they come.
local function tabulate(out, head, figures, kind, row)
  table.move(head, 1, #head, #out + 1, out)
  for _, figure in ipairs(figures) do
    if figure.kind == kind and figure[1]:find(pattern) then
      out[#out + 1] = row(figure)
      print(out[#out])
    end
  end
end

local instructionsHead = { "", "## Instructions", "",
  "Callgrind's, for one call more; they repeat where time does not.", "",
  "| what | ours | beside | aim | met |", "| --- | --- | --- | --- | --- |" }
local wallHead = { "", "## Time and memory", "",
  "Median of the pairs.", "",
  "| what | against | aim | figure | over the pairs | CPU a call: ours; its | met |",
  "| --- | --- | --- | --- | --- | --- | --- |" }

local directory = process.temporaryDirectory()
local server = require "server".start(directory)
local ok, problem = pcall(function()
  local figures, growth, cpu = require "figures"(server, { floor = process.build .. "/bench/floor",
    modules = modules, last = processors - 1 }, scale)
  local out = { ("Taken %s by `make bench`, %d pairs of each; on %s."):format(
    os.date "!%Y-%m-%d", rounds, machine()) }
  tabulate(out, instructionsHead, figures, "instructions", instructionsRow)
  tabulate(out, wallHead, figures, nil, function(figure) return wallRow(figure, cpu) end)
  if pattern ~= "" then return end
  local first = figures[1]
  out[#out + 1] = ("\nSystem calls a call, one after another: %s; bare libcurl's: %s."):format(
    systemCalls(first.ours), systemCalls(first.beside[1][2]))
  print(out[#out])
  plot(growth, cpu, directory)
  out[#out + 1] = "\n![CPU time a call as calls in flight grow](in-flight.svg)"
  process.writeFile("bench/results/latest.md", table.concat(out, "\n") .. "\n")
end)
server.close()
process.removeDirectory(directory)
assert(ok, problem)
