-- Rooms, in the services: where they are placed, and what becomes of them.

local keepers = require "support.keeper"
local loops = require "hathora.host.machine.loop"

local server = keepers.server

-- Ask for something and see it answered at once the turn is through.
local function ask(keeper, method, wanted)
  local answer
  wanted.appId = wanted.appId or "game"
  keeper.services.rooms[method](keeper.services.rooms, wanted, function(result, problem)
    assert(not answer, "a second answer")
    answer = { result, problem }
  end)
  keeper.store:flush()
  return table.unpack(assert(answer, "there is no answer"), 1, 2)
end

local function create(keeper, wanted)
  wanted = wanted or {}
  wanted.region = wanted.region or "Tokyo"
  local room, problem = ask(keeper, "create", wanted)
  return assert(room, problem and problem.message)
end

local function start(settings, options)
  local app = { command = server, roomsPerProcess = 2 }
  for name, value in pairs(settings or {}) do app[name] = value end
  return keepers.start({ game = app }, options)
end

-- How many of what has ended a service removes, of ten.
local function remove(keeper, service, before)
  local removed
  service:removeEnded(before, 10, function(count) removed = count end)
  keeper.store:flush()
  return removed
end

local function allocated(keeper, process)
  return keeper:info(process).roomsAllocated
end

local function live(keeper)
  return keeper.processes:count { appId = "game",
    status = { starting = true, running = true, draining = true } }
end

