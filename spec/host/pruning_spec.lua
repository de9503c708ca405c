local lfs = require "lfs"
local logs = require "hathora.host.processes.logs"
local loops = require "hathora.host.machine.loop"
local process = require "support.process"

local fileBytes = 4096

-- A directory of logs, named by number, each a second older than the one after it.
local function directoryOf(count)
  local path = process.temporaryDirectory()
  for index = 1, count do
    local name = path .. "/" .. index
    process.writeFile(name, ("x"):rep(fileBytes))
    lfs.touch(name, 1000000 + index)
  end
  return path
end

local function isThere(path, index) return lfs.attributes(path .. "/" .. index) ~= nil end

-- The most hundreds of Lua's instructions that one turn of the loop takes, from an act that
-- begins it until there is nothing left to do.
local function worstTurn(loop, act)
  local worst, count = 0, 0
  debug.sethook(function() count = count + 1 end, "", 100)
  act()
  repeat
    worst, count = math.max(worst, count), 0
    local more = loop:untilNextTimer()
    if more then loop:step(0) end
  until not more
  debug.sethook()
  return worst
end

local function keep(path, limit, live)
  local loop = loops.new()
  local set = {}
  for _, id in ipairs(live or {}) do set[id] = true end
  return loop, logs.new { loop = loop, directory = path, limit = limit,
    isLive = function(id) return set[id] ~= nil end, live = function() return live or {} end }
end

describe("the logs of all processes", function()
  it("lose the oldest of those that have ended, as many as are too many", function()
    local path = directoryOf(300)
    local loop <close>, keeper = keep(path, 100 * fileBytes, { "1", "2", "290" })
    worstTurn(loop, function() keeper:onEnd "300" end)
    assert.is_true(isThere(path, 1) and isThere(path, 2))
    -- Three of the hundred are live, two of them older than what goes.
    for index = 3, 202 do assert.is_false(isThere(path, index), index) end
    for index = 203, 300 do assert.is_true(isThere(path, index), index) end
    process.removeDirectory(path)
  end)

  it("are looked at a few a turn of the loop, however many there are", function()
    local worst = {}
    for _, count in ipairs { 500, 4000 } do
      local path = directoryOf(count)
      local loop <close>, keeper = keep(path, 100 * fileBytes)
      worst[#worst + 1] = worstTurn(loop, function() keeper:onEnd "1" end)
      assert.is_false(isThere(path, count - 100))
      assert.is_true(isThere(path, count - 99))
      process.removeDirectory(path)
    end
    assert.is_true(worst[2] < 2 * worst[1], table.concat(worst, " against "))
  end)

  it("that are kept no longer go, and nothing stays of them in memory", function()
    local path = directoryOf(300)
    local loop <close>, keeper = keep(path, math.huge)
    worstTurn(loop, function() keeper:onEnd "1" end)
    for index = 300, 1, -1 do keeper:forget(tostring(index)) end
    assert.equal(0, #keeper.ended)
    assert.same({}, keeper.ended.places)
    assert.same({}, keeper.known)
    assert.equal(0, keeper.endedBytes)
    assert.is_false(isThere(path, 1) or isThere(path, 300))
    process.removeDirectory(path)
  end)

  it("are asked for their size once, when their processes have ended", function()
    local path = directoryOf(1000)
    local loop <close>, keeper = keep(path, math.huge)
    worstTurn(loop, function() keeper:onEnd "1" end)
    keeper.prunedAt = nil
    keeper:onEnd "2"
    assert.is_nil(loop:untilNextTimer(), "it looks at what cannot have changed")
    assert.equal(1000 * fileBytes, keeper.endedBytes)
    process.removeDirectory(path)
  end)
end)
