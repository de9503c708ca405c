local host = require "support.host"
local keepers = require "support.keeper"
local lfs = require "lfs"
local loops = require "hathora.host.machine.loop"
local socket = require "socket"
local support = require "support.process"

local server, shell, lua = keepers.server, keepers.shell, keepers.lua

-- Outside the memory checkers: valgrind 3.19 does not know the calls on pidfds.
describe("a created process #outside", function()
  it("is starting, then running with its port once that is bound, then stopped", function()
    local keeper <close> = keepers.start { game = { command = server } }
    local process = keeper:create "game"
    assert.equal("starting", process.status)
    assert.is_nil(process.exposedPort)
    assert.is_nil(process.startedAt)
    process = keeper:waitForStatus(process, "running")
    assert.equal("default", process.exposedPort.name)
    assert.equal("tcp", process.exposedPort.transportType)
    assert.equal("127.0.0.1", process.exposedPort.host)
    assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$", process.startedAt)
    assert.is_true(keeper.processes:stop(process))
    assert.equal("stopping", keeper:info(process).status)
    process = keeper:waitForStatus(process, "stopped")
    assert.is_true(process.createdAt <= process.startedAt)
    assert.is_true(process.startedAt <= process.stoppingAt)
    assert.is_true(process.stoppingAt <= process.terminatedAt)
  end)

  it("that was told to stop has not failed to start, however long it takes to end", function()
    local keeper <close> = keepers.start { game = { startDeadline = 1, stopGrace = 2,
      command = shell "trap '' TERM; echo ready; while true; do sleep 0.1; done" } }
    local process = keeper:create "game"
    keeper:waitForLog(process, "ready")
    keeper.processes:stop(process)
    keeper:waitFor(function() return keeper:info(process).terminatedAt end, "its end")
    assert.equal("stopped", keeper:info(process).status)
  end)

  it("is answered to whoever asks, though another's answer fails", function()
    local keeper <close> = keepers.start { game = { command = server } }
    keeper.expected = "it cannot be answered"
    local answered = 0
    for _, isAble in ipairs { true, false, true } do
      keeper.processes:create({ appId = "game", region = "Tokyo", idempotencyKey = "k" },
        function(process)
          assert(process and isAble, "it cannot be answered")
          answered = answered + 1
        end)
    end
    keeper.store:flush()
    assert.equal(2, answered)
  end)

  it("with a UDP port runs once that is bound", function()
    local keeper <close> = keepers.start { game = { transportType = "udp", command = lua [[
      socket.sleep(0.2)
      local udp = socket.udp()
      udp:setsockname("127.0.0.1", port)
      print "bound"
      socket.sleep(100)]] } }
    local process = keeper:create "game"
    keeper:waitForStatus(process, "running")
    assert.matches("bound", keeper:log(process))
  end)

  it("is not running because another process has bound its port", function()
    local keeper <close> = keepers.start { game = { command = shell "exec sleep 100" } }
    local process = keeper:create "game"
    local port = keeper:row(process).ports:match "%d+"
    local stranger <close> = support.hold {
      command = lua(([[port = %s print(socket.bind("127.0.0.1", port)) io.stdout:flush()
        socket.sleep(100)]]):format(port)), ready = "(tcp)",
    }
    for _ = 1, 20 do keeper.loop:step(0.02) end
    assert.equal("tcp", stranger.found)
    assert.equal("starting", keeper:info(process).status)
  end)

  it("fails with a reason when its port is not bound by the deadline", function()
    local keeper <close> = keepers.start {
      game = { command = shell "exec sleep 100", startDeadline = 0.2 },
    }
    local process = keeper:create "game"
    local failed = keeper:waitForStatus(process, "failed")
    assert.is_nil(failed.startedAt)
    assert.matches("had not bound its tcp port %d+ after 0.2 seconds",
      keeper:reason(process))
    assert.same({}, keeper.treeOf(process))
  end)

  it("has its variables, and its command with them filled in, without a shell", function()
    local keeper <close> = keepers.start { game = {
      command = { "/bin/sh", "-c", "env; echo \"$@\"", "sh", "p=${HATHORA_DEFAULT_PORT}",
        "$(echo x)", "${HATHORA_NONE}" },
      additionalPorts = { { name = "voice-chat", transportType = "udp" } },
      env = { MODE = "at ${HATHORA_VOICE_CHAT_PORT}", HATHORA_REGION = "forged" },
      roomsPerProcess = 3, deploymentId = 7, memoryMB = 256,
    } }
    local process = keeper:create "game"
    keeper:waitForStatus(process, "stopped")
    local text = keeper:log(process)
    local port, voice = text:match "HATHORA_DEFAULT_PORT=(%d+)",
      text:match "HATHORA_VOICE_CHAT_PORT=(%d+)"
    for _, line in ipairs {
      "HATHORA_APP_ID=game", "HATHORA_PROCESS_ID=" .. process.processId, "HATHORA_REGION=Tokyo",
      "HATHORA_ROOMS_PER_PROCESS=3", "HATHORA_DEPLOYMENT_ID=7", "HATHORA_HOSTNAME=127.0.0.1",
      "HATHORA_ALLOCATED_MEMORY_MB=256", "MODE=at " .. voice,
      ("p=%s $(echo x) ${HATHORA_NONE}"):format(port),
    } do
      assert.truthy(("\n" .. text):find("\n" .. line .. "\n", 1, true), text)
    end
  end)

  it("shows its additional ports once it runs", function()
    local keeper <close> = keepers.start { game = {
      command = server, additionalPorts = { { name = "debug" }, { name = "voice",
        transportType = "udp" } },
    } }
    local process = keeper:create "game"
    assert.same({}, process.additionalExposedPorts)
    local ports = keeper:waitForStatus(process, "running").additionalExposedPorts
    assert.equal("debug", ports[1].name)
    assert.equal("udp", ports[2].transportType)
    assert.not_equal(ports[1].port, ports[2].port)
  end)

  it("that exits is stopped after status 0, failed with the reason after another", function()
    local keeper <close> = keepers.start {
      good = { command = shell "exit 0" }, bad = { command = shell "exit 3" },
      killed = { command = shell "kill -SEGV $$" },
    }
    local good, bad, killed = keeper:create "good", keeper:create "bad", keeper:create "killed"
    keeper:waitForStatus(good, "stopped")
    keeper:waitForStatus(bad, "failed")
    keeper:waitForStatus(killed, "failed")
    assert.is_nil(keeper:reason(good))
    assert.equal("it exited with status 3", keeper:reason(bad))
    assert.equal("it was ended by signal 11", keeper:reason(killed))
  end)

  it("is not started again by itself", function()
    local keeper <close> = keepers.start { game = { command = shell "echo run; exit 1" } }
    local process = keeper:create "game"
    keeper:waitForStatus(process, "failed")
    for _ = 1, 10 do keeper.loop:step(0.02) end
    assert.equal("run\n", keeper:log(process))
    assert.equal(1, keeper.processes:count { appId = "game" })
  end)

  it("can be drained, before and while it runs, and runs on", function()
    local keeper <close> = keepers.start { game = { command = server } }
    local process = keeper:create "game"
    assert.is_true(keeper.processes:drain(process))
    assert.equal("draining", keeper:info(process).status)
    keeper:waitFor(function() return keeper:info(process).startedAt end, "its start")
    assert.equal("draining", keeper:info(process).status)
    assert.is_true(keeper.processes:drain { processId = process.processId })
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    assert.is_true(keeper.processes:drain(process))
    assert.equal("stopped", keeper:info(process).status)
  end)

  it("that no one is connected to for its idleTimeout is stopped, another one is not", function()
    local keeper <close> = keepers.start({ game = { command = server, idleTimeout = 1 } },
      { idleInterval = 0.05 })
    local idle, busy = keeper:create "game", keeper:create "game"
    local port = keeper:waitForStatus(busy, "running").exposedPort.port
    local player = assert(socket.connect("127.0.0.1", port))
    keeper:waitForStatus(idle, "stopped")
    for _ = 1, 30 do keeper.loop:step(0.02) end
    assert.equal("running", keeper:info(busy).status)
    player:close()
    keeper:waitForStatus(busy, "stopped")
  end)
end)

