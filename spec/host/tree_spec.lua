local keepers = require "support.keeper"
local loops = require "hathora.host.machine.loop"
local procfs = require "hathora.host.machine.procfs"
local shimProgram = require "hathora.host.engine.local.shim".program
local support = require "support.process"

local shell = keepers.shell

-- What runs beside the game: each line leaves a process that the game's own end would not end.
local strays = {
  ["a child"] = "sleep 1000 &",
  ["a grandchild"] = "(sleep 1000 & sleep 1000) &",
  ["a daemon, forked twice into a session of its own"] =
    "(setsid sh -c 'sleep 1000 & sleep 1000' </dev/null &)",
  ["a child that ignores SIGTERM"] = "(trap '' TERM; sleep 1000) &",
  ["a daemon that ignores SIGTERM"] = "(trap '' TERM; setsid sleep 1000 &)",
  ["a stopped child"] = "sleep 1000 & kill -STOP $!",
  ["a stopped daemon that ignores SIGTERM"] =
    "(setsid sh -c 'trap \"\" TERM; kill -STOP $$; sleep 1000' &)",
}

local function countTree(keeper, process)
  return #keeper.treeOf(process)
end

describe("a stop leaves nothing of #outside", function()
  for name, script in pairs(strays) do
    it(name, function()
      local keeper <close> = keepers.start { game = {
        command = shell(script .. "\necho ready; exec sleep 1000"), stopGrace = 0.3,
      } }
      local process = keeper:create "game"
      keeper:waitForLog(process, "ready")
      keeper:waitFor(function() return countTree(keeper, process) >= 4 end, "the stray")
      keeper.processes:stop(process)
      keeper:waitForStatus(process, "stopped")
      assert.same({}, keeper.treeOf(process))
    end)
  end

  it("a game that ignores SIGTERM, once its grace is over and not before", function()
    local keeper <close> = keepers.start { game = {
      command = shell "trap '' TERM; echo ready; while :; do sleep 0.05; done", stopGrace = 0.5,
    } }
    local process = keeper:create "game"
    keeper:waitForLog(process, "ready")
    local asked = loops.now()
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    local grace = loops.now() - asked
    assert.is_true(grace >= 0.5 and grace < 8, grace) -- 10 unless the app says otherwise
    assert.equal(9, keeper:row(process).signal)
  end)

  it("a stopped game, which is woken to end by itself", function()
    local keeper <close> = keepers.start { game = {
      stopGrace = 8, command = shell [[
        trap 'echo ended; exit 0' TERM
        echo ready; kill -STOP $$; sleep 0.1; exit 1]],
    } }
    local process = keeper:create "game"
    keeper:waitForLog(process, "ready")
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    assert.matches("ended", keeper:log(process))
  end)

  it("its port", function()
    local keeper <close> = keepers.start({ game = { command = keepers.server } },
      { ports = { 26990, 26990 }, portQuarantine = 0 })
    for _ = 1, 5 do
      local process = keeper:create "game"
      assert.equal(26990, keeper:waitForStatus(process, "running").exposedPort.port)
      keeper.processes:stop(process)
      keeper:waitForStatus(process, "stopped")
    end
  end)
end)

describe("while it is stopped, a game #outside", function()
  it("has its grace for each of its processes, and its last words kept", function()
    local keeper <close> = keepers.start { game = { stopGrace = 8, command = shell [[
      setsid sh -c 'trap "sleep 0.2; echo last words; exit 0" TERM; echo ready
        while :; do sleep 0.02; done' &
      wait]] } }
    local process = keeper:create "game"
    keeper:waitForLog(process, "ready")
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    assert.matches("last words", keeper:log(process))
  end)

  -- Each host carries out anew what it finds recorded.
  it("is told once, and killed after one grace, whatever hosts come and go", function()
    local keeper <close> = keepers.start({ game = { stopGrace = 1, command = shell [[
      trap 'echo told' TERM
      echo ready; while :; do sleep 0.02; done]] } }, { durable = true })
    local process, hosts = keeper:create "game", 0
    keeper:waitForLog(process, "ready")
    keeper.processes:stop(process)
    keeper:waitForLog(process, "told")
    keeper:waitFor(function()
      keeper:restart()
      hosts = hosts + 1
      return keeper:info(process).terminatedAt
    end, "its end")
    assert.is_true(hosts > 2, hosts)
    assert.equal(1, select(2, keeper:log(process):gsub("told", "")))
  end)
end)