describe("a room #outside", function()
  it("is placed on a process of its own region that has a free place, the fullest first", function()
    local keeper <close> = start { roomsPerProcess = 3 }
    local first, second = keeper:create "game", keeper:create "game"
    local london = create(keeper, { region = "London" })
    assert.not_equal(first.processId, london.processId)
    local rooms = {}
    for index = 1, 4 do rooms[index] = create(keeper) end
    assert.equal(first.processId, rooms[1].processId)
    assert.equal(3, allocated(keeper, first))
    assert.equal(1, allocated(keeper, second))
    ask(keeper, "destroy", { roomId = rooms[1].roomId })
    assert.equal(2, allocated(keeper, first))
    assert.equal(first.processId, create(keeper).processId)
    assert.equal(3, live(keeper))
  end)

  it("has a process started for it when there is no place, which is told of it", function()
    local keeper <close> = start { command = keepers.lua [[
      print(os.getenv "HATHORA_INITIAL_ROOM_ID" .. " " .. os.getenv "HATHORA_INITIAL_ROOM_CONFIG")
      io.stdout:flush() socket.sleep(60)]] }
    local room = create(keeper, { roomId = "my-room", roomConfig = "{\"map\":\"{{x}} \xc3\xa9\"}" })
    keeper:waitForLog(room, "my%-room {\"map\":\"{{x}} \xc3\xa9\"}")
    assert.equal(1, allocated(keeper, room))
  end)

  it("on a process that is draining, stopping or of an older deployment: none is placed", function()
    local keeper <close> = start({ roomsPerProcess = 9 }, { durable = true })
    local draining = keeper:create "game"
    assert.equal(draining.processId, create(keeper).processId)
    keeper.processes:drain(draining)
    local stopping = create(keeper)
    assert.not_equal(draining.processId, stopping.processId)
    keeper.processes:stop { processId = stopping.processId }
    local old = create(keeper)
    assert.not_equal(stopping.processId, old.processId)
    keeper.config.apps.game.deploymentId = 2
    keeper:restart()
    local new = create(keeper)
    assert.not_equal(old.processId, new.processId)
    assert.equal(new.processId, create(keeper).processId)
    local _, problem = ask(keeper, "create", { region = "Tokyo", deploymentId = "1" })
    assert.equal(404, problem.statusCode)
    assert.equal(new.processId, create(keeper, { deploymentId = "2" }).processId)
  end)

  it("is one of two hundred at once, with no process too full and none too many", function()
    local keeper <close> = start { roomsPerProcess = 60 }
    local warm, rooms = keeper:create "game", {}
    for index = 1, 200 do
      keeper.services.rooms:create({ appId = "game", region = "Tokyo" },
        function(room, problem) rooms[index] = assert(room, problem and problem.message) end)
    end
    keeper.store:flush()
    assert.equal(200, #rooms)
    local counts = {}
    for _, process in ipairs(keeper.processes:list { appId = "game", limit = 10 }) do
      counts[#counts + 1] = process.roomsAllocated
      assert.equal(process.roomsAllocated, #keeper:roomsOf(process))
    end
    assert.same({ 20, 60, 60, 60 }, counts)
    assert.equal(60, allocated(keeper, warm))
  end)

  it("that no process can be had for is refused, and so are all that wait for it", function()
    local keeper <close> = start { maxProcesses = 1 }
    local answers = {}
    for index = 1, 5 do
      keeper.services.rooms:create({ appId = "game", region = "Tokyo" },
        function(room, problem) answers[index] = room and "placed" or problem.statusCode end)
    end
    keeper.store:flush()
    assert.same({ "placed", "placed", 402, 402, 402 }, answers)
    assert.equal(2, keeper.services.rooms:count "game")
  end)

  -- An app without a command: what checks it fails at that.
  it("whose process the engine fails at is refused each time; so is a lobby", function()
    local keeper <close> = start(nil, { lobbiesPerPlayer = 1 })
    keeper.config.apps.game.command = nil
    for _ = 1, 2 do
      local room, problem = ask(keeper, "create", { region = "Tokyo", roomId = "lounge",
        idempotencyKey = "lounge" })
      assert.is_nil(room)
      assert.equal(500, problem.statusCode)
      assert.matches("^app game cannot be started: ", problem.message)
      local lobby = { appId = "game", region = "Tokyo", visibility = "public",
        player = { id = "ann" } }
      keeper.services.lobbies:create(lobby, function(_, refusal)
        assert.equal(500, refusal.statusCode, refusal.message)
        lobby.isAnswered = true
      end)
      assert.is_true(lobby.isAnswered)
    end
  end)

  it("is answered to whoever asks, though another's answer fails", function()
    local keeper <close> = start()
    keeper.expected = "it cannot be answered"
    local answered = 0
    for _, isAble in ipairs { true, false, true } do
      keeper.services.rooms:create({ appId = "game", region = "Tokyo", idempotencyKey = "k" },
        function(room)
          assert(room and isAble, "it cannot be answered")
          answered = answered + 1
        end)
    end
    keeper.store:flush()
    assert.equal(2, answered)
  end)

  it("can be connected to once its process can", function()
    local keeper <close> = start { command = keepers.lua [[socket.sleep(0.2)
      server = socket.bind("*", port) socket.sleep(60)]] }
    local room = create(keeper)
    local rooms = keeper.services.rooms
    local before = rooms:connection(room)
    assert.equal("active", room.status)
    assert.same({ "starting" }, { before.status, before.exposedPort })
    assert.equal(before, rooms:connection(room))
    local process = keeper:waitForStatus(room, "running")
    local after = rooms:connection(room)
    assert.equal("active", after.status)
    assert.same(process.exposedPort, after.exposedPort)
    assert.equal(after.exposedPort.port, rooms:flatConnection(room).port)
  end)

  it("ends with its process, and can be resumed with its configuration", function()
    local keeper <close> = start({}, { durable = true })
    local room, other = create(keeper, { roomConfig = "before" }), create(keeper)
    ask(keeper, "configure", { roomId = room.roomId, roomConfig = "after" })
    local first = room.processId
    keeper.processes:stop { processId = first }
    keeper:waitForStatus(room, "stopped")
    assert.equal("destroyed", room.status)
    local _, problem = keeper.services.rooms:placed { appId = "game", roomId = room.roomId }
    assert.equal(404, problem.statusCode)
    assert.equal(0, allocated(keeper, { processId = first }))
    assert.equal(2, #keeper.services.rooms:inactive { appId = "game", processId = first })
    local again = ask(keeper, "resume", { roomId = room.roomId })
    assert.not_equal(first, again.processId)
    assert.same({ "active", "after" }, { again.status, again.roomConfig })
    assert.equal(again, (ask(keeper, "resume", { roomId = room.roomId })))
    keeper:restart()
    local kept = keeper.services.rooms:find { appId = "game", roomId = room.roomId }
    local shown = keeper.services.rooms:whole(kept)
    assert.same({ again.processId, "active", "after", 2 },
      { kept.processId, shown.status, shown.roomConfig, #shown.allocations })
    assert.is_string(shown.allocations[1].unscheduledAt)
    assert.same(shown.currentAllocation, shown.allocations[2])
    assert.equal("destroyed",
      keeper.services.rooms:find({ appId = "game", roomId = other.roomId }).status)
  end)

  it("that was destroyed is gone for good, and its process goes on", function()
    local keeper <close> = start()
    local room = create(keeper)
    assert.is_true((ask(keeper, "destroy", { roomId = room.roomId })))
    assert.is_true((ask(keeper, "destroy", { roomId = room.roomId })))
    assert.equal(0, allocated(keeper, room))
    assert.equal(1, live(keeper))
    local _, problem = ask(keeper, "resume", { roomId = room.roomId })
    assert.same({ 404, ("room %q was destroyed"):format(room.roomId) },
      { problem.statusCode, problem.message })
    assert.equal("destroyed",
      keeper.services.rooms:find({ appId = "game", roomId = room.roomId }).status)
    _, problem = ask(keeper, "create", { region = "Tokyo", roomId = room.roomId })
    assert.equal(400, problem.statusCode)
  end)

  it("whose process ended cannot be resumed once it is destroyed", function()
    local keeper <close> = start()
    local room = create(keeper)
    keeper.processes:stop { processId = room.processId }
    keeper:waitForStatus(room, "stopped")
    ask(keeper, "destroy", { roomId = room.roomId })
    local _, problem = ask(keeper, "resume", { roomId = room.roomId })
    assert.equal(404, problem.statusCode)
  end)

  it("that is suspended is off its process until it is resumed", function()
    local keeper <close> = start()
    local room = create(keeper)
    ask(keeper, "suspend", { roomId = room.roomId })
    assert.equal(0, allocated(keeper, room))
    local rooms = keeper.services.rooms
    local found = rooms:find { appId = "game", roomId = room.roomId }
    assert.equal("suspended", found.status)
    assert.is_nil(rooms:whole(found).currentAllocation)
    local inactive = rooms:inactive { appId = "game", processId = room.processId }
    assert.equal(room.roomId, inactive[1].roomId)
    local again = ask(keeper, "resume", { roomId = room.roomId })
    assert.equal(room.processId, again.processId)
    assert.same({}, rooms:inactive { appId = "game", processId = room.processId })
    assert.equal(1, allocated(keeper, room))
  end)

  it("is the same one when it is asked for again with its key", function()
    local keeper <close> = start({}, { durable = true })
    local wanted = { region = "Tokyo", roomId = "my-room", idempotencyKey = "key" }
    local answers = {}
    for index = 1, 2 do
      keeper.services.rooms:create({ appId = "game", region = "Tokyo", roomId = "my-room",
        idempotencyKey = "key" }, function(room) answers[index] = room end)
    end
    keeper.services.rooms:create({ appId = "game", region = "Tokyo", roomId = "my-room" },
      function(_, problem) answers[3] = problem.statusCode end)
    keeper.store:flush()
    assert.equal(answers[1], answers[2])
    assert.equal(400, answers[3])
    keeper:restart()
    assert.equal(answers[1].processId, create(keeper, wanted).processId)
    wanted.region = "London"
    assert.equal(422, select(2, ask(keeper, "create", wanted)).statusCode)
    assert.equal(1, keeper.services.rooms:count "game")
  end)

  it("is not the one that its key was used for with another configuration", function()
    local keeper <close> = start({ roomsPerProcess = 10 }, { durable = true })
    local function refusedWith(roomConfig)
      local room, problem = ask(keeper, "create", { region = "Tokyo", roomConfig = roomConfig,
        idempotencyKey = "key" })
      return not room and problem.statusCode == 422
    end
    local answers = {}
    for index, roomConfig in ipairs { "one", "one", "two" } do
      keeper.services.rooms:create({ appId = "game", region = "Tokyo", roomConfig = roomConfig,
        idempotencyKey = "key" }, function(room, problem) answers[index] = room or problem end)
    end
    keeper.store:flush()
    assert.equal(answers[1], answers[2])
    assert.equal(422, answers[3].statusCode)
    ask(keeper, "configure", { roomId = answers[1].roomId, roomConfig = "two" })
    for _ = 1, 2 do
      assert.same({ false, true, true }, { refusedWith "one", refusedWith "two", refusedWith(nil) })
      keeper:restart()
    end
    keeper.store.database:execute "UPDATE room SET fingerprint = NULL" -- as an earlier version's
    keeper:restart()
    assert.is_false(refusedWith "two")
  end)

  it("ends with its process, at once to whoever asks, and a few at a time", function()
    local keeper <close> = start { roomsPerProcess = 10000, stopGrace = 0 }
    local rooms, made, seen = keeper.services.rooms, nil, nil
    for index = 1, 1200 do
      rooms:create({ appId = "game", region = "Tokyo", roomId = "room-" .. index },
        function(room) made = room end)
    end
    keeper.store:flush()
    local worst, turn, total = 0, 0, 0
    rooms:on("ended", function() turn, total = turn + 1, total + 1 end)
    keeper.processes:stop { processId = made.processId }
    keeper:waitFor(function()
      worst, turn = math.max(worst, turn), 0
      if total > 0 and not seen then
        seen = { rooms:count "game", rooms:find({ appId = "game", roomId = "room-1200" }).status,
          allocated(keeper, made) }
      end
      return total == 1200
    end, "all to end")
    assert.same({ 0, "destroyed", 0 }, seen)
    -- A step of the loop runs what is due after its events, too; and one was taken off by `find`.
    assert.is_true(worst <= 1001, worst)
  end)

  it("that cannot be recorded is not there", function()
    local keeper <close> = start()
    local warm = keeper:create "game"
    local insert = keeper.store.rooms.insert
    keeper.store.rooms.insert = function() error("the disk is full", 0) end
    local _, problem = ask(keeper, "create", { region = "Tokyo", roomId = "mine" })
    assert.equal(503, problem.statusCode)
    assert.equal(0, allocated(keeper, warm))
    _, problem = ask(keeper, "create", { region = "London", roomId = "mine" })
    assert.equal(503, problem.statusCode)
    assert.equal(1, live(keeper))
    keeper.store.rooms.insert = insert
    assert.equal(warm.processId, create(keeper, { roomId = "mine" }).processId)
    assert.equal(warm.processId, create(keeper).processId)
    assert.not_equal(warm.processId, create(keeper).processId)
  end)

  it("that is not there, of an app that is not there, or with a NUL is refused", function()
    local keeper <close> = start()
    for _, method in ipairs { "destroy", "suspend", "resume", "configure" } do
      local wanted = { roomId = "none", roomConfig = "x" }
      assert.equal(404, select(2, ask(keeper, method, wanted)).statusCode, method)
    end
    local _, problem = ask(keeper, "create", { appId = "none", region = "Tokyo" })
    assert.equal(404, problem.statusCode)
    _, problem = ask(keeper, "create", { region = "Tokyo", roomConfig = "a\0b" })
    assert.equal(422, problem.statusCode)
    assert.equal(0, live(keeper))
  end)

  it("that was destroyed or suspended is kept as long as processes that ended", function()
    local keeper <close> = start({ roomsPerProcess = 9 }, { retention = { rows = 2 } })
    local rooms, ids = keeper.services.rooms, {}
    for index = 1, 5 do ids[index] = { roomId = create(keeper).roomId } end
    for index = 1, 4 do
      ask(keeper, index % 2 == 0 and "destroy" or "suspend", { roomId = ids[index].roomId })
    end
    keeper:waitFor(function() return rooms:countEnded() == 2 end, "the first two to be removed")
    keeper.loop:step(0.2)
    for index, status in ipairs { 404, 404, "suspended", "destroyed", "active" } do
      local room, problem = rooms:find { appId = "game", roomId = ids[index].roomId }
      assert.equal(status, room and room.status or problem.statusCode)
    end
    assert.equal(0, remove(keeper, rooms, 0))
  end)

  it("keeps a process from being idle while it comes and, where nobody sees who is connected, is",
    function()
    for transport, staysWithRoom in pairs { tcp = false, udp = true } do
      local keeper <close> = start({ transportType = transport, idleTimeout = 1 },
        { idleInterval = 0.05 })
      local idle, busy = keeper:create "game", keeper:create "game"
      keeper:waitForStatus(idle, "running")
      keeper:waitForStatus(busy, "running")
      keeper.processes:drain(idle)
      local room = create(keeper)
      assert.equal(busy.processId, room.processId)
      local next = loops.now() + 0.3
      keeper:waitFor(function()
        if loops.now() > next then
          ask(keeper, "suspend", { roomId = room.roomId })
          ask(keeper, "resume", { roomId = room.roomId })
          next = loops.now() + 0.3
        end
        return keeper:info(idle).status == "stopped"
      end, "the one without rooms to be stopped")
      assert.equal("running", keeper:info(busy).status)
      if staysWithRoom then
        local last = loops.now() + 1.5
        keeper:waitFor(function() return loops.now() > last end, "")
        assert.equal("running", keeper:info(busy).status)
        ask(keeper, "destroy", { roomId = room.roomId })
      end
      keeper:waitForStatus(busy, "stopped")
    end
  end)

  it("is placed on no process that the records had lost: who plays there is not known", function()
    local keeper <close> = start(nil, { durable = true })
    local process = keeper:waitForStatus(keeper:create "game", "running")
    keeper.services:close()
    for _, suffix in ipairs { "", "-wal", "-shm" } do
      os.remove(keeper.directory .. "/state/records.sqlite" .. suffix)
    end
    keeper:restart()
    keeper:waitForStatus(process, "running")
    assert.not_equal(process.processId, create(keeper).processId)
    keeper:restart()
    for _ = 1, 3 do assert.not_equal(process.processId, create(keeper).processId) end
    assert.equal(0, allocated(keeper, process))
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    assert.equal(0, allocated(keeper, process))
  end)

  it("goes with its process' record", function()
    local keeper <close> = start()
    local room = create(keeper)
    keeper.processes:stop { processId = room.processId }
    keeper:waitForStatus(room, "stopped")
    keeper.store:flush()
    assert.equal(1, remove(keeper, keeper.processes, math.maxinteger))
    local _, problem = keeper.services.rooms:find { appId = "game", roomId = room.roomId }
    assert.equal(404, problem.statusCode)
    assert.same({}, (keeper.store:statement "SELECT * FROM allocation" ()))
  end)
end)

describe("an app's secret #outside", function()
  it("is its configuration's, or made once; its games know it", function()
    local script = keepers.lua "print(os.getenv 'HATHORA_APP_SECRET') io.stdout:flush()"
    local keeper <close> = keepers.start({ own = { command = script, secret = ("s"):rep(20) },
      made = { command = script } }, { durable = true })
    keeper:waitForLog(keeper:create "own", "^" .. ("s"):rep(20) .. "\n")
    local secret = keeper:waitForLog(keeper:create "made", "^(%x+)\n")
    assert.equal(64, #secret)
    keeper.config.apps.made.secret = nil
    keeper:restart()
    keeper:waitForLog(keeper:create "made", "^" .. secret .. "\n")
  end)
end)