-- This process may open no more files between `take` and `give`, for which a shell stands by.
local function openFiles()
  local helper = assert(io.popen("exec sh", "w"))
  local pid = lfs.symlinkattributes("/proc/self", "target")
  local function limit(number, isMet)
    helper:write(("prlimit --nofile=%s: --pid %s\n"):format(number, pid))
    helper:flush()
    support.waitFor(isMet, "the limit")
  end
  local function canOpen()
    local file <close> = io.open "/dev/null"
    return file ~= nil
  end
  local before = support.run("ulimit -S -n"):match "%S+"
  local self = {}
  function self.take() limit("0", function() return not canOpen() end) end
  function self.give() limit(before, canOpen) end
  return setmetatable(self, { __close = function()
    self.give()
    helper:close()
  end })
end

-- Let the loop run for so long.
local function run(keeper, seconds)
  local last = loops.now() + seconds
  keeper:waitFor(function() return loops.now() > last end, "")
end

describe("while the host may open no more files, a process #outside", function()
  it("that is played on is not taken for idle, and once it may, is if nobody is", function()
    local keeper <close> = keepers.start({ game = { command = server, idleTimeout = 1 } },
      { idleInterval = 0.05 })
    local files <close> = openFiles()
    local process = keeper:create "game"
    local port = keeper:waitForStatus(process, "running").exposedPort.port
    local player = assert(socket.connect("127.0.0.1", port))
    files.take()
    run(keeper, 2)
    assert.equal("running", keeper:info(process).status)
    files.give()
    player:close()
    keeper:waitForStatus(process, "stopped")
  end)

  it("is not said to have failed to start, and once it may, has time to be seen", function()
    local go = os.tmpname()
    os.remove(go)
    local keeper <close> = keepers.start { game = { startDeadline = 0.5, env = { GO = go },
      command = shell("until [ -e $GO ]; do sleep 0.02; done; exec " .. server[1]) } }
    local process = keeper:create "game"
    local row = keeper:row(process)
    local first = row.deadline
    local files <close> = openFiles()
    files.take()
    keeper:waitFor(function() return row.deadline ~= first end, "the deadline to be put off")
    assert.equal("starting", keeper:info(process).status)
    run(keeper, row.deadline.due - loops.now() - 0.2) -- just before it is looked at again
    files.give()
    run(keeper, 0.4)
    support.writeFile(go, "")
    keeper:waitForStatus(process, "running")
    os.remove(go)
  end)
end)

