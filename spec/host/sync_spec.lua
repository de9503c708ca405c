-- A disk that takes its time to sync, or fails to. What is promised is on the disk first, and
-- nobody else waits for that.

local faults = require "support.faults"
local hathora = require "hathora"
local host = require "support.host"
local json = require "hathora.json"
local lfs = require "lfs"
local process = require "support.process"
local procfs = require "hathora.host.machine.procfs"
local raw = require "support.raw"
local socket = require "socket"
local stall = require "support.stall"

-- Long enough for all that a spec asks while one sync is under way.
local long = "3"

-- A host and its disk, of which `disk:says` tells how it is from now on.
local function start(app)
  local base = process.temporaryDirectory()
  local disk = { env = faults.environment { sync = base .. "/disk" } }
  function disk.says(_, what)
    os.remove(base .. "/disk")
    if what then process.writeFile(base .. "/disk", what) end
  end
  local settings = { command = { process.build .. "/examples/gameserver" }, user = host.user }
  for name, value in pairs(app or {}) do settings[name] = value end
  local running = host.start({ directory = true, apps = { [host.appId] = settings } }, disk.env)
  local close = setmetatable({}, { __close = function()
    disk:says(nil)
    running:close()
    process.removeDirectory(base)
  end })
  return close, running, disk
end

-- A request, sent on a connection of its own.
local function send(running, line, headers, body)
  local all = { Authorization = "Bearer " .. host.token, ["Content-Type"] = "application/json" }
  for name, value in pairs(headers or {}) do all[name] = value end
  local connection = raw.connect(running)
  connection:send(stall.request(line, all, body))
  return connection
end

local function isAnswered(connection) return socket.select({ connection }, nil, 0)[1] ~= nil end

local function answer(connection)
  local reply = raw.head(connection) or {}
  reply.body = connection:receive "*a"
  connection:close()
  return reply.status, reply.body and reply.body ~= "" and json.decode(reply.body)
end

local function metrics(running)
  local connection = send(running, "GET /metrics")
  raw.head(connection)
  local text = connection:receive "*a"
  connection:close()
  return text
end

local path = "/processes/v2/" .. host.appId
local create = "POST " .. path .. "/create/Tokyo"
local list = "GET " .. path .. "/list/latest"
local createRoom = "POST /rooms/v2/" .. host.appId .. "/create"
local room = json.encode { region = "Tokyo" }

