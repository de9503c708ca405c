-- Rooms as clients ask for them, over HTTP.

local api = require "hathora.host.api"
local client = require "support.client"
local hathora = require "hathora"
local host = require "support.host"
local json = require "hathora.json"
local process = require "support.process"
local raw = require "support.raw"

local bearer = "Authorization: Bearer " .. host.token .. "\r\n"
local rooms = "/rooms/v2/" .. host.appId

local function start(settings)
  local app = { command = { process.build .. "/examples/gameserver" }, user = host.user,
    roomsPerProcess = 2 }
  for name, value in pairs(settings or {}) do app[name] = value end
  return host.start { apps = { [host.appId] = app } }
end

local function ask(running, line, body, headers)
  body = body or ""
  return raw.send(running, ("%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    .. "Content-Length: %d\r\n%s\r\n%s"):format(line, #body, headers or bearer, body))
end

describe("rooms of a host #outside", function()
  local running, sdk
  setup(function()
    running = start()
    sdk = hathora.new(running:options { allowUnknown = true })
  end)
  teardown(function()
    sdk:close()
    running:close()
  end)

  local function waitUntilActive(roomId)
    return process.waitFor(function()
      local found = sdk.roomsV2:getConnectionInfo { roomId = roomId }
      return found.status == "active" and found
    end, "the room to be active")
  end

  it("live: created, connected to, listed, configured, suspended, resumed, destroyed", function()
    local created, response = sdk.roomsV2:createRoom { region = "Tokyo", roomConfig = "{}" }
    assert.equal(201, response.statusCode)
    assert.matches("^[0-9a-z]+$", created.roomId)
    assert.same({ "starting", {} }, { created.status, created.additionalExposedPorts })
    local id = { roomId = created.roomId }
    local ready = waitUntilActive(created.roomId)
    local info = sdk.processesV2:getProcessInfo { processId = created.processId }
    assert.same(info.exposedPort, ready.exposedPort)
    assert.equal(1, info.roomsAllocated)
    assert.is_true((sdk.roomsV2:updateRoomConfig { roomId = id.roomId, roomConfig = "new" }))
    local room = sdk.roomsV2:getRoomInfo(id)
    assert.same({ host.appId, "active", "new", created.processId, 1 }, { room.appId, room.status,
      room.roomConfig, room.currentAllocation.processId, #room.allocations })
    local on = { processId = created.processId }
    assert.equal(id.roomId, sdk.roomsV2:getActiveRoomsForProcess(on)[1].roomId)
    assert.is_true((sdk.roomsV2:suspendRoomV2Deprecated(id)))
    assert.equal("suspended", sdk.roomsV2:getInactiveRoomsForProcess(on)[1].status)
    assert.equal(404, client.failure(sdk.roomsV2.getConnectionInfo, sdk.roomsV2, id).statusCode)
    assert.equal(created.processId, sdk.roomsV2:resumeRoom(id).processId)
    assert.is_true((sdk.roomsV2:destroyRoom(id)))
    assert.equal("destroyed", sdk.roomsV2:getRoomInfo(id).status)
    assert.equal(404, client.failure(sdk.roomsV2.getConnectionInfo, sdk.roomsV2, id).statusCode)
    assert.same({}, (sdk.roomsV2:getActiveRoomsForProcess(on)))
  end)

  it("that cannot be are refused in version 1 with 400, which has no 422", function()
    local path, key = "/rooms/v1/" .. host.appId .. "/create", "Idempotency-Key: v1\r\n" .. bearer
    for version, status in pairs { [path] = 400, [rooms .. "/create"] = 422 } do
      local reply = ask(running, "POST " .. version, [[{"region":"Tokyo","roomConfig":"a\u0000"}]])
      assert.same({ status, true }, { reply.status, reply.body:find "NUL character" ~= nil })
      reply = ask(running, "POST " .. version .. "?roomId=a%2Fb", [[{"region":"Tokyo"}]])
      assert.same({ status, true }, { reply.status, reply.body:find "roomId is" ~= nil })
    end
    local reply = ask(running, "POST " .. path, [[{"region":"Tokyo"}]], key)
    assert.equal(201, reply.status)
    local another = ask(running, "POST " .. path, [[{"region":"London"}]], key)
    assert.same({ 400, true }, { another.status, another.body:find "was used for" ~= nil })
    sdk.roomsV2:destroyRoom { roomId = json.decode(reply.body) }
  end)

  it("are the same in version 1, where an answer is flat or a text", function()
    local roomId = sdk.roomsV1:createRoomDeprecated { region = "London", roomId = "my_room-1" }
    assert.equal("my_room-1", roomId)
    local ready = waitUntilActive(roomId)
    local flat = sdk.roomsV1:getConnectionInfoDeprecated { roomId = roomId }
    assert.same({ roomId, "active", ready.exposedPort.host, ready.exposedPort.port, "tcp" },
      { flat.roomId, flat.status, flat.host, flat.port, flat.transportType })
    local running1 = sdk.processesV1:getRunningProcesses { region = "London" }
    assert.same({ 1, 1, roomId, 1 }, { #running1, running1[1].totalRooms,
      running1[1].rooms[1].roomId, running1[1].roomSlotsAvailable })
    sdk.roomsV1:destroyRoomDeprecated { roomId = roomId }
    assert.equal("destroyed", sdk.roomsV1:getRoomInfoDeprecated({ roomId = roomId }).status)
  end)

  it("have processes as version 3 shows them", function()
    local made = sdk.processesV3:createProcess { region = "Dubai" }
    assert.same({ "1", made.createdAt }, { made.deploymentId, made.bootedAt })
    assert.is_string(made.scheduledAt)
    assert.equal(made.processId,
      sdk.processesV3:getLatestProcesses({ region = { "Dubai" } })[1].processId)
    assert.equal(1, sdk.processesV3:getProcessesCountExperimental({ region = { "Dubai" } }).count)
    assert.is_true((sdk.processesV3:stopProcess { processId = made.processId }))
    assert.is_string(sdk.processesV3:getProcess({ processId = made.processId }).stoppingAt)
  end)

  it("are in the metrics, the page's list and the table of processes", function()
    local function counted(status)
      return tonumber(ask(running, "GET /metrics").body:match(
        'hathora_host_rooms{app="app%-spec",status="' .. status .. '"} (%d+)'))
    end
    local placed = counted "starting" + counted "active"
    local created = sdk.roomsV2:createRoom { region = "Johannesburg", roomId = "counted" }
    waitUntilActive "counted"
    assert.equal(placed + 1, counted "starting" + counted "active")
    assert.is_true(counted "active" >= 1)
    local list = json.decode((process.run { "curl", "-s", "-H", "Authorization: Bearer "
      .. host.token, running.url .. "/host/processes" }))
    local roomsOf = {}
    for _, entry in ipairs(list.processes) do roomsOf[entry.process.processId] = entry.rooms end
    assert.same({ "counted" }, roomsOf[created.processId])
    local before, changes = counted "suspended", {}
    for index, method in ipairs { "suspendRoomV2Deprecated", "resumeRoom",
      "suspendRoomV2Deprecated", "destroyRoom", "createRoom" } do
      sdk.roomsV2[method](sdk.roomsV2, { roomId = index < 5 and "counted" or "counted-2",
        region = index == 5 and "Johannesburg" or nil })
      changes[index] = counted "suspended" - before
    end
    assert.same({ 1, 0, 1, 0, 0 }, changes)
    local table = process.run { "bin/hathora-host", "ps", "--url", running.url, "--token",
      host.token }
    assert.matches(created.processId:gsub("%-", "%%-") .. "[^\n]* 1/2 ", table)
  end)

  it("are all listed where there are hundreds, in their order", function()
    local many <close> = start { roomsPerProcess = 1000, stopGrace = 0 }
    local ours <close> = hathora.new(many:options())
    local wanted, reversed, id = {}, {}, nil
    for index = 1, 300 do
      wanted[index] = "room-" .. index
      reversed[301 - index] = wanted[index]
      id = ours.roomsV2:createRoom({ region = "Tokyo", roomId = wanted[index] }).processId
    end
    local function idsIn(list)
      local ids = {}
      for index, room in ipairs(list) do ids[index] = room.roomId end
      return ids
    end
    assert.same(wanted, idsIn(ours.roomsV2:getActiveRoomsForProcess { processId = id }))
    local listed = ours.processesV1:getRunningProcesses()
    assert.same({ 1, 300 }, { #listed, listed[1].totalRooms })
    assert.same(wanted, idsIn(listed[1].rooms))
    local list = json.decode((process.run { "curl", "-s", "-H", "Authorization: Bearer "
      .. host.token, many.url .. "/host/processes" }))
    assert.same(wanted, list.processes[1].rooms)
    ours.processesV2:stopProcess { processId = id }
    process.waitFor(function()
      return ours.processesV2:getProcessInfo({ processId = id }).terminatedAt
    end, "its end")
    assert.same({}, ours.roomsV2:getActiveRoomsForProcess { processId = id })
    assert.same(reversed, idsIn(ours.roomsV2:getInactiveRoomsForProcess { processId = id }))
    assert.equal("destroyed", ours.roomsV2:getRoomInfo({ roomId = "room-300" }).status)
  end)

  it("tell anyone where players connect, whatever token is sent", function()
    local created = sdk.roomsV2:createRoom { region = "Tokyo" }
    local line = "GET " .. rooms .. "/connectioninfo/" .. created.roomId
    for _, headers in ipairs { "", "Authorization: Bearer wrong\r\n", bearer } do
      assert.equal(200, ask(running, line, "", headers).status)
    end
    assert.equal(401, ask(running, "GET " .. rooms .. "/info/" .. created.roomId, "", "").status)
  end)

  it("with what is wrong about them are refused, named, and nothing is made", function()
    local before = sdk.processesV2:getProcessesCountExperimental().count
    local function create(body, query)
      return ask(running, "POST " .. rooms .. "/create" .. (query or ""), body)
    end
    local cases = {
      { 422, "roomConfig", create(json.encode { region = "Seattle",
        roomConfig = ("x"):rep(10001) }) },
      { 422, "roomId", create('{"region":"Seattle"}', "?roomId=a%2Fb") },
      { 422, "roomId", create('{"region":"Seattle"}', "?roomId=") },
      { 422, "region", create '{"region":"Atlantis"}' },
      { 422, "region", create "{}" },
      { 400, "JSON", create "region=Seattle" },
      { 400, "JSON object", create '"Seattle"' },
      { 400, "JSON object", create "[]" },
      { 422, "roomConfig", create '{"region":"Seattle","roomConfig":{"map":1}}' },
      { 422, "clientIPs", create '{"region":"Seattle","clientIPs":"1.2.3.4"}' },
      { 404, "deployment", create '{"region":"Seattle","deploymentId":"99"}' },
      { 413, "longer", create('{"region":"' .. ("x"):rep(2 * 1024 * 1024) .. '"}') },
    }
    for index, case in ipairs(cases) do
      assert.same({ index, case[1] }, { index, case[3].status })
      assert.matches(case[2], case[3].body, 1, true)
    end
    assert.equal(before, sdk.processesV2:getProcessesCountExperimental().count)
  end)

  it("take a configuration of 10,000 characters of any kind", function()
    local config = ("\u{1F600}"):rep(10000)
    local escaped = config:gsub("\u{1F600}", "\\ud83d\\ude00")
    local reply = ask(running, "POST " .. rooms .. "/create?roomId=emoji",
      '{"region":"Tokyo","roomConfig":"' .. escaped .. '"}')
    assert.equal(201, reply.status)
    local info = ask(running, "GET " .. rooms .. "/info/emoji")
    assert.equal(config, json.decode(info.body).roomConfig)
  end)
end)

describe("a file of operations", function()
  it("with one that the contract has not is refused", function()
    package.loaded["hathora.host.api.spec"] = { roomsV2 = { makeRoom = print } }
    local ok, problem = pcall(api.actions, { "spec" })
    package.loaded["hathora.host.api.spec"] = nil
    assert.is_false(ok)
    assert.equal("hathora.host.api.spec carries out roomsV2.makeRoom, which the contract has not",
      problem)
  end)
end)