describe("a create #outside", function()
  local function refusalOf(app, options)
    local keeper <close> = keepers.start({ game = app }, options)
    local process, problem = keeper:ask { appId = "game", region = "Tokyo" }
    assert.is_nil(process)
    assert.equal(0, keeper.processes:count { appId = "game" })
    return problem
  end

  it("of an unknown app is refused with 404", function()
    local keeper <close> = keepers.start { game = { command = server } }
    local _, problem = keeper:ask { appId = "gmae", region = "Tokyo" }
    assert.equal(404, problem.statusCode)
    assert.matches("gmae", problem.message)
  end)

  it("beyond the app's limit is refused with 402, until one has ended", function()
    local keeper <close> = keepers.start { game = { command = server, maxProcesses = 1 } }
    local process = keeper:create "game"
    local _, problem = keeper:ask { appId = "game", region = "Tokyo" }
    assert.equal(402, problem.statusCode)
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    keeper:create "game"
  end)

  it("says in words of the system why a program cannot be run, and records nothing", function()
    local missing = refusalOf { command = { "/no/such/program" } }
    assert.equal(500, missing.statusCode)
    assert.matches("its program /no/such/program cannot be found: No such file or directory",
      missing.message, 1, true)
    assert.matches("no%-such%-program is not found in /usr", refusalOf {
      command = { "no-such-program" } }.message)
    assert.matches("/etc/passwd is not a file that may be executed",
      refusalOf { command = { "/etc/passwd" } }.message)
    assert.matches("/no/such is not there",
      refusalOf { command = server, cwd = "/no/such" }.message)
  end)

  it("whose program only the kernel refuses fails with its words", function()
    local path = os.tmpname()
    support.writeFile(path, "\127ELF nonsense")
    os.execute("chmod +x " .. path)
    local keeper <close> = keepers.start { game = { command = { path } },
      stranger = { command = server, user = "no-such-user" } }
    local process, other = keeper:create "game", keeper:create "stranger"
    keeper:waitForStatus(process, "failed")
    assert.equal("cannot run " .. path .. ": Exec format error", keeper:reason(process))
    assert.matches("Exec format error", keeper:log(process))
    keeper:waitForStatus(other, "failed")
    assert.matches("cannot become user no%-such%-user", keeper:reason(other))
    os.remove(path)
  end)

  it("with a key that was used gives the same process, whatever became of it", function()
    local keeper <close> = keepers.start { game = { command = shell "exit 0" } }
    local first = keeper:create("game", "key")
    keeper:waitForStatus(first, "stopped")
    local again = keeper:create("game", "key")
    assert.equal(first.processId, again.processId)
    assert.equal("stopped", again.status)
    assert.not_equal(first.processId, keeper:create("game", "key 2").processId)
    local _, problem = keeper:ask {
      appId = "game", region = "London", idempotencyKey = "key" }
    assert.equal(422, problem.statusCode)
  end)

  it("that fifty make with one key is one process", function()
    local keeper <close> = keepers.start { game = { command = server } }
    local first = keeper:create("game", "key").processId
    for _ = 2, 50 do assert.equal(first, keeper:create("game", "key").processId) end
    assert.equal(1, keeper.processes:count { appId = "game" })
  end)

  it("is refused with 503 when no port is free, and works again later", function()
    local keeper <close> = keepers.start({ game = { command = server } },
      { ports = { 26000, 26001 }, portQuarantine = 0.1 })
    local process = keeper:create "game"
    keeper:create "game"
    local _, problem = keeper:ask { appId = "game", region = "Tokyo" }
    assert.equal(503, problem.statusCode)
    assert.is_number(problem.retryAfter)
    assert.equal("no port is free from 26000 to 26001", problem.message)
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    keeper:waitFor(function()
      return keeper:ask { appId = "game", region = "Tokyo" }
    end, "a port")
  end)
end)

