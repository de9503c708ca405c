local keepers = require "support.keeper"
local poll = require "hathora.host.poll"
local support = require "support.process"

local apps = { game = { command = keepers.server } }

local function hoursAgo(hours) return math.floor((poll.time() - hours * 3600) * 1000) end

-- Services over records of so many processes that ended, each an hour before the one after it, the
-- last one now; each with a log.
local function start(count, retention)
  local keeper = keepers.start(apps, { durable = true, retention = retention })
  for index = 1, count do
    local process = {
      number = index, processId = "p" .. index, appId = "game", region = "Tokyo", deploymentId = 1,
      roomsPerProcess = 1, status = index % 2 == 0 and "stopped" or "failed", ports = "",
      createdAt = hoursAgo(count - index + 1), terminatedAt = hoursAgo(count - index),
    }
    keeper.store:transaction(keeper.store.processes.insert, keeper.store.processes, process)
    support.writeFile(keeper.services.directory:log(process.processId), "a log")
  end
  keeper:restart()
  return keeper
end

local function countIn(keeper)
  return keeper.processes:count { appId = "game" }
end

-- The most that one turn of the loop removes, from now until so many are left.
local function worstTurn(keeper, left)
  local worst, count = 0, 0
  keeper.processes:on("removed", function() count = count + 1 end)
  keeper:waitFor(function()
    worst, count = math.max(worst, count), 0
    return countIn(keeper) == left
  end, left .. " to be left")
  return worst
end

describe("what has ended #outside", function()
  it("cannot be counted, and that is reported like a removal that fails", function()
    local loops = require "hathora.host.machine.loop"
    local loop <close> = loops.new()
    local kept = require "hathora.host.processes.retention".new { loop = loop, hours = 1, rows = 1,
      service = { now = function() return 0 end, countEnded = function() error("no memory", 0) end,
        removeEnded = function(_, _, _, reply) reply(0) end } }
    local answer
    kept:removeSome(function(...) answer = { ... } end)
    kept:close()
    assert.same({ nil, "no memory" }, answer)
  end)

  it("is kept for so many hours, and its log, and goes a few at a time", function()
    local keeper <close> = start(330, { hours = 29.5 })
    local store = keeper.store
    store:transaction(store.processes.insert, store.processes, { number = 1000, processId = "live",
      appId = "game", region = "Tokyo", deploymentId = 1, roomsPerProcess = 1, status = "running",
      ports = "", createdAt = hoursAgo(1000) })
    local worst = worstTurn(keeper, 30)
    assert.is_true(worst > 0 and worst <= 100, worst)
    assert.is_table(keeper.processes:find { processId = "p301" })
    assert.equal(404, select(2, keeper.processes:find { processId = "p300" }).statusCode)
    assert.is_table(keeper.processes:find { processId = "live" })
    assert.is_truthy(support.readFile(keeper.services.directory:log "p301"))
    assert.is_nil(support.readFile(keeper.services.directory:log "p300"))
  end)

  it("is kept up to a number", function()
    local keeper <close> = start(30, { rows = 7 })
    worstTurn(keeper, 7)
    assert.equal(3, keeper.processes:count { appId = "game", status = { failed = true } })
    local latest = keeper.processes:list { appId = "game", limit = 10 }
    assert.equal(7, #latest)
    assert.equal("p24", latest[7].processId)
  end)

  it("is kept for 72 hours unless a number is set", function()
    local keeper <close> = start(80)
    worstTurn(keeper, 72)
  end)

  it("goes after its rooms, which go a few at a time", function()
    local keeper <close> = start(1, { hours = 1000 })
    local store = keeper.store
    store:transaction(function()
      for number = 1, 250 do
        store.rooms:insert { number = number, appId = "game", roomId = "room" .. number,
          region = "Tokyo", status = "active", processId = "p1", createdAt = 1 }
        store.rooms:allocate(number, { roomAllocationId = "place" .. number, processId = "p1",
          scheduledAt = 1 })
      end
    end)
    local function count(name)
      return store:statement("SELECT count(*) AS count FROM " .. name)()[1].count
    end
    local worst, before, isFirst = 0, 250, false
    keeper.processes:on("removed", function() isFirst = before > 100 end)
    keeper.services.retention.hours = -1
    keeper.services.retention:schedule(0)
    keeper:waitFor(function()
      local left = count "room"
      worst, before = math.max(worst, before - left), left
      return countIn(keeper) == 0
    end, "all to be gone")
    assert.same({ 100, 0, false }, { worst, count "allocation", isFirst })
  end)
end)
