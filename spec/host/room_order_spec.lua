-- Changes of one room that arrive before the one before them is on the disk: each finds what the
-- one before it left, in memory and in the records.

local keepers = require "support.keeper"

local changes = {
  destroy = {}, suspend = {}, resume = {}, configure = { roomConfig = "another" },
}

local function ask(keeper, method, wanted)
  local answer = {}
  keeper.services.rooms[method](keeper.services.rooms, wanted, function(result, problem)
    assert(answer.result == nil and not answer.problem, "a second answer")
    answer.result, answer.problem = result, problem
  end)
  return answer
end

local function settle(keeper, answer)
  keeper:waitFor(function() return answer.result ~= nil or answer.problem end, "an answer")
  return answer.problem and answer.problem.statusCode or "done"
end

local function start(options)
  options = options or {}
  options.durable = true
  return keepers.start({ game = { command = keepers.server, roomsPerProcess = 2 } }, options)
end

local function create(keeper, state)
  local answer = ask(keeper, "create", { appId = "game", region = "Tokyo", roomConfig = "first" })
  settle(keeper, answer)
  local wanted = { appId = "game", roomId = answer.result.roomId }
  if state == "suspended" then settle(keeper, ask(keeper, "suspend", wanted)) end
  return wanted
end

local function stateOf(keeper, wanted)
  local room, problem = keeper.services.rooms:find(wanted)
  if not room then return { problem.statusCode } end
  return { room.status, room.roomConfig, room.processId, room.isFinal == true,
    room.holder and #keeper:roomsOf(room.holder.process) or 0 }
end

local function change(keeper, wanted, method)
  local all = { appId = wanted.appId, roomId = wanted.roomId }
  for name, value in pairs(changes[method]) do all[name] = value end
  return ask(keeper, method, all)
end

-- What two changes answer, and leave in memory and in the records: each once the one before it is
-- through, or both at once.
local function outcome(state, first, second, atOnce)
  local keeper <close> = start()
  local wanted = create(keeper, state)
  local one = change(keeper, wanted, first)
  if not atOnce then settle(keeper, one) end
  local other = change(keeper, wanted, second)
  local answers = { settle(keeper, one), settle(keeper, other) }
  local inMemory = stateOf(keeper, wanted)
  keeper:restart()
  local recorded = stateOf(keeper, wanted)
  assert.same(inMemory, recorded)
  return answers, inMemory[1], inMemory[2], inMemory[4], inMemory[5]
end

describe("a change of a room that is being changed #outside", function()
  for _, state in ipairs { "active", "suspended" } do
    for first in pairs(changes) do
      for second in pairs(changes) do
        it(("%s, then %s, of one that is %s, is made after it"):format(first, second, state),
          function()
            assert.same({ outcome(state, first, second) }, { outcome(state, first, second, true) })
          end)
      end
    end
  end

  it("waits for the room that is being created", function()
    local keeper <close> = start()
    local wanted = { appId = "game", region = "Tokyo", roomId = "mine" }
    local created = ask(keeper, "create", wanted)
    local destroyed = change(keeper, wanted, "destroy")
    assert.same({ "done", "done" }, { settle(keeper, created), settle(keeper, destroyed) })
    assert.equal("destroyed", stateOf(keeper, wanted)[1])
  end)

  it("does not bring back what retention removes meanwhile", function()
    local keeper <close> = start()
    local wanted = create(keeper, "suspended")
    local removed
    keeper.services.rooms:removeEnded(math.maxinteger, 10, function(count) removed = count end)
    local resumed = change(keeper, wanted, "resume")
    assert.equal(404, settle(keeper, resumed))
    assert.equal(1, removed)
    assert.same({ 404 }, stateOf(keeper, wanted))
    keeper:restart()
    assert.same({ 404 }, stateOf(keeper, wanted))
  end)

  local function lobby(keeper, player, visibility, roomId)
    local answer = {}
    keeper.services.lobbies:create({ appId = "game", region = "Tokyo", roomId = roomId,
      player = { id = player }, visibility = visibility }, function(result, problem)
      answer.result, answer.problem = result, problem
    end)
    return answer
  end

  it("has one id of two lobbies, and costs no other room its process", function()
    local keeper <close> = start()
    local ann = lobby(keeper, "ann", "local", "ours")
    local other = ask(keeper, "create", { appId = "game", region = "Tokyo" })
    local answers = { ann, lobby(keeper, "ben", "public", "ours"),
      lobby(keeper, "cid", "local", "ours"), other }
    for index, answer in ipairs(answers) do answers[index] = settle(keeper, answer) end
    assert.same({ "done", 400, 400, "done" }, answers)
  end)

  it("counts as its player's lobby already while it is being made", function()
    local keeper <close> = start { lobbiesPerPlayer = 2 }
    local asked, answers = {}, { done = 0, [429] = 0 }
    for index = 1, 10 do asked[index] = lobby(keeper, "ann", "public") end
    for _, answer in ipairs(asked) do
      local result = settle(keeper, answer)
      answers[result] = answers[result] + 1
    end
    assert.same({ done = 2, [429] = 8 }, answers)
    assert.equal("done", settle(keeper, lobby(keeper, "ben", "public")))
  end)
end)
