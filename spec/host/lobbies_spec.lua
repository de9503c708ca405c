-- Lobbies as players and their games ask for them, over HTTP.

local client = require "support.client"
local hathora = require "hathora"
local host = require "support.host"
local json = require "hathora.json"
local jwt = require "hathora.host.players.jwt"
local process = require "support.process"
local raw = require "support.raw"

local appId, secret = host.appId, "the-secret-of-the-game"

local function start(config, settings)
  local app = { command = { process.build .. "/examples/gameserver" }, user = host.user,
    roomsPerProcess = 4, secret = secret }
  for name, value in pairs(settings or {}) do app[name] = value end
  local all = { apps = { [appId] = app, ["app-other"] = { user = host.user,
    command = { process.build .. "/examples/gameserver" } } } }
  for name, value in pairs(config or {}) do all[name] = value end
  return host.start(all)
end

local function tokenOf(name)
  return jwt.sign({ type = "anonymous", id = name, name = name, iat = 1700000000 }, secret)
end

-- A player and their game's server, in one.
local function connect(running, name)
  return hathora.new(running:options { allowUnknown = true, security = {
    hathoraDevToken = host.token, playerAuth = tokenOf(name or "ann") } })
end

local function ask(running, line, token, body)
  return raw.send(running, ("%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s"
    .. "Content-Length: %d\r\n\r\n%s"):format(line,
      token and "Authorization: " .. token .. "\r\n" or "", #(body or ""), body or ""))
end

local creation = "POST /lobby/v3/" .. appId .. "/create"
local right = [[{"visibility":"public","region":"Tokyo"}]]

local function ids(list)
  local found = {}
  for index, lobby in ipairs(list) do found[index] = lobby.roomId end
  return found
end

describe("lobbies #outside", function()
  local running, sdk, lobbies
  setup(function()
    running = start { lobbiesPerPlayer = 0 }
    sdk = connect(running)
    lobbies = sdk.lobbiesV3
  end)
  teardown(function()
    sdk:close()
    running:close()
  end)

  it("are made by a player, listed, found, and gone from the list with their room", function()
    local made, response = lobbies:createLobby { visibility = "public", region = "Tokyo",
      roomConfig = "first", roomId = "room-1", shortCode = "ABCD" }
    assert.equal(201, response.statusCode)
    assert.same({ appId, "room-1", "Tokyo", "public", "ABCD", "first", "ann" }, { made.appId,
      made.roomId, made.region, made.visibility, made.shortCode, made.roomConfig,
      made.createdBy })
    assert.matches("^%d+%-%d+%-%d+T", made.createdAt)
    assert.same({ made }, (lobbies:listActivePublicLobbies {}))
    assert.same({ made }, (lobbies:listActivePublicLobbies { region = "Tokyo" }))
    assert.same({}, (lobbies:listActivePublicLobbies { region = "London" }))
    assert.same(made, (lobbies:getLobbyInfoByRoomId { roomId = "room-1" }))
    assert.same(made, (lobbies:getLobbyInfoByShortCode { shortCode = "ABCD" }))

    sdk.roomsV2:updateRoomConfig { roomId = "room-1", roomConfig = "3 of 4" }
    assert.equal("3 of 4", lobbies:listActivePublicLobbies({})[1].roomConfig)
    assert.equal("3 of 4", lobbies:getLobbyInfoByRoomId({ roomId = "room-1" }).roomConfig)

    sdk.roomsV2:suspendRoomV2Deprecated { roomId = "room-1" }
    assert.same({}, (lobbies:listActivePublicLobbies {}))
    sdk.roomsV2:resumeRoom { roomId = "room-1" }
    assert.same({ "room-1" }, ids(lobbies:listActivePublicLobbies {}))
    sdk.roomsV2:destroyRoom { roomId = "room-1" }
    assert.same({}, (lobbies:listActivePublicLobbies {}))
    assert.equal("3 of 4", lobbies:getLobbyInfoByRoomId({ roomId = "room-1" }).roomConfig)
  end)

  it("lead a player to a process", function()
    local made = lobbies:createLobby { visibility = "private", region = "Tokyo" }
    assert.equal(made.roomId, made.shortCode)
    assert.is_nil(made.roomConfig)
    assert.same({}, (lobbies:listActivePublicLobbies {}))
    local ready = process.waitFor(function()
      local found = sdk.roomsV2:getConnectionInfo { roomId = made.roomId }
      return found.status == "active" and found
    end, "the room to be active")
    assert.equal("integer", math.type(ready.exposedPort.port))
    sdk.roomsV2:destroyRoom { roomId = made.roomId }
  end)

  it("are listed the newest first, and found the newest of those with one short code", function()
    local made = {}
    for index = 1, 3 do
      made[index] = lobbies:createLobby { visibility = "public", region = "Tokyo",
        shortCode = "same" }.roomId
    end
    assert.same({ made[3], made[2], made[1] }, ids(lobbies:listActivePublicLobbies {}))
    assert.equal(made[3], lobbies:getLobbyInfoByShortCode({ shortCode = "same" }).roomId)
    for _, roomId in ipairs(made) do sdk.roomsV2:destroyRoom { roomId = roomId } end
  end)

  it("that are local start nothing", function()
    local before = sdk.processesV2:getProcessesCountExperimental().count
    local made = lobbies:createLobby { visibility = "local", region = "Dubai", roomConfig = "x" }
    assert.equal("local", lobbies:getLobbyInfoByRoomId({ roomId = made.roomId }).visibility)
    assert.same({}, (lobbies:listActivePublicLobbies {}))
    assert.equal(before, sdk.processesV2:getProcessesCountExperimental().count)
    assert.equal(404, client.failure(sdk.roomsV2.getRoomInfo, sdk.roomsV2,
      { roomId = made.roomId }).statusCode)
    for _, visibility in ipairs { "local", "public" } do
      assert.equal(400, client.failure(lobbies.createLobby, lobbies, { visibility = visibility,
        region = "Dubai", roomId = made.roomId }).statusCode)
    end
  end)

  it("are not what a room is that a developer made, nor what another app has", function()
    local room = sdk.roomsV2:createRoom { region = "Tokyo", roomId = "no-lobby" }
    assert.equal(404, client.failure(lobbies.getLobbyInfoByRoomId, lobbies,
      { roomId = room.roomId }).statusCode)
    local made = lobbies:createLobby { visibility = "public", region = "Tokyo" }
    for _, id in ipairs { "app-other", "app-none" } do
      assert.equal(404, client.failure(lobbies.getLobbyInfoByRoomId, lobbies,
        { appId = id, roomId = made.roomId }).statusCode)
    end
    assert.same({}, (lobbies:listActivePublicLobbies { appId = "app-other" }))
    for _, roomId in ipairs { "no-lobby", made.roomId } do
      sdk.roomsV2:destroyRoom { roomId = roomId }
    end
  end)

  it("are made by players alone, and players make nothing else", function()
    local player = tokenOf "ann"
    for _, token in ipairs { player, "Bearer " .. player } do
      local reply = ask(running, creation, token, right)
      assert.equal(201, reply.status, reply.body)
      sdk.roomsV2:destroyRoom { roomId = json.decode(reply.body).roomId }
    end
    for _, token in ipairs { false, "Bearer " .. host.token, "Bearer x.y.z",
      "Bearer " .. player .. "x", jwt.sign({ type = "anonymous", id = "ann" }, "another-secret") }
    do
      local reply = ask(running, creation, token, right)
      assert.equal(401, reply.status)
      assert.is_string(reply.headers["www-authenticate"])
      assert.is_nil(reply.body:find(secret, 1, true))
    end
    for _, line in ipairs { "POST /rooms/v2/" .. appId .. "/create", "GET /processes/v2/" .. appId
      .. "/list/latest", "POST /lobby/v2/" .. appId .. "/setState/x", "GET /metrics" } do
      assert.equal(401, ask(running, line, "Bearer " .. player, right).status, line)
    end
    assert.equal(404, ask(running, "POST /lobby/v3/app-none/create", player, right).status)
    assert.equal(401, ask(running, "POST /lobby/v3/app-other/create", player, right).status)
    for _, token in ipairs { false, "Bearer " .. player, "Bearer wrong" } do
      assert.equal(200, ask(running, "GET /lobby/v3/" .. appId .. "/list/public", token).status)
    end
  end)

  it("are refused when what is asked for is not right", function()
    local token = tokenOf "ann"
    for body, status in pairs {
      ["{}"] = 422, ["{"] = 400, [ [[{"visibility":"public"}]] ] = 422,
      [ [[{"visibility":"secret","region":"Tokyo"}]] ] = 422,
      [ [[{"visibility":"public","region":"Atlantis"}]] ] = 422,
    } do
      assert.equal(status, ask(running, creation, token, body).status, body)
    end
    assert.equal(422, ask(running, creation .. "?roomId=a%2Fb", token, right).status)
    lobbies:createLobby { visibility = "public", region = "Tokyo", roomId = "taken" }
    assert.equal(400, ask(running, creation .. "?roomId=taken", token, right).status)
    sdk.roomsV2:destroyRoom { roomId = "taken" }
  end)

  it("are one when a create is repeated, each player's key for itself", function()
    local function make(by)
      local reply = raw.send(running, ("%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        .. "Authorization: %s\r\nIdempotency-Key: k\r\nContent-Length: %d\r\n\r\n%s"):format(
        creation, tokenOf(by), #right, right))
      return json.decode(reply.body).roomId
    end
    local first = make "ann"
    assert.equal(first, make "ann")
    local second = make "bob"
    assert.not_equal(first, second)
    for _, roomId in ipairs { first, second } do sdk.roomsV2:destroyRoom { roomId = roomId } end
  end)

  it("that are local are one when a create is repeated, and the key is for no other one", function()
    local options, wanted = { idempotencyKey = "local-1", retry = false }, { visibility = "local",
      region = "Dubai", roomId = "local-1", roomConfig = "x" }
    local made = lobbies:createLobby(wanted, options)
    assert.same(made, (lobbies:createLobby(wanted, options)))
    wanted.roomId = nil
    assert.same(made, (lobbies:createLobby(wanted, options)))
    assert.same(made, (lobbies:getLobbyInfoByRoomId { roomId = "local-1" }))
    for name, value in pairs { region = "Tokyo", roomConfig = "y", visibility = "public",
      roomId = "local-2" } do
      local other = { visibility = "local", region = "Dubai", roomConfig = "x", [name] = value }
      assert.equal(422, client.failure(lobbies.createLobby, lobbies, other, options).statusCode,
        name)
    end
    options.idempotencyKey = "placed-1"
    wanted = { visibility = "public", region = "Tokyo", roomConfig = "x" }
    local placed = lobbies:createLobby(wanted, options)
    wanted.visibility = "local"
    assert.equal(422, client.failure(lobbies.createLobby, lobbies, wanted, options).statusCode)
    sdk.roomsV2:destroyRoom { roomId = placed.roomId }
  end)

  it("that are local are one when creates of one key come at once", function()
    local body, connections, made = [[{"visibility":"local","region":"Tokyo"}]], {}, {}
    for index = 1, 4 do
      connections[index] = raw.connect(running)
      connections[index]:send(("%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        .. "Authorization: %s\r\nIdempotency-Key: at-once\r\nContent-Length: %d\r\n\r\n%s")
        :format(creation, tokenOf "ann", #body, body))
    end
    for index, connection in ipairs(connections) do
      assert.equal(201, raw.head(connection).status)
      made[index] = json.decode(connection:receive "*a").roomId
      connection:close()
    end
    assert.same({ made[1], made[1], made[1], made[1] }, made)
  end)

  it("of version 2 keep a configuration and a state as they were written", function()
    local config = [[{"list":[],"object":{},"null":null,"one":1.0,"text":"é\u00e9"}]]
    local prefix = "/lobby/v2/" .. appId
    local function body(visibility)
      return ([[{"initialConfig": %s , "region":"Tokyo"%s}]]):format(config, visibility or "")
    end
    local token, made = tokenOf "ann", {}
    for path, text in pairs { ["/create"] = body [[,"visibility":"public"]],
      ["/create/public"] = body(), ["/create/private"] = body(), ["/create/local"] = body() } do
      local reply = ask(running, "POST " .. prefix .. path, token, text)
      assert.equal(201, reply.status, reply.body)
      assert.truthy(reply.body:find('"initialConfig":' .. config, 1, true), reply.body)
      made[path] = json.decode(reply.body)
    end
    assert.is_true(made["/create/local"]["local"])
    assert.is_false(made["/create"]["local"])
    assert.is_nil(made["/create"].state)
    local roomId = made["/create"].roomId
    assert.equal(config, sdk.roomsV2:getRoomInfo({ roomId = roomId }).roomConfig)

    local state = [[{"players":[],"winner":null}]]
    local reply = ask(running, "POST " .. prefix .. "/setState/" .. roomId,
      "Bearer " .. host.token, [[{"state":]] .. state .. "}")
    assert.equal(200, reply.status, reply.body)
    for _, path in ipairs { "/info/" .. roomId, "/list/public" } do
      assert.truthy(ask(running, "GET " .. prefix .. path).body:find('"state":' .. state, 1, true))
    end
    local listed = ids(sdk.lobbiesV2:listActivePublicLobbiesDeprecatedV2 { region = "Tokyo" })
    table.sort(listed)
    local expected = { roomId, made["/create/public"].roomId }
    table.sort(expected)
    assert.same(expected, listed)
    for _, lobby in pairs(made) do
      if not lobby["local"] then sdk.roomsV2:destroyRoom { roomId = lobby.roomId } end
    end
  end)

  it("of version 2 have a configuration of 64 KiB and a state of 1 MiB at the most", function()
    local function setState(roomId, size)
      return ask(running, "POST /lobby/v2/" .. appId .. "/setState/" .. roomId,
        "Bearer " .. host.token, [[{"state":{"a":"]] .. ("x"):rep(size - 8) .. [["}}]]).status
    end
    local function create(size)
      return ask(running, "POST /lobby/v2/" .. appId .. "/create/public", tokenOf "ann",
        [[{"region":"Tokyo","initialConfig":{"a":"]] .. ("x"):rep(size - 8) .. [["}}]])
    end
    assert.equal(422, create(64 * 1024 + 1).status)
    local made = create(64 * 1024)
    assert.equal(201, made.status)
    local roomId = json.decode(made.body).roomId
    assert.equal(200, setState(roomId, 1024 * 1024))
    assert.equal(422, setState(roomId, 1024 * 1024 + 1))
    assert.equal(413, setState(roomId, 1024 * 1024 + 2000))
    assert.equal(404, setState("none", 100))
    for _, text in ipairs { [[{"state":[]}]], [[{"state":null}]], [[{"state":"x"}]], "{}" } do
      assert.equal(422, ask(running, "POST /lobby/v2/" .. appId .. "/setState/" .. roomId,
        "Bearer " .. host.token, text).status, text)
    end
    sdk.roomsV2:destroyRoom { roomId = roomId }
  end)

  it("of versions 1, 2 and 3 are the same lobbies", function()
    local roomId = sdk.lobbiesV1:createPublicLobbyDeprecated { region = "Sydney" }
    assert.equal(roomId, sdk.lobbiesV1:listActivePublicLobbiesDeprecatedV1({})[1].roomId)
    assert.equal(roomId, sdk.lobbiesV2:getLobbyInfo({ roomId = roomId }).roomId)
    assert.same({}, sdk.lobbiesV2:getLobbyInfo({ roomId = roomId }).initialConfig)
    assert.equal("Sydney", lobbies:getLobbyInfoByRoomId({ roomId = roomId }).region)
    assert.same({}, (sdk.lobbiesV1:listActivePublicLobbiesDeprecatedV1 { ["local"] = true }))
    sdk.roomsV2:destroyRoom { roomId = roomId }
  end)
end)

describe("lobbies of a host #outside", function()
  it("outlive its crash with their rooms", function()
    local running <close> = start { directory = true }
    local sdk <close> = connect(running)
    local made = sdk.lobbiesV3:createLobby { visibility = "public", region = "Tokyo",
      roomConfig = "x" }
    local at = { visibility = "local", region = "Tokyo", roomConfig = "here" }
    local here = sdk.lobbiesV3:createLobby(at, { idempotencyKey = "here" })
    local gone = sdk.lobbiesV3:createLobby { visibility = "public", region = "Tokyo" }
    sdk.roomsV2:destroyRoom { roomId = gone.roomId }
    running:stop "KILL"
    running:restart()
    local again <close> = connect(running)
    assert.same({ made }, (again.lobbiesV3:listActivePublicLobbies {}))
    assert.same(here, (again.lobbiesV3:getLobbyInfoByRoomId { roomId = here.roomId }))
    assert.same(here, (again.lobbiesV3:createLobby(at, { idempotencyKey = "here" })))
    again.roomsV2:destroyRoom { roomId = made.roomId }
    assert.same({}, (again.lobbiesV3:listActivePublicLobbies {}))
  end)

  it("give a player's words to the game in its environment, never in its command", function()
    local running <close> = start(nil, { env = { COPY = "${HATHORA_INITIAL_ROOM_CONFIG}" },
      command = { "/bin/sh", "-c", "echo on ${HATHORA_DEFAULT_PORT} "
        .. "'${HATHORA_INITIAL_ROOM_CONFIG}' \"$HATHORA_INITIAL_ROOM_CONFIG\" \"$COPY\"" } })
    local sdk <close> = connect(running)
    local words = "'; echo run by a player; '"
    local made = sdk.lobbiesV3:createLobby { visibility = "public", region = "Tokyo",
      roomConfig = words }
    local ended = process.waitFor(function()
      return sdk.roomsV2:getInactiveRoomsForProcess { processId =
        sdk.processesV2:getLatestProcesses({})[1].processId }[1]
    end, "the game to end")
    assert.equal(made.roomId, ended.roomId)
    local log = sdk.logsV1:downloadLogForProcess {
      processId = sdk.processesV2:getLatestProcesses({})[1].processId }
    assert.matches("^on %d+ ", log)
    assert.equal("${HATHORA_INITIAL_ROOM_CONFIG} " .. words .. " ${HATHORA_INITIAL_ROOM_CONFIG}\n",
      (log:gsub("^on %d+ ", "")))
  end)

  it("are what their first create made though the player may have no more", function()
    local running <close> = start { lobbiesPerPlayer = 1 }
    local sdk <close> = connect(running)
    local wanted = { visibility = "public", region = "Tokyo", roomId = "the-last" }
    local options = { idempotencyKey = "k", retry = false }
    local made = sdk.lobbiesV3:createLobby(wanted, options)
    assert.same(made, (sdk.lobbiesV3:createLobby(wanted, options)))
    for key, id in pairs { other = "another", k = "another" } do
      local problem = client.failure(sdk.lobbiesV3.createLobby, sdk.lobbiesV3,
        { visibility = "public", region = "Tokyo", roomId = id }, { idempotencyKey = key,
          retry = false })
      assert.equal(key == "k" and 422 or 429, problem.statusCode)
    end
    sdk.roomsV2:destroyRoom { roomId = "the-last" }
    assert.same(made, (sdk.lobbiesV3:createLobby(wanted, options)))
    assert.equal(201, select(2, sdk.lobbiesV3:createLobby { visibility = "public",
      region = "Tokyo" }).statusCode)
  end)

  it("are gone from the list when their process ends", function()
    local running <close> = start()
    local sdk <close> = connect(running)
    local made = sdk.lobbiesV3:createLobby { visibility = "public", region = "Tokyo" }
    local on = sdk.roomsV2:getRoomInfo({ roomId = made.roomId }).currentAllocation.processId
    sdk.processesV2:stopProcess { processId = on }
    process.waitFor(function()
      return #sdk.lobbiesV3:listActivePublicLobbies {} == 0
    end, "the list to be empty")
    assert.equal(made.roomId, sdk.lobbiesV3:getLobbyInfoByRoomId({ roomId = made.roomId }).roomId)
  end)

  it("are so many from an address in a minute, and so many of a player", function()
    local running <close> = start { lobbiesPerMinute = 4, lobbiesPerPlayer = 2 }
    local sdk <close> = connect(running)
    local function create(by) return ask(running, creation, tokenOf(by), right) end
    assert.equal(201, create("ann").status)
    local second = json.decode(create("ann").body).roomId
    local reply = create "ann"
    assert.equal(429, reply.status)
    assert.matches("has 2 lobbies", reply.body)
    sdk.roomsV2:destroyRoom { roomId = second }
    assert.equal(201, create("ann").status)
    reply = create "bob"
    assert.equal(429, reply.status)
    assert.is_true(tonumber(reply.headers["retry-after"]) <= 60)
    for _ = 1, 100 do
      assert.not_equal(429, ask(running, "GET /rooms/v2/" .. appId .. "/connectioninfo/x").status)
    end
  end)
end)