describe("what a game leaves behind when it ends by itself #outside", function()
  for name, script in pairs(strays) do
    it(("is gone with it: %s"):format(name), function()
      local keeper <close> = keepers.start { game = { command = shell(script .. "\nexit 3") } }
      local process = keeper:create "game"
      keeper:waitForStatus(process, "failed")
      assert.equal("it exited with status 3", keeper:reason(process))
      assert.same({}, keeper.treeOf(process))
    end)
  end

  -- The shim's processes: the guard, which the host knows, and the worker below it.
  local function shimOf(keeper, process)
    local guard = keeper:row(process).pid
    local children = support.readFile(("/proc/%d/task/%d/children"):format(guard, guard))
    return { guard = guard, worker = tonumber(children:match "%d+") }
  end

  -- A child that ignores SIGTERM, a daemon, and one that shed its environment besides.
  local everyone = [[
    (trap '' TERM; exec sleep 1000) &
    (setsid sleep 1000 &)
    (setsid env -i sh -c 'echo $$; exec sleep 1000' &)
    sleep 0.2; echo ready; exec sleep 1000]]

  for _, half in ipairs { "guard", "worker" } do
    for state, isStopping in pairs { ["as it runs"] = false, ["while it is stopped"] = true } do
      it(("is gone, too, when its shim's %s was killed %s"):format(half, state), function()
        local keeper <close> = keepers.start { game = { command = shell(everyone),
          stopGrace = 60 } }
        local process = keeper:create "game"
        keeper:waitForLog(process, "ready")
        local shed = tonumber(keeper:log(process):match "%d+")
        local shim = shimOf(keeper, process)
        if isStopping then
          keeper.processes:stop(process)
          for _ = 1, 20 do keeper.loop:step(0.01) end
        end
        support.run { "kill", "-KILL", shim[half] }
        keeper:waitForStatus(process, isStopping and "stopped" or "failed")
        assert.same({}, keeper.treeOf(process))
        assert.is_nil(procfs.startTime(shed))
        if not isStopping then
          assert.equal("its shim was killed", keeper:reason(process))
        end
      end)
    end
  end

  -- Those left behind take the worker longer than whoever watches for the result.
  it("does not change how the game itself ended when the shim's worker is killed then", function()
    local go = os.tmpname()
    os.remove(go)
    local keeper <close> = keepers.start({ game = { env = { GO = go }, command = shell [[
      n=0; while [ $n -lt 100 ]; do sleep 1000 & n=$((n + 1)); done
      echo ready; until [ -e $GO ]; do sleep 0.02; done; exit 3]] } }, { durable = true })
    local process = keeper:create "game"
    keeper:waitForLog(process, "ready")
    local result = keeper.config.directory .. "/results/" .. process.processId
    local _ <close> = support.hold { ready = "ready", command = { "/bin/sh", "-c",
      'echo ready; while ! [ -e "$0" ]; do :; done; kill -KILL $1', result,
      shimOf(keeper, process).worker } }
    support.writeFile(go, "")
    keeper:waitForStatus(process, "failed")
    assert.equal("it exited with status 3", keeper:reason(process))
    assert.same({}, keeper.treeOf(process))
    os.remove(go)
  end)

  it("is gone, too, when all of its shim was killed, but for what shed its environment", function()
    local keeper <close> = keepers.start { game = {
      command = shell "setsid sleep 1000 & echo ready; exec sleep 1000",
    } }
    local process = keeper:create "game"
    keeper:waitForLog(process, "ready")
    local shim = shimOf(keeper, process)
    support.run { "kill", "-KILL", shim.guard, shim.worker }
    keeper:waitForStatus(process, "failed")
    assert.same({}, keeper.treeOf(process))
  end)

  it("is gone when its shim's guard was killed, and the shim's file is another by then", function()
    local keeper <close> = keepers.start({ game = { stopGrace = 60, command = shell(everyone) } },
      { durable = true })
    local process = keeper:create "game"
    keeper:waitForLog(process, "ready")
    local shed = tonumber(keeper:log(process):match "%d+")
    local shim = shimOf(keeper, process)
    support.run { "sh", "-c", 'cp -p "$0" "$0.new" && mv "$0.new" "$0"', shimProgram }
    keeper:restart()
    support.run { "kill", "-STOP", shim.worker }
    support.run { "kill", "-KILL", shim.guard }
    keeper:waitForStatus(process, "failed")
    assert.equal("its shim was killed", keeper:reason(process))
    assert.same({}, keeper.treeOf(process))
    assert.is_nil(procfs.startTime(shed))
  end)

  it("is gone when its shim was killed in its grace, and the host began anew", function()
    local keeper <close> = keepers.start({ game = { stopGrace = 60, command = shell(everyone) } },
      { durable = true })
    local process = keeper:create "game"
    keeper:waitForLog(process, "ready")
    local shed = tonumber(keeper:log(process):match "%d+")
    local shim = shimOf(keeper, process)
    keeper.processes:stop(process)
    for _ = 1, 20 do keeper.loop:step(0.01) end
    support.run { "kill", "-KILL", shim.guard }
    keeper:restart()
    keeper:waitForStatus(process, "stopped")
    assert.same({}, keeper.treeOf(process))
    assert.is_nil(procfs.startTime(shed))
  end)

  for _, half in ipairs { "guard", "worker" } do
    it(("is gone when its shim's %s was stopped, and it is stopped"):format(half), function()
      local keeper <close> = keepers.start { game = { command = keepers.server } }
      local process = keeper:create "game"
      keeper:waitForStatus(process, "running")
      support.run { "kill", "-STOP", shimOf(keeper, process)[half] }
      keeper.processes:stop(process)
      keeper:waitForStatus(process, "stopped")
      assert.same({}, keeper.treeOf(process))
    end)
  end
end)
