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

-- One pair after the other, so that what disturbs the machine disturbs both.
local function take(figure)
  local values = {}
  for round = 1, rounds do
    local ours = run(figure.ours, figure.whole)
    local other = figure.other and run(figure.other, figure.whole)
    values[round] = figure.read(ours, other)
  end
  table.sort(values)
  return values[(rounds + 1) // 2], values[1], values[rounds]
end

-- What one more of `count` costs in instructions, which repeat where time does not.
local function instructions(command)
  local counts = {}
  for index, count in ipairs { 1000, 11000 } do
    local words = { "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
      table.unpack(command) }
    words[3 + 5] = tostring(count)
    local total = run(words):match "refs:%s+([%d,]+)":gsub(",", "")
    counts[index] = tonumber(total)
  end
  return (counts[2] - counts[1]) // 10000
end

local function isMet(figure, value)
  if not figure.aim then return "" end
  local met = figure.better == "more" and value >= figure.aim
    or figure.better == "less" and value <= figure.aim
  return met and "yes" or "no"
end

local function row(figure)
  if figure.other and not can(figure.other) then
    return ("| %s | %s | | not here | | |"):format(figure[1], figure[2])
  end
  local value, least, most = take(figure)
  local counted = figure.counted and (" (%d instructions)"):format(instructions(figure.ours)) or ""
  local aim = figure.aim
    and ("%s %g"):format(figure.better == "more" and "at least" or "at most", figure.aim) or ""
  return ("| %s | %s | %s | **%.3g** %s%s | %.3g to %.3g | %s |"):format(figure[1],
    figure[2] or "", aim, value, figure.unit, counted, least, most, isMet(figure, value))
end

local function systemCalls(command)
  local output = run { "strace", "-f", "-c", "-o", "/dev/stdout", table.unpack(command) }
  local calls, counts = tonumber(command[5] or command[4]), {}
  for count, name in output:gmatch "\n%s*[%d.]+%s+[%d.]+%s+%d+%s+(%d+)%s+%d*%s*([%w_]+)" do
    if tonumber(count) >= calls / 2 then
      counts[#counts + 1] = ("%s %.0f"):format(name, count / calls)
    end
  end
  return table.concat(counts, ", ")
end

local function plot(growth, directory)
  local lines = {}
  for index, point in ipairs(growth) do
    lines[index] = ("%s %s %s"):format(point.inFlight, point.read(run(point.ours)),
      point.read(run(point.other)))
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

local function machine()
  local model = process.readFile "/proc/cpuinfo":match "model name%s*: ([^\n]+)"
  local kernel = process.run("uname -sr"):match "[^\n]+"
  local count = process.run("nproc"):match "%d+"
  return ("%s, %s of them, %s; %s; libcurl %s, %s"):format(model, count, kernel,
    process.run("sed -n 's/^PRETTY_NAME=//p' /etc/os-release"):match '"([^"]+)"',
    require "hathora.core".info().libcurl, _VERSION)
end

local directory = process.temporaryDirectory()
local server = require "server".start(directory)
local ok, problem = pcall(function()
  local figures, growth = require "figures"(server, { floor = process.build .. "/bench/floor",
    modules = modules }, scale)
  local out = { ("Taken %s by `make bench`, %d pairs of each; on %s."):format(
    os.date "!%Y-%m-%d", rounds, machine()), "",
    "| what | against | aim | figure | over the pairs | met |",
    "| --- | --- | --- | --- | --- | --- |" }
  for _, figure in ipairs(figures) do
    if figure[1]:find(pattern) then
      out[#out + 1] = row(figure)
      print(out[#out])
    end
  end
  if pattern ~= "" then return end
  out[#out + 1] = ("\nSystem calls a call, one after another: %s; bare libcurl's: %s."):format(
    systemCalls(figures[1].ours), systemCalls(figures[1].other))
  print(out[#out])
  plot(growth, directory)
  out[#out + 1] = "\n![CPU time a call as calls in flight grow](in-flight.svg)"
  process.writeFile("bench/results/latest.md", table.concat(out, "\n") .. "\n")
end)
server.close()
process.removeDirectory(directory)
assert(ok, problem)
