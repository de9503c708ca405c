local keepers = require "support.keeper"
local socket = require "socket"

-- A process may end while those before a time are counted: it is one all the same.
describe("a count of what was created before a time #outside", function()
  local function count(keeper)
    local counted = {}
    keeper.processes:countBefore({ appId = "game", before = keeper.processes:now() + 1000 },
      function(number) counted.number = number end)
    return counted
  end

  local function number(keeper, counted)
    return keeper:waitFor(function() return counted.number end, "the count")
  end

  local function start()
    local keeper = keepers.start({ game = { command = keepers.server } }, { durable = true })
    return keeper, keeper:waitForStatus(keeper:create "game", "running")
  end

  local function stop(keeper, process)
    keeper.processes:stop(process)
    keeper:waitFor(function() return keeper:row(process).terminatedAt end, "the end")
  end

  -- The disk has it, the loop has not been told yet.
  local function beginCommit(keeper)
    keeper.store:commit()
    socket.sleep(0.2)
  end

  it("has what is being recorded once", function()
    local keeper, process = start()
    local _ <close> = keeper
    stop(keeper, process)
    beginCommit(keeper)
    assert.equal(1, number(keeper, count(keeper)))
  end)

  it("has what ends meanwhile once", function()
    local keeper, process = start()
    local _ <close> = keeper
    keeper.store:transaction(keeper.store.database.execute, keeper.store.database, ([[
      INSERT INTO process (processId, appId, region, deploymentId, roomsPerProcess, status, ports,
        createdAt, terminatedAt)
      WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 12000)
      SELECT n, 'game', 'Tokyo', 1, 1, 'stopped', '', 1, %d FROM numbers]]):format(
      keeper.processes:now()))
    keeper.processes.live:tally({ appId = "game", region = "Tokyo", status = "stopped" }, 12000)
    keeper.store.database:execute "PRAGMA query_only = ON"
    stop(keeper, process)
    keeper.store.database:execute "PRAGMA query_only = OFF"
    local counted = count(keeper)
    keeper.processes.saving:retry()
    keeper.store:flush()
    assert.is_nil(keeper.processes.live.byId[process.processId])
    assert.equal(12001, number(keeper, counted))
  end)
end)