local function runningProcess(running)
  local sdk <close> = hathora.new(running:options())
  return sdk.processesV2:waitUntilRunning {
    processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
end

describe("while the disk takes its time to sync #outside", function()
  it("a create waits for it, and nobody else", function()
    local _ <close>, running, disk = start { roomsPerProcess = 2 }
    local _, made = answer(send(running, createRoom, nil, room))
    local sdk <close> = hathora.new(running:options())
    local before = sdk.processesV2:waitUntilRunning { processId = made.processId }
    disk:says(long)
    local creating = send(running, create)
    socket.sleep(0.2)
    assert.equal(200, (answer(send(running, "GET /healthz"))))
    local _, now = answer(send(running, "GET " .. path .. "/info/" .. made.processId))
    assert.equal(before.startedAt, now.startedAt)
    assert.equal(200, (answer(send(running, ("GET /rooms/v2/%s/connectioninfo/%s"):format(
      host.appId, made.roomId)))))
    assert.equal(1, #select(2, answer(send(running, list))))
    assert.is_false(isAnswered(creating))
    assert.equal(201, (answer(creating)))
    disk:says(nil)
    assert.equal(2, #select(2, answer(send(running, list))))
  end)

  it("so does a stop, and whoever asks for what it changed", function()
    local _ <close>, running, disk = start()
    local made = runningProcess(running)
    disk:says(long)
    local stopping = send(running, "POST " .. path .. "/stop/" .. made.processId)
    socket.sleep(0.2)
    local again = send(running, "POST " .. path .. "/stop/" .. made.processId)
    local asking = send(running, "GET " .. path .. "/info/" .. made.processId)
    assert.equal(200, (answer(send(running, "GET /healthz"))))
    for _, connection in ipairs { stopping, again, asking } do
      assert.is_false(isAnswered(connection))
    end
    disk:says(nil)
    assert.equal(204, (answer(stopping)))
    assert.equal(204, (answer(again)))
    local _, told = answer(asking)
    assert.is_string(told.stoppingAt)
  end)

  it("so does whoever asks again for what it changed", function()
    local _ <close>, running, disk = start { command = { "/bin/sh", "-c",
      "sleep 1; exec " .. process.build .. "/examples/gameserver" } }
    local _, made = answer(send(running, createRoom, nil, room))
    disk:says(long)
    local asked = ("GET /rooms/v1/%s/connectioninfo/%s"):format(host.appId, made.roomId)
    local first
    repeat
      if first then answer(first) end
      socket.sleep(0.1)
      first = send(running, asked)
      socket.sleep(0.1)
    until not isAnswered(first)
    local second = send(running, asked)
    socket.sleep(0.2)
    assert.is_false(isAnswered(second))
    disk:says(nil)
    local _, one = answer(first)
    local _, other = answer(second)
    assert.is_number(one.port)
    assert.same(one, other)
  end)

  it("a stop does not wait for ever", function()
    local _ <close>, running, disk = start()
    local made = runningProcess(running)
    disk:says "9"
    local stopping = send(running, "POST " .. path .. "/stop/" .. made.processId)
    process.waitFor(function()
      return #procfs.withVariable("HATHORA_PROCESS_ID", made.processId) == 0
    end, "the game to end")
    assert.is_false(isAnswered(stopping))
    disk:says(nil)
    assert.equal(204, (answer(stopping)))
    local sdk <close> = hathora.new(running:options())
    sdk.processesV2:waitUntilStopped { processId = made.processId }
  end)

  it("what comes meanwhile is written together, with the next sync", function()
    local _ <close>, running, disk = start { roomsPerProcess = 3 }
    disk:says(long)
    local key = { ["Idempotency-Key"] = "one" }
    local rooms = { send(running, createRoom, nil, room), send(running, create, key) }
    socket.sleep(0.2)
    table.insert(rooms, send(running, createRoom, nil, room))
    table.insert(rooms, send(running, create, key))
    table.insert(rooms, send(running, createRoom, nil, room))
    socket.sleep(0.2)
    for _, connection in ipairs(rooms) do assert.is_false(isAnswered(connection)) end
    disk:says(nil)
    local made = {}
    for index, connection in ipairs(rooms) do
      local status
      status, made[index] = answer(connection)
      assert.equal(201, status)
    end
    assert.equal(made[2].processId, made[4].processId)
    assert.equal(made[1].processId, made[3].processId)
    assert.equal(made[1].processId, made[5].processId)
    running:stop "KILL"
    running:restart()
    assert.equal(2, #select(2, answer(send(running, list))))
    for _, index in ipairs { 1, 3, 5 } do
      local status, found = answer(send(running, ("GET /rooms/v2/%s/info/%s"):format(host.appId,
        made[index].roomId)))
      assert.same({ 200, "active" }, { status, found.status })
    end
  end)

  it("a process is not idle that a room is on its way to", function()
    local _ <close>, running, disk = start { roomsPerProcess = 2, transportType = "udp",
      idleTimeout = 1 }
    local made = runningProcess(running)
    disk:says "6" -- the host looks for idle processes every 5 seconds
    local creating = send(running, createRoom, nil, room)
    socket.sleep(0.2)
    disk:says(nil)
    local status, placed = answer(creating)
    assert.same({ 201, made.processId }, { status, placed.processId })
    local _, now = answer(send(running, "GET " .. path .. "/info/" .. made.processId))
    assert.equal("running", now.status)
  end)

  it("the loop syncs nothing, not even when the log is moved into the records", function()
    local _ <close>, running, disk = start { roomsPerProcess = 10000 }
    local sdk <close> = hathora.new(running:options())
    local records = running.directory .. "/records.sqlite"
    local before = lfs.attributes(records, "size")
    disk:says "apart"
    repeat
      local calls = {}
      for index = 1, 32 do calls[index] = sdk.roomsV2:createRoomAsync { region = "Tokyo" } end
      local _, problems = hathora.all(calls)
      assert.is_nil(next(problems))
    until lfs.attributes(records, "size") > before
  end)

  it("a room whose process ends meanwhile ends with it", function()
    local _ <close>, running, disk = start { roomsPerProcess = 2 }
    local _, first = answer(send(running, createRoom, nil, room))
    local sdk <close> = hathora.new(running:options())
    sdk.processesV2:waitUntilRunning { processId = first.processId }
    disk:says(long)
    local creating = send(running, createRoom, nil, room)
    socket.sleep(0.2)
    local tree = procfs.withVariable("HATHORA_PROCESS_ID", first.processId)
    for _, pid in ipairs(tree) do
      local name = process.readFile(("/proc/%d/comm"):format(pid))
      if name == "gameserver\n" then process.run { "kill", "-KILL", pid } end
    end
    process.waitFor(function()
      return #procfs.withVariable("HATHORA_PROCESS_ID", first.processId) == 0
    end, "the game and its shim to be gone")
    for _ = 1, 3 do assert.equal(200, (answer(send(running, "GET /healthz")))) end
    assert.is_false(isAnswered(creating))
    local status, second = answer(creating)
    assert.same({ 201, first.processId }, { status, second.processId })
    disk:says(nil)
    local count = 'hathora_host_rooms{app="%s",status="active"} 0\n'
    assert.truthy(metrics(running):find(count:format(host.appId), 1, true), metrics(running))
    for _, made in ipairs { first, second } do
      assert.equal("destroyed", sdk.roomsV2:getRoomInfo({ roomId = made.roomId }).status)
    end
  end)

  it("a host that is told to end writes and answers what it has taken", function()
    local _ <close>, running, disk = start()
    disk:says "1"
    local creating = send(running, create)
    socket.sleep(0.2)
    running:stop "TERM"
    local status, made = answer(creating)
    assert.equal(201, status)
    disk:says(nil)
    running:restart()
    local _, listed = answer(send(running, list))
    assert.same({ made.processId }, { listed[1].processId, listed[2] and "another" })
  end)
end)

describe("when the disk fails to sync #outside", function()
  it("what it was to keep is refused, and not there, whatever was written", function()
    local _ <close>, running, disk = start()
    local first = runningProcess(running)
    disk:says "fails"
    local key = { ["Idempotency-Key"] = "one" }
    for _ = 1, 3 do
      local status, problem = answer(send(running, create, key))
      assert.equal(503, status)
      assert.matches("disk I/O error", problem.message)
    end
    assert.equal(1, #select(2, answer(send(running, list))))
    disk:says(nil)
    local status, second = answer(send(running, create, key))
    assert.equal(201, status)
    running:stop "KILL"
    running:restart(disk.env)
    local _, listed = answer(send(running, list))
    assert.same({ second.processId, first.processId },
      { listed[1].processId, listed[2].processId })
    assert.is_nil(listed[3])
  end)

  it("nothing is left of what was refused: no process, no file", function()
    local _ <close>, running, disk = start()
    disk:says "fails"
    for _ = 1, 3 do assert.equal(503, (answer(send(running, create)))) end
    process.waitFor(function() return process.children(running.process.pid) == "" end,
      "the shims to be gone")
    for _, name in ipairs { "results", "logs" } do
      assert.equal("", (process.run { "ls", running.directory .. "/" .. name }))
    end
  end)

  it("nor does the next host find it", function()
    local _ <close>, running, disk = start()
    local first = runningProcess(running)
    disk:says "fails"
    for _ = 1, 3 do assert.equal(503, (answer(send(running, create)))) end
    running:stop "KILL"
    disk:says(nil)
    running:restart()
    local _, listed = answer(send(running, list))
    assert.same({ first.processId }, { listed[1].processId, listed[2] and "another" })
  end)

  it("a stop is carried out, and recorded once it can be", function()
    local _ <close>, running, disk = start()
    local made = runningProcess(running)
    disk:says "fails"
    assert.equal(204, (answer(send(running, "POST " .. path .. "/stop/" .. made.processId))))
    local sdk <close> = hathora.new(running:options())
    local ended = sdk.processesV2:waitUntilStopped { processId = made.processId }
    disk:says(nil)
    local result = running.directory .. "/results/" .. made.processId
    process.waitFor(function() return not process.readFile(result) end, "the end to be recorded")
    running:stop "KILL"
    running:restart()
    local later <close> = hathora.new(running:options())
    assert.same(ended, (later.processesV2:getProcessInfo { processId = made.processId }))
  end)
end)

describe("a process that was recorded and not started #outside", function()
  -- The next host, to which the disk is as said from its beginning.
  local function restart(what)
    local close, running, disk = start()
    running:stop "KILL"
    local env = { HATHORA_HOST_FAULT = "recorded" }
    for name, value in pairs(disk.env) do env[name] = value end
    running:restart(env)
    local key = { ["Idempotency-Key"] = "one" }
    send(running, create, key):receive "*a"
    running:stop "KILL"
    local directory, id = running.directory .. "/logs/", nil
    for name in lfs.dir(directory) do id = name:match "^%x+%-.*" or id end
    disk:says(what)
    running:restart(disk.env)
    local log = { hasBegun = function()
      return (process.readFile(directory .. id) or ""):find "serving" ~= nil
    end }
    return close, running, disk, id, log
  end

  it("is not started by the next host as long as that cannot record it", function()
    local _ <close>, running, disk, id, log = restart "fails"
    process.waitFor(function()
      local _, times = running.process:errors():gsub("cannot be started yet", "")
      return times >= 2
    end, "it to be tried twice")
    assert.is_false(log.hasBegun())
    disk:says(nil)
    local sdk <close> = hathora.new(running:options())
    sdk.processesV2:waitUntilRunning { processId = id }
  end)

  it("is not started by the next host when it is stopped while it is being recorded", function()
    local _ <close>, running, disk, id, log = restart(long)
    process.waitFor(function()
      return #procfs.withVariable("HATHORA_PROCESS_ID", id) > 0
    end, "it to be prepared")
    assert.equal(204, (answer(send(running, "POST " .. path .. "/stop/" .. id))))
    disk:says(nil)
    local sdk <close> = hathora.new(running:options())
    assert.equal("stopped", sdk.processesV2:waitUntilStopped({ processId = id }).status)
    assert.is_false(log.hasBegun())
    assert.no.matches("cannot be started yet", running.process:errors())
  end)
end)
