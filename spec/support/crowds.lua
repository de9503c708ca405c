--- Very many of what a host may meet, made as cheaply as can be: connections of the machine, rows
-- of what has ended, processes that live, logs.

local host = require "support.host"
local lfs = require "lfs"
local process = require "support.process"
local procfs = require "hathora.host.machine.procfs"
local sqlite = require "hathora.host.sqlite"

local crowds = {}

--- Connections of this machine with itself, as many as one process may have.
-- @tparam integer count
-- @treturn a process with `close`
function crowds.connections(count)
  return process.hold { ready = "all are there", seconds = 60, command = { "sh", "-c",
    'ulimit -n "$(ulimit -H -n)"; exec lua5.4 -e "$1"', "sh", ([[
    local socket = require "socket"
    local listener = assert(socket.bind("127.0.0.1", 0, 1000))
    local address, port = listener:getsockname()
    local open = {}
    for index = 1, %d do
      open[index] = { assert(socket.connect(address, port)), assert(listener:accept()) }
    end
    print "all are there"
    io.stdout:flush()
    socket.sleep(1000)]]):format(count) } }
end

-- Change a host's records while it is down.
local function change(running, act)
  running:stop "KILL"
  local database = sqlite.open(running.directory .. "/records.sqlite")
  act(database)
  database:close()
  running:restart()
end

--- Rows of what has ended in a host's records.
-- @tparam table running a host with a directory
-- @tparam integer count
function crowds.ended(running, count)
  change(running, function(database)
    database:execute(([[
      INSERT INTO process (processId, appId, region, deploymentId, roomsPerProcess, status, ports,
        createdAt, terminatedAt)
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)
      SELECT 'ended-' || n, '%s', 'Tokyo', 1, 1, iif(n %% 2, 'stopped', 'failed'),
        'default:tcp:20000', now, now
      FROM numbers, (SELECT unixepoch() * 1000 AS now)]]):format(count, host.appId))
  end)
end

--- Processes that live: real ones, each a sleep with a process's identity, which the host takes for
-- shims of before. They end with what this returns.
-- @tparam table running a host with a directory
-- @tparam integer count
-- @treturn a process with `close`
function crowds.live(running, count)
  local sleepers = process.hold { ready = "(all are there)", seconds = 60,
    command = { "sh", "-c", ([[n=0; while [ $n -lt %d ]; do n=$((n + 1))
      HATHORA_PROCESS_ID=live-$n sleep 1000 & echo $! $n; done; echo all are there; wait]])
      :format(count) } }
  change(running, function(database)
    local insert <close> = database:prepare [[
      INSERT INTO process (processId, appId, region, deploymentId, roomsPerProcess, status, ports,
        createdAt, startedAt, pid, startTime, bootId, engine)
      VALUES (?, ?, 'Tokyo', 1, 1, 'running', ?, 1, 1, ?, ?, ?, 'local')]]
    database:execute "BEGIN"
    for pid, number in sleepers:output():gmatch "(%d+) (%d+)\n" do
      pid = math.tointeger(tonumber(pid))
      insert("live-" .. number, host.appId, "default:tcp:" .. 20000 + tonumber(number), pid,
        procfs.startTime(pid), procfs.bootId())
    end
    database:execute "COMMIT"
  end)
  return sleepers
end

--- Processes that live, as `live` makes them, each with very many rooms.
-- @tparam table running a host with a directory
-- @tparam integer count of processes
-- @tparam integer each rooms of each
-- @treturn a process with `close`
function crowds.rooms(running, count, each)
  local sleepers = crowds.live(running, count)
  change(running, function(database)
    database:execute(([[
      UPDATE process SET roomsPerProcess = %d;
      INSERT INTO room (number, appId, roomId, region, roomConfig, status, processId, createdAt)
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)
      SELECT process.number * 1000000 + n, process.appId, processId || '-' || n, 'Tokyo',
        '{"mode":"duel"}', 'active', processId, 1 FROM process JOIN numbers;
      INSERT INTO allocation (roomAllocationId, room, processId, isFirst, scheduledAt)
      SELECT 'place-' || number, number, processId, 0, number FROM room]]):format(each, each))
  end)
  return sleepers
end

--- Processes with long environments.
-- @tparam integer count
-- @tparam integer variables of 128,000 bytes each
-- @treturn a process with `close`
function crowds.environments(count, variables)
  return process.hold { ready = "all are there", seconds = 60, command = { "sh", "-c", ([[
    long=$(head -c 128000 /dev/zero | tr '\0' x)
    for name in $(seq %d); do export "LONG_$name=$long"; done
    for one in $(seq %d); do sleep 1000 & done
    echo "all are there"; wait]]):format(variables, count) } }
end

--- Logs of a few bytes that a host finds in its directory when it begins.
-- @tparam table running a host with a directory
-- @tparam integer count
function crowds.logs(running, count)
  running:stop "KILL"
  local output, status = process.run(("cd %s/logs && seq %d | split -l 1 -a 5 - log-"):format(
    running.directory, count))
  assert(status == 0, output)
  running:restart()
end

--- How many of those are left.
function crowds.countLogs(running)
  local count = 0
  for name in lfs.dir(running.directory .. "/logs") do
    if name:find("log-", 1, true) == 1 then count = count + 1 end
  end
  return count
end

return crowds
