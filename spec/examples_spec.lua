local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local socket = require "socket"

describe("the example #outside", function()
  local running, sdk
  setup(function()
    running = host.start { apps = {
      [host.appId] = { command = { process.build .. "/examples/gameserver" }, user = host.user },
      broken = { command = { "/bin/sh", "-c", "echo no map; exit 3" }, user = host.user },
    } }
    sdk = hathora.new(running:options())
  end)
  teardown(function()
    sdk:close()
    running:close()
  end)

  local function run(name, appId, ...)
    return process.run({ "lua5.4", "examples/" .. name .. ".lua", ... }, {
      HATHORA_TOKEN = host.token, HATHORA_APP_ID = appId or host.appId,
      HATHORA_CLOUD_ENDPOINT = running.url,
    })
  end

  local function liveCount()
    return sdk.processesV2:getProcessesCountExperimental {
      status = { "starting", "running", "draining" } }.count
  end

  it("gameserver learns from the host of rooms placed on it later, and of their end", function()
    local port = process.freePort()
    local url = "http://127.0.0.1:" .. port
    local asked <close> = host.start { listen = "127.0.0.1:" .. port, apps = { [host.appId] = {
      command = { process.build .. "/examples/gameserver" }, user = host.user, roomsPerProcess = 3,
      env = { HATHORA_CLOUD_ENDPOINT = url, HATHORA_TOKEN = host.token } } } }
    local asking <close> = hathora.new(asked:options())
    local first = asking.roomsV2:createRoom { region = "Tokyo", roomId = "first" }
    local id = { processId = first.processId }
    asking.processesV2:waitUntilRunning(id)
    local function said(line)
      process.waitFor(function()
        return (asking.logsV1:getLogsForProcess(id)):find(line, 1, true)
      end, line)
    end
    said "its first room is first"
    -- Of a room in another's configuration it must not learn.
    assert.equal(first.processId, asking.roomsV2:createRoom({ region = "Tokyo", roomId = "second",
      roomConfig = '{"roomId":"none"}' }).processId)
    said "room second begins"
    asking.roomsV2:destroyRoom { roomId = "first" }
    said "room first is over"
    asking.roomsV2:createRoom { region = "Tokyo", roomId = "third" }
    said "room third begins"
    local log = asking.logsV1:getLogsForProcess(id)
    assert.is_nil(log:find("room none", 1, true))
    assert.is_nil(log:find("room first begins", 1, true))
  end)

  it("gameserver says when its token is too long to ask with", function()
    local held <close> = process.hold { command = { process.build .. "/examples/gameserver" },
      env = { HATHORA_DEFAULT_PORT = process.freePort(), HATHORA_CLOUD_ENDPOINT = running.url,
        HATHORA_TOKEN = ("t"):rep(5000) }, ready = "(HATHORA_TOKEN is [^\n]+)\n" }
    assert.equal("HATHORA_TOKEN is too long: no rooms are asked for", held.found)
  end)

  for _, name in ipairs { "gameloop", "with_cqueues", "with_luv" } do
    it(name .. " starts its twenty processes", function()
      local output, status = run(name)
      assert.equal(0, status, output)
      assert.truthy(output:find("running", 1, true), output)
    end)
  end

  it("smoke_test is content with a game that comes up, and leaves nothing running", function()
    local before = liveCount()
    local output, status = run("smoke_test", nil, "Tokyo")
    assert.equal(0, status, output)
    assert.matches("^it runs: %x+%-", output)
    assert.equal(before, liveCount())
  end)

  it("smoke_test exits with 1 for one that does not, and shows its log", function()
    local output, status = run("smoke_test", "broken")
    assert.equal(1, status)
    assert.matches("no map", output)
    assert.matches("is failed", output)
  end)

  it("nightly_cleanup leaves what is young, and stops what is old behind it", function()
    local function create() return sdk.processesV2:createProcess { region = "Dubai" } end
    local made = create()
    assert.equal("0 processes were stopped\n", (run "nightly_cleanup"))
    socket.sleep(4)
    -- As many as a list has.
    for _ = 1, 10 do create() end
    local age = os.time() - hathora.time(made.createdAt) - 1
    local output, status = run("nightly_cleanup", nil, tostring(age / 3600))
    assert.equal(0, status, output)
    assert.matches("^stopped " .. made.processId:gsub("%-", "%%-") .. " in Dubai, [^\n]+\n"
      .. "1 process was stopped\n$", output)
    assert.equal(10, liveCount())
    create()
    socket.sleep(1) -- it counts in whole seconds
    output = run("nightly_cleanup", nil, "0")
    assert.matches("\n11 processes were stopped\n$", output)
    assert.equal(0, liveCount())
  end)

  it("tiny_game is played on, as getting-started.md serves it", function()
    local served <close> = process.hold {
      command = { "bin/hathora-host", "serve", "--app", "tiny", "--listen", "127.0.0.1:0",
        "--user", host.user, "--", "lua5.4", "examples/tiny_game.lua" },
      env = { HATHORA_TOKEN = host.token }, ready = "listening on (%S+)",
    }
    local tiny <close> = hathora.new(running:options { serverUrl = served.found, appId = "tiny" })
    local id = { processId = (tiny.processesV2:createProcess { region = "Tokyo" }).processId }
    local port = (tiny.processesV2:waitUntilRunning(id)).exposedPort
    local players = {}
    for number = 1, 2 do
      players[number] = assert(socket.connect(port.host, port.port))
      players[number]:settimeout(10)
      assert.equal("welcome, player " .. number, players[number]:receive "*l")
    end
    players[1]:send "hello\n"
    assert.equal("hello", players[2]:receive "*l")
    tiny.processesV2:stopProcess(id)
    assert.equal("stopped", tiny.processesV2:waitUntilStopped(id).status)
  end)

  it("matchmaker seats players by region, two in a room, and ends its rooms", function()
    local output, status = run "matchmaker"
    assert.equal(0, status, output)
    local rooms = {}
    for player, room in output:gmatch "(%l+) plays in room (%S+) at 127%.0%.0%.1:%d+\n" do
      rooms[player] = room
    end
    assert.equal(rooms.ann, rooms.cho)
    assert.not_equal(rooms.ann, rooms.ben)
    assert.not_equal(rooms.ann, rooms.dan)
    assert.not_equal(rooms.ben, rooms.dan)
    for _, room in pairs(rooms) do
      assert.equal("destroyed", sdk.roomsV2:getRoomInfo({ roomId = room }).status)
    end
    assert.equal(0, liveCount())
  end)

  it("warm_pool has a process ready for each match, and others in place of those", function()
    local output, status = run "warm_pool"
    assert.equal(0, status, output)
    assert.equal(4, select(2, output:gsub("match %d is played on port %d+\n", "")))
    assert.equal(0, liveCount())
  end)
end)
