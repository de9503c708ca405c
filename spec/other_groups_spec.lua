local client = require "support.client"
local hathora = require "hathora"
local server = require "support.server"

local process = [[{"appId":"app-1","processId":"p-1","region":"Tokyo","port":7777.0,"rooms":[],
"idleSince":null,"draining":false}]]

describe("of ProcessesV1", function()
  local rows = {
    { "getRunningProcesses", { region = hathora.Region.Tokyo }, "[" .. process .. "]",
      "/processes/v1/app-1/list/running?region=Tokyo" },
    { "getStoppedProcesses", nil, "[" .. process .. "]", "/processes/v1/app-1/list/stopped" },
    { "getProcessInfoDeprecated", { processId = "p-1" }, process, "/processes/v1/app-1/info/p-1" },
  }
  for _, row in ipairs(rows) do
    it(row[1] .. " asks at its place, with the token, and gives back what is there", function()
      local scripted <close> = server.start { { body = row[3] } }
      local sdk <close> = client.new(scripted)
      local found = sdk.processesV1[row[1]](sdk.processesV1, row[2])
      found = found[1] or found
      assert.equal("p-1", found.processId)
      assert.equal("integer", math.type(found.port))
      assert.is_nil(found.idleSince)
      local request = scripted:requests()[1]
      assert.equal(row[4], request.target)
      assert.equal("Bearer " .. client.token, request.headers.authorization)
    end)
  end

  it("a region must be one, not a list", function()
    local scripted <close> = server.start { { body = "[]" } }
    local sdk <close> = client.new(scripted)
    local problem = client.failure(sdk.processesV1.getRunningProcesses, sdk.processesV1,
      { region = { "Tokyo" } })
    assert.equal("RequestError", problem.name)
    assert.equal("region", problem.problems[1].path)
  end)
end)

describe("of DiscoveryV2", function()
  it("getPingServiceEndpoints needs no app and is sent no token", function()
    local scripted <close> = server.start {
      { body = '[{"region":"Seattle","host":"ping.example","port":2000}]' },
    }
    local sdk <close> = client.new(scripted, {
      securitySource = function() error "a token was asked for" end,
    })
    assert.same({ { region = "Seattle", host = "ping.example", port = 2000 } },
      (sdk.discoveryV2:getPingServiceEndpoints()))
    local request = scripted:requests()[1]
    assert.equal("/discovery/v2/ping", request.target)
    assert.is_nil(request.headers.authorization)
  end)
end)

describe("of rooms, lobbies and logins", function()
  local connection = '{"roomId":"r-1","status":"starting","additionalExposedPorts":[],'
    .. '"processId":"p-1"}'

  it("a body is JSON of just the fields that belong there", function()
    local scripted <close> = server.start { { status = 201, body = connection } }
    local sdk <close> = client.new(scripted)
    local room = sdk.roomsV2:createRoom { region = "Tokyo", roomId = "r-1",
      roomConfig = '{"map":"é"}', clientIPs = {} }
    assert.same({}, room.additionalExposedPorts)
    assert.is_nil(room.exposedPort)
    local request = scripted:requests()[1]
    assert.equal("POST /rooms/v2/app-1/create?roomId=r-1", request.method .. " " .. request.target)
    assert.equal("application/json", request.headers["content-type"])
    assert.equal([[{"clientIPs":[],"region":"Tokyo","roomConfig":"{\"map\":\"é\"}"}]], request.body)
    assert.equal(tostring(#request.body), request.headers["content-length"])
    assert.is_string(request.headers["idempotency-key"])
  end)

  it("a retry sends the body again", function()
    local scripted <close> = server.start { { status = 503, body = "{}" }, { status = 204 } }
    local sdk <close> = client.new(scripted)
    sdk.roomsV2:updateRoomConfig { roomId = "r-1", roomConfig = "x" }
    local first, second = table.unpack(scripted:requests())
    assert.equal('{"roomConfig":"x"}', first.body)
    assert.equal(first.body, second.body)
  end)

  it("an answer may be a text in JSON", function()
    local scripted <close> = server.start { { status = 201, body = '"r-1"' },
      { status = 201, body = "{}" } }
    local sdk <close> = client.new(scripted, { retry = false })
    assert.equal("r-1", (sdk.roomsV1:createRoomDeprecated { region = "Tokyo" }))
    local problem = client.failure(sdk.roomsV1.createRoomDeprecated, sdk.roomsV1,
      { region = "Tokyo" })
    assert.equal("SDKException", problem.name)
  end)

  it("a player's token goes with the player's operations, and the call's own before the sdk's",
    function()
      local scripted <close> = server.start { { on = "/login/", body = '{"token":"player-1"}' },
        { on = "/list/", body = "[]" }, { status = 201, body = "{}" } }
      local sdk <close> = client.new(scripted)
      local token = sdk.authV1:loginAnonymous().token
      sdk.lobbiesV3:listActivePublicLobbies()
      sdk.lobbiesV3:createLobby({ visibility = "public", region = "Tokyo" },
        { security = { playerAuth = token } })
      local login, list, create = table.unpack(scripted:requests())
      assert.is_nil(login.headers.authorization)
      assert.is_nil(list.headers.authorization)
      assert.equal("Bearer player-1", create.headers.authorization)
      assert.equal("0", login.headers["content-length"])
      assert.is_nil(login.headers["content-type"])
    end)
end)