describe("a stop #outside", function()
  it("works while the process starts, twice, and after it ended", function()
    local keeper <close> = keepers.start { game = { command = shell "exec sleep 100" } }
    local process = keeper:create "game"
    local row = keeper:row(process)
    assert.is_true(keeper.processes:stop(process))
    local stoppingAt = keeper:info(process).stoppingAt
    support.waitFor(function() return keeper.processes:now() > row.stoppingAt end, "a later time")
    assert.is_true(keeper.processes:stop(process))
    keeper:waitForStatus(process, "stopped")
    assert.is_true(keeper.processes:stop(process))
    assert.equal(stoppingAt, keeper:info(process).stoppingAt)
    assert.equal("stopped", keeper:info(process).status)
  end)

  it("of a process of another app, or of none, is refused with 404", function()
    local keeper <close> = keepers.start { game = { command = server },
      other = { command = server } }
    local process = keeper:create "game"
    local _, problem = keeper.processes:stop { appId = "other", processId = process.processId }
    assert.equal(404, problem.statusCode)
    assert.equal("starting", keeper:info(process).status)
  end)
end)

describe("the service of processes #outside", function()
  it("lists the latest first, by region and status", function()
    local keeper <close> = keepers.start { game = { command = server } }
    local ids = {}
    for index, region in ipairs { "Tokyo", "London", "Tokyo" } do
      ids[index] = keeper:ask { appId = "game", region = region }.processId
    end
    local function list(wanted)
      wanted.appId, wanted.limit = "game", wanted.limit or 10
      local found = {}
      for index, process in ipairs(keeper.processes:list(wanted)) do
        found[index] = process.processId
      end
      return found
    end
    assert.same({ ids[3], ids[2], ids[1] }, list {})
    assert.same({ ids[3], ids[2] }, list { limit = 2 })
    assert.same({ ids[3], ids[1] }, list { region = { Tokyo = true } })
    assert.same({}, list { region = { Tokyo = true }, status = { failed = true } })
    assert.same({ ids[2] }, list { region = { London = true, Dubai = true },
      status = { starting = true, running = true } })
  end)

  local function count(keeper, wanted)
    local total
    keeper.processes:countBefore(wanted, function(number) total = number end)
    return keeper:waitFor(function() return total end, "the count")
  end

  it("lists and counts those created before a time, what has ended too", function()
    local time = 1000
    local keeper <close> = keepers.start({ game = { command = server }, over = {
      command = { "/bin/true" } } }, { time = function() return time end })
    local ids = {}
    for index = 1, 4 do
      local made = keeper:create(index % 2 == 0 and "over" or "game")
      if index % 2 == 0 then keeper:waitForStatus(made, "stopped") end
      ids[index], time = made.processId, time + 1
    end
    local function before(appId, seconds)
      local wanted, found = { appId = appId, before = seconds * 1000, limit = 10 }, {}
      for index, process in ipairs(keeper.processes:list(wanted)) do
        found[index] = process.processId
      end
      assert.equal(#found, count(keeper, wanted))
      return found
    end
    assert.same({ {}, { ids[1] }, { ids[1] }, { ids[3], ids[1] } }, { before("game", 1000),
      before("game", 1000.5), before("game", 1002), before("game", 1e9) })
    assert.same({ {}, { ids[2] }, { ids[4], ids[2] } },
      { before("over", 1001), before("over", 1003), before("over", 1003.5) })
    assert.equal(0, count(keeper, { appId = "over", before = 1e9, status = { running = true } }))
    -- More than are counted at once, of one moment.
    keeper.store.database:execute [[INSERT INTO process (processId, appId, region, deploymentId,
        roomsPerProcess, status, ports, createdAt, terminatedAt)
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 25000)
      SELECT n, 'over', 'Tokyo', 1, 1, 'stopped', '', n / 20000, 1 FROM numbers]]
    assert.same({ 0, 19999, 25000, 25001 }, { count(keeper, { appId = "over", before = 0 }),
      count(keeper, { appId = "over", before = 1 }), count(keeper, { appId = "over", before = 2 }),
      count(keeper, { appId = "over", before = 1002000 }) })
  end)

  it("leaves no zombie and no descriptor behind", function()
    local keeper <close> = keepers.start({ game = { command = { "/bin/true" } } },
      { portQuarantine = 0 })
    local function descriptors()
      collectgarbage()
      collectgarbage()
      local names = support.run "for file in /proc/$PPID/fd/*; do readlink $file; done"
      local counts = {}
      for name in names:gsub("%[%d+%]", ""):gmatch "[^\n]+" do
        counts[name] = (counts[name] or 0) + 1
      end
      return counts
    end
    -- A sanitizer that is preloaded can hang ps(1).
    local function zombies()
      return (support.run "LD_PRELOAD= ps --ppid $PPID -o pid=,stat= | grep Z")
    end
    local before, dead = descriptors(), zombies()
    local rounds = 20 * (tonumber(os.getenv "HATHORA_SPEC_ROUNDS") or 1)
    for _ = 1, rounds do
      local last
      for _ = 1, 10 do last = keeper:create "game" end
      keeper:waitForStatus(last, "stopped")
    end
    keeper:waitFor(function()
      return keeper.processes:count { appId = "game", status = { stopped = true } } == 10 * rounds
    end, "all to end")
    -- What an earlier spec had left to be closed may have gone meanwhile.
    for name, open in pairs(descriptors()) do
      assert(open <= (before[name] or 0), name .. " is left open")
    end
    assert.equal(dead, zombies())
  end)

  it("without a directory stops its games when it is closed", function()
    local keeper <close> = keepers.start { game = { command = server } }
    local process = keeper:create "game"
    keeper:waitForStatus(process, "running")
    local path = keeper.services.directory.path
    keeper.services:close()
    assert.same({}, keeper.treeOf(process))
    assert.is_nil(support.readFile(path .. "/lock"))
  end)

  it("running as root wants to be told a user", function()
    local loop <close> = require "hathora.host.machine.loop".new()
    local _, problem = require "hathora.host.services".start { loop = loop,
      config = { apps = { game = { command = server } } } }
    if host.user ~= "root" then return pending(host.unprivileged) end
    assert.matches("app game does not say which user", problem)
  end)
end)
