-- What is written together, and what becomes of processes while the records cannot be written:
-- SQLite itself refuses every write then.

local keepers = require "support.keeper"
local logs = require "hathora.host.api.logs"

local apps = { game = { command = keepers.server, stopGrace = 1 } }

local function start(more, options)
  local app = { command = keepers.server, stopGrace = 1 }
  for name, value in pairs(more or {}) do app[name] = value end
  return keepers.start({ game = app }, options)
end

local function writable(keeper, is)
  keeper.store:flush()
  keeper.store.database:execute("PRAGMA query_only = " .. (is and "OFF" or "ON"))
end

-- Ask for several in one turn of the loop.
local function askAll(keeper, all)
  local answers = {}
  for index, wanted in ipairs(all) do
    wanted.appId, wanted.region = "game", wanted.region or "Tokyo"
    keeper.processes:create(wanted, function(process, refusal)
      assert(not answers[index], "a second answer")
      answers[index] = { process = process, refusal = refusal }
      if process then keeper.created[#keeper.created + 1] = process.processId end
    end)
  end
  local before = {}
  for index in pairs(answers) do before[index] = true end
  keeper.store:flush()
  return answers, before
end

local function inStore(keeper, process)
  return keeper.store.processes:find(process.processId)
end

describe("creates of one turn of the loop #outside", function()
  it("share one transaction, and are answered after it", function()
    local keeper <close> = start()
    local commits, all = keeper.store.counts.commits, {}
    for index = 1, 20 do all[index] = { idempotencyKey = "key " .. index } end
    local answers, before = askAll(keeper, all)
    assert.same({}, before)
    assert.equal(commits + 1, keeper.store.counts.commits)
    for index = 1, 20 do
      assert.equal("key " .. index, inStore(keeper, answers[index].process).idempotencyKey)
    end
    assert.equal(20, keeper.processes:count { appId = "game" })
    keeper.processes:stopAll()
  end)

  it("with one key are one process, and a mistake if they differ", function()
    local keeper <close> = start()
    local answers = askAll(keeper, { { idempotencyKey = "k" }, { idempotencyKey = "k" },
      { idempotencyKey = "k", region = "London" }, { idempotencyKey = "k" } })
    local first = answers[1].process
    assert.equal(first, answers[2].process)
    assert.equal(first, answers[4].process)
    assert.equal(422, answers[3].refusal.statusCode)
    assert.equal(1, keeper.processes:count { appId = "game" })
  end)

  it("are held to the app's limit together", function()
    local keeper <close> = start { maxProcesses = 2 }
    local answers = askAll(keeper, { {}, {}, {} })
    assert.truthy(answers[1].process and answers[2].process)
    assert.equal(402, answers[3].refusal.statusCode)
  end)

  it("write what is to be written with each, all or nothing", function()
    local keeper <close> = start()
    keeper.store.database:execute "CREATE TABLE other (name TEXT UNIQUE) STRICT"
    local add = keeper.store:statement "INSERT INTO other VALUES (?)"
    local function with(name) return { record = function() add(name) end } end
    local answers = askAll(keeper, { with "a", with "b", with "a" })
    assert.truthy(answers[1].process and answers[2].process)
    assert.equal(503, answers[3].refusal.statusCode)
    assert.equal(2, #keeper.store.processes:live())
  end)

  it("give a game what more it is to find in its environment", function()
    local keeper <close> = start { command = keepers.shell "echo room $HATHORA_INITIAL_ROOM_ID" }
    local answers = askAll(keeper, {
      { variables = { HATHORA_INITIAL_ROOM_ID = "r1" } } })
    keeper:waitForLog(answers[1].process, "room r1\n")
  end)
end)

describe("while the records cannot be written #outside", function()
  it("creates are refused with 503, and leave nothing", function()
    local keeper <close> = start({}, { ports = { 26000, 26001 } })
    writable(keeper, false)
    local answers = askAll(keeper, { { idempotencyKey = "k" }, { idempotencyKey = "k" }, {} })
    for index = 1, 3 do
      assert.equal(503, answers[index].refusal.statusCode)
      assert.matches("readonly", answers[index].refusal.message)
    end
    assert.equal(0, keeper.processes:count { appId = "game" })
    writable(keeper, true)
    local again = askAll(keeper, { { idempotencyKey = "k" }, {} })
    assert.truthy(again[1].process and again[2].process)
  end)

  it("a stop is carried out, its end told, and both recorded once they can be", function()
    local keeper <close> = start()
    local process = keeper:create "game"
    keeper:waitForStatus(process, "running")
    writable(keeper, false)
    assert.is_true(keeper.processes:stop(process))
    local ended = keeper:waitForStatus(process, "stopped")
    assert.same({}, keeper.treeOf(process))
    assert.is_string(ended.terminatedAt)
    assert.equal(1, keeper.processes:count { appId = "game", status = { stopped = true } })
    assert.equal(1, #keeper.processes:list { appId = "game", limit = 10 })
    assert.equal("running", inStore(keeper, process).status)
    writable(keeper, true)
    keeper:waitFor(function() return inStore(keeper, process).terminatedAt end, "the record")
    keeper.store:flush()
    assert.same(ended, keeper:info(process))
    assert.equal(1, #keeper.processes:list { appId = "game", limit = 10 })
    assert.same({}, keeper.processes.live:list())
  end)

  it("a game's own end is told, with why", function()
    local keeper <close> = start { command = keepers.shell "sleep 0.2; exit 7" }
    local process = keeper:create "game"
    writable(keeper, false)
    keeper:waitForStatus(process, "failed")
    assert.equal("it exited with status 7", keeper:reason(process))
    local latest = keeper.processes:list { appId = "game", limit = 1 }
    assert.equal(process.processId, latest[1].processId)
  end)
end)

describe("a create #outside", function()
  it("whose engine fails after it was recorded is over, and says why", function()
    local keeper <close> = keepers.start(apps)
    function keeper.services.engine.start() error("what went wrong", 0) end
    local process = keeper:create "game"
    keeper.loop:step(0)
    assert.equal("failed", keeper:info(process).status)
    assert.equal("it could not be started: what went wrong", keeper:reason(process))
    assert.is_truthy(inStore(keeper, process).terminatedAt)
    keeper:waitFor(function() return #keeper.treeOf(process) == 0 end, "its shim to go")
  end)

  it("whose engine fails before it was recorded is refused, and leaves nothing", function()
    local keeper <close> = keepers.start(apps, { ports = { 26000, 26000 } })
    local prepare = keeper.services.engine.prepare
    function keeper.services.engine.prepare() error("what went wrong", 0) end
    local _, refusal = keeper:ask { appId = "game", region = "Tokyo" }
    assert.equal(503, refusal.statusCode)
    assert.matches("what went wrong", refusal.message)
    keeper.services.engine.prepare = prepare
    keeper:create "game"
  end)

  it("with a key that is not UTF-8 is refused", function()
    local keeper <close> = keepers.start(apps)
    local _, refusal = keeper:ask { appId = "game", region = "Tokyo", idempotencyKey = "\xff" }
    assert.equal(400, refusal.statusCode)
    assert.equal(0, keeper.processes:count { appId = "game" })
  end)
end)

describe("events #outside", function()
  it("tell who follows a log of the end", function()
    local keeper <close> = start { command = keepers.shell "echo words; exec sleep 100" }
    local process = keeper:create "game"
    keeper:waitForLog(process, "words")
    local follower = logs.logsV1.getLogsForProcess(keeper.services, { appId = "game",
      processId = process.processId, follow = true })
    local woken = 0
    function follower.wake() woken = woken + 1 end
    assert.equal("words\n", follower:read())
    assert.equal("", follower:read())
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    assert.equal(1, woken)
    assert.is_nil(follower:read())
    follower:close()
  end)

  it("tell of what happens to a process, in order, and of its end before it is recorded", function()
    local keeper <close> = start()
    local told = {}
    for _, name in ipairs { "created", "ready", "ended" } do
      keeper.processes:on(name, function(process)
        told[#told + 1] = name .. " " .. process.status
      end)
    end
    keeper.expected = "a listener's mistake is its own"
    keeper.processes:on("ended", function() error "a listener's mistake is its own" end)
    local recorded
    keeper.processes:on("ended", function(process)
      recorded = inStore(keeper, process).terminatedAt ~= nil
    end)
    local process = keeper:create "game"
    keeper:waitForStatus(process, "running")
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    assert.same({ "created starting", "ready running", "ended stopped" }, told)
    assert.is_false(recorded)
  end)
end)
