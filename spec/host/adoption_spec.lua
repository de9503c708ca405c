local hathora = require "hathora"
local host = require "support.host"
local keepers = require "support.keeper"
local process = require "support.process"
local procfs = require "hathora.host.machine.procfs"
local sockets = require "hathora.host.sockets"
local spawn = require "hathora.host.spawn"
local sqlite = require "hathora.host.sqlite"

local game = { game = { command = keepers.server, stopGrace = 1 } }

local function rewrite(keeper, query, ...)
  local database = sqlite.open(keeper.config.directory .. "/records.sqlite")
  local statement = database:prepare(query)
  statement(...)
  statement:close()
  database:close()
end

local function isBound(port) return sockets.bound("tcp", port, port)[port] end

describe("the next host #outside", function()
  it("holds what runs, as it was, and can stop it", function()
    local keeper <close> = keepers.start(game, { durable = true })
    local made = keeper:create "game"
    local before = keeper:waitForStatus(made, "running")
    keeper:restart()
    assert.same(before, keeper:info(made))
    keeper.processes:stop(made)
    keeper:waitForStatus(made, "stopped")
    assert.same({}, keeper.treeOf(made))
  end)

  it("tells what ended while no one watched, and how", function()
    local keeper <close> = keepers.start({ game = {
      command = keepers.shell "sleep 0.3; exit 7" } }, { durable = true })
    local made = keeper:create "game"
    keeper:waitFor(function() return #keeper.treeOf(made) >= 3 end, "the game")
    keeper.services:close()
    process.waitFor(function() return #keeper.treeOf(made) == 0 end, "the game to end")
    keeper:restart()
    keeper:waitForStatus(made, "failed")
    assert.equal("it exited with status 7", keeper:reason(made))
  end)

  -- Both games are older than their deadline when the next host comes, whose records say nothing of
  -- a start.
  it("lets a game be that became ready while no one watched", function()
    local keeper <close> = keepers.start({ game = { startDeadline = 1,
      command = keepers.shell "sleep 1; exec $GAME", env = { GAME = keepers.server[1] } } },
      { durable = true })
    local made = keeper:create "game"
    local port = math.tointeger(tonumber(keeper:row(made).ports:match "%d+"))
    keeper.services:close()
    process.waitFor(function() return isBound(port) end, "the game")
    keeper:restart()
    keeper:waitForStatus(made, "running")
  end)

  it("lets a game be whose records are lost", function()
    local keeper <close> = keepers.start({ game = { startDeadline = 0.5,
      command = keepers.server } }, { durable = true })
    local made = keeper:create "game"
    keeper:waitForStatus(made, "running")
    process.waitFor(function() return keeper.processes:age(keeper:row(made)) > 0.5 end, "its time")
    keeper.services:close()
    process.run("rm " .. keeper.config.directory .. "/records.sqlite*")
    keeper:restart()
    keeper:waitForStatus(made, "running")
  end)

  it("ends a game all the same that is not ready when it has been watched for long", function()
    local keeper <close> = keepers.start({ game = { startDeadline = 0.1, stopGrace = 0,
      command = keepers.shell "exec sleep 60" } }, { durable = true })
    local made = keeper:create "game"
    keeper:restart()
    keeper:waitForStatus(made, "failed", 20)
    assert.matches("had not bound", keeper:reason(made))
  end)

  -- A number that now is another's: of one that lives, by what tells it from the one recorded.
  local strangers = {
    ["another start"] = { startTime = 1 }, ["another boot"] = { bootId = "another" },
    ["another identity"] = {},
  }
  for what, told in pairs(strangers) do
    it("lets a stranger with a process's number be, by " .. what, function()
      local stranger <close> = process.hold { command = { "sleep", "1000" } }
      local keeper <close> = keepers.start(game, { durable = true })
      local made = keeper:create "game"
      keeper:waitForStatus(made, "running")
      keeper.services:close()
      rewrite(keeper, "UPDATE process SET pid = ?, startTime = ?, bootId = ?", stranger.pid,
        told.startTime or procfs.startTime(stranger.pid), told.bootId or procfs.bootId())
      keeper:restart()
      keeper.processes:stop(made)
      keeper:waitFor(function() return keeper:info(made).terminatedAt end, "the process to be over")
      assert.is_nil(stranger:endStatus())
      -- What is the process' own is swept up all the same.
      assert.same({}, keeper.treeOf(made))
    end)
  end
end)

-- A process that is not this one's child, so that its number is free as soon as it is over. It gets
-- a number of our choice, unless another process of this machine comes in between; or nil, and why
-- it cannot.
local function startOrphan(number)
  local choose = number and ("echo %d >/proc/sys/kernel/ns_last_pid && "):format(number - 1) or ""
  local output = process.run { "sh", "-c", choose .. "{ sleep 1000 >/dev/null 2>&1 & echo $!; }" }
  return math.tointeger(tonumber(output)), output
end

describe("a process that is held #outside", function()
  it("is not mistaken for the stranger that has got its number", function()
    local pid = startOrphan()
    local held <close> = spawn.find(pid)
    process.run { "kill", "-KILL", pid }
    process.waitFor(function() return not procfs.startTime(pid) end, "the number to be free")
    local stranger, why
    for _ = 1, 50 do
      stranger, why = startOrphan(pid)
      if stranger == pid or not stranger then break end
      process.run { "kill", stranger }
    end
    if not stranger then return pending("a process cannot be given a number here: " .. why) end
    assert.equal(pid, stranger, "others took the number fifty times")
    assert.is_nil((held:signal "TERM"))
    assert.is_nil((held:signal "KILL"))
    assert.is_truthy(procfs.startTime(stranger))
    process.run { "kill", stranger }
  end)
end)

describe("a host's directory #outside", function()
  it("is one host's: a second one ends, and says why", function()
    local running <close> = host.start { directory = true }
    local output, status = process.run { "bin/hathora-host", "serve", "--config",
      running.configFile }
    assert.equal(1, status)
    assert.matches("cannot use the directory .*: it is in use by another hathora%-host", output)
  end)

  it("is taken up when the end of what was written last is torn off", function()
    local running <close> = host.start { directory = true }
    local sdk = hathora.new(running:options())
    local ids = {}
    for index = 1, 5 do
      ids[index] = { processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
      sdk.processesV2:waitUntilRunning(ids[index])
      sdk.processesV2:stopProcess(ids[index])
      sdk.processesV2:waitUntilStopped(ids[index])
    end
    sdk:close()
    running:stop "KILL"
    local journal = running.directory .. "/records.sqlite-wal"
    local size = #process.readFile(journal)
    assert.is_true(size > 2000, size)
    process.run { "truncate", "-s", size - 1000, journal }
    running:restart()
    local later <close> = hathora.new(running:options())
    for index = 1, 4 do
      assert.equal("stopped", later.processesV2:getProcessInfo(ids[index]).status)
    end
    assert.is_string(later.processesV2:createProcess({ region = "Tokyo" }).processId)
  end)
end)

describe("as the first process of its container, a host #outside", function()
  it("leaves no zombie of what its games leave behind", function()
    if select(2, process.run { "unshare", "--pid", "--fork", "--mount-proc", "true" }) ~= 0 then
      return pending(host.unprivileged)
    end
    local first <close> = process.hold { ready = "listening on (%S+)", command = {
      "unshare", "--pid", "--fork", "--mount-proc", "bin/hathora-host", "serve", "--app", "game",
      "--user", "root", "--listen", "127.0.0.1:0", "--token", host.token,
      "--", "/bin/sh", "-c", "(sleep 0.05; true) & (setsid sleep 0.1 &) ; exit 0",
    } }
    local sdk <close> = hathora.new { serverUrl = first.found, appId = "game",
      security = { hathoraDevToken = host.token } }
    for _ = 1, 20 do
      local id = { processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
      sdk.processesV2:waitUntilStopped(id)
    end
    local inside = process.run("ps --ppid " .. first.pid .. " -o pid="):match "%d+"
    process.waitFor(function()
      return process.run("ps --ppid " .. inside .. " -o stat=") == ""
    end, "all that was left to it to be reaped", 2)
    process.run { "kill", inside }
    first:wait()
  end)
end)
