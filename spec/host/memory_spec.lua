-- What is asked of live processes is answered from memory; history costs what it is asked for.

local admin = require "hathora.host.admin"
local keepers = require "support.keeper"
local json = require "hathora.json"
local routes = require "hathora.host.http.routes"
local tallies = require "hathora.host.admin.tally"

local function start(count)
  local keeper = keepers.start({ game = { command = keepers.server, stopGrace = 1 } })
  local processes = {}
  for index = 1, count do processes[index] = keeper:create "game" end
  for _, process in ipairs(processes) do keeper:waitForStatus(process, "running") end
  keeper.store:flush()
  return keeper, processes
end

-- How many statements SQLite is given while something is done.
local function statementsOf(keeper, act)
  local count, statement = 0, keeper.store.statement
  function keeper.store:statement(text)
    count = count + 1
    return statement(self, text)
  end
  act()
  keeper.store.statement = nil
  return count
end

local function page(keeper)
  local all = routes.new()
  admin.add(all, { services = keeper.services, config = keeper.config,
    tally = tallies.new(keeper.processes) })
  return function(path)
    local result, pieces = all:find("GET", path).act(), {}
    if not result.stream then return result.body end
    for piece in result.stream.read, result.stream do
      pieces[#pieces + 1] = piece
      -- No piece is more than 64 entries.
      assert.is_true(select(2, piece:gsub('"isOver"', "")) <= 64)
    end
    return table.concat(pieces)
  end
end

describe("with many processes #outside", function()
  local count = 20

  it("no question about them costs a statement a process", function()
    local keeper <close>, processes = start(count)
    local get = page(keeper)
    local wanted = { appId = "game", limit = 10, status = { running = true } }
    local rooms, room = keeper.services.rooms, { appId = "game", roomId = "room" }
    rooms:create({ appId = "game", region = "Tokyo", roomId = "room" }, assert)
    keeper.store:flush()
    local questions = {
      { 1, function() get { "metrics" } end }, -- one an app: its suspended rooms
      { 0, function() get { "host", "processes" } end },
      { 0, function() keeper.processes:list(wanted) end },
      { 0, function() keeper.processes:count(wanted) end },
      { 0, function() for _, one in ipairs(processes) do keeper.processes:find(one) end end },
      { 0, function() rooms:connection(assert(rooms:placed(room))) end },
      { 1, function() keeper:ask { appId = "game", region = "Tokyo" } end },
    }
    for index, question in ipairs(questions) do
      assert.equal(question[1], statementsOf(keeper, question[2]), index)
    end
  end)

  it("the page's list has them all, the newest first, each as it is", function()
    local keeper <close>, processes = start(count)
    local get = page(keeper)
    local function list() return json.decode(get { "host", "processes" }).processes end
    local listed = list()
    assert.equal(count, #listed)
    for index, entry in ipairs(listed) do
      assert.equal(processes[count - index + 1].processId, entry.process.processId)
      assert.equal("local", entry.engine)
    end
    keeper.processes:drain(processes[3])
    assert.equal("draining", list()[count - 2].process.status)
    keeper.processes:stop(processes[3])
    keeper:waitForStatus(processes[3], "stopped")
    listed = list()
    assert.equal(processes[3].processId, listed[count].process.processId)
    assert.is_true(listed[count].isOver)
    assert.equal(count, #listed)
  end)

  it("the page's list is whole, however many there are", function()
    local keeper <close> = keepers.start { game = { command = keepers.server } }
    local get = page(keeper)
    for _, many in ipairs { 0, 64, 65, 200 } do
      local live = keeper.processes.live
      for index = live.all.size + 1, many do
        local process = { number = index, processId = "p" .. index, appId = "game",
          region = "Tokyo", deploymentId = 1, roomsPerProcess = 1, status = "running",
          ports = "default:tcp:1", createdAt = index, startedAt = index }
        live:tally(process, 1)
        live:add(process)
      end
      assert.equal(many, #json.decode(get { "host", "processes" }).processes)
    end
    for _, process in ipairs(keeper.processes.live:list()) do
      keeper.processes.live:remove(process)
    end
  end)
end)

describe("with a long history #outside", function()
  it("a list reads as many rows as it gives, of each kind that there is", function()
    local keeper <close> = keepers.start { game = { command = keepers.server } }
    keeper.store:transaction(function()
      for index = 1, 20000 do
        keeper.store.processes:insert { number = index, processId = "p" .. index, appId = "game",
          region = index == 7 and "London" or "Tokyo", deploymentId = 1, roomsPerProcess = 1,
          status = index == 7 and "failed" or "stopped", ports = "", createdAt = index,
          terminatedAt = keeper.processes:now() }
      end
    end)
    for _, counted in ipairs(keeper.store.processes:counts()) do
      keeper.processes.live:tally(counted, counted.count)
    end
    local rows = 0
    local ended = keeper.store.processes.ended
    function keeper.store.processes:ended(...)
      local found = ended(self, ...)
      rows = rows + #found
      return found
    end
    local latest = keeper.processes:list { appId = "game", limit = 10 }
    assert.equal("p20000", latest[1].processId)
    assert.equal(11, rows)
    latest = keeper.processes:list { appId = "game", limit = 10, status = { failed = true } }
    assert.equal("p7", latest[1].processId)
    assert.equal(12, rows)
    local plan = keeper.store.database:prepare [[EXPLAIN QUERY PLAN SELECT * FROM process
      WHERE terminatedAt IS NOT NULL AND appId = 'game' AND status = 'failed' AND region = 'London'
      ORDER BY number DESC LIMIT 10]]
    local steps = plan()
    plan:close()
    assert.equal(1, #steps)
    assert.matches("SEARCH process USING INDEX processEndedOfApp", steps[1].detail)
  end)
end)
