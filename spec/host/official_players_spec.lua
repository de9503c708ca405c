-- Players and their lobbies, as clients and checkers by others have them.

local hathora = require "hathora"
local host = require "support.host"
local jwt = require "hathora.host.players.jwt"
local prism = require "support.prism"
local process = require "support.process"

local modules = process.build .. "/node/node_modules"
local secret = "the-secret-of-the-game"

local function start(pingEndpoints)
  return host.start { pingEndpoints = pingEndpoints, apps = { [host.appId] = { user = host.user,
    secret = secret, command = { process.build .. "/examples/gameserver" }, roomsPerProcess = 8,
    authConfiguration = { anonymous = {}, nickname = {} } } } }
end

local function missing()
  if select(2, process.run "command -v node") ~= 0 then return "there is no node" end
  for _, name in ipairs { "cloud-sdk-typescript", "client-sdk", "server-sdk" } do
    if not process.readFile(("%s/@hathora/%s/package.json"):format(modules, name)) then
      return ("there is no @hathora/%s: make peers installs it"):format(name)
    end
  end
end

local expected = [[
logged in true true
forged undefined
made true CODE true
found true first
pings 14
nickname Zoë true
listed true {"players":[],"goal":3}
listed true
connects active 127.0.0.1 true
refused ApiError 401
]]

describe("a game on Hathora's SDKs for players and servers #outside", function()
  it("is played on the host", function()
    if missing() then return pending(missing()) end
    local running <close> = start()
    assert.equal(expected, (process.run { "node", "spec/support/player.mjs", modules, running.url,
      host.appId, secret }))
  end)
end)

describe("logins, lobbies and discovery, through Prism #outside", function()
  it("are answered as the API's own document says", function()
    if prism.missing() then return pending(prism.missing()) end
    -- Two regions came to the API after that document.
    local running <close> = start { Johannesburg = false, Dubai = false }
    local proxy <close> = prism.proxy(running.url)
    local sdk <close> = hathora.new(running:options { serverUrl = proxy.url, retry = false,
      security = { hathoraDevToken = host.token,
        playerAuth = jwt.sign({ type = "anonymous", id = "ann", iat = 1 }, secret) } })
    local v3, v2, v1 = sdk.lobbiesV3, sdk.lobbiesV2, sdk.lobbiesV1
    assert.is_string(sdk.authV1:loginAnonymous({}).token)
    assert.is_string(sdk.authV1:loginNickname({ nickname = "Ann" }).token)
    assert.equal("ApiError", select(2, pcall(sdk.authV1.loginGoogle, sdk.authV1,
      { idToken = "x" })).name)
    assert.equal(12, #sdk.discoveryV1:getPingServiceEndpointsDeprecated {})
    assert.equal(12, #sdk.discoveryV2:getPingServiceEndpoints {})
    local made = v3:createLobby { visibility = "public", region = "Tokyo", roomConfig = "x" }
    local id = { roomId = made.roomId }
    assert.same({ made }, (v3:listActivePublicLobbies {}))
    assert.same(made, (v3:getLobbyInfoByRoomId(id)))
    assert.same(made, (v3:getLobbyInfoByShortCode { shortCode = made.roomId }))
    assert.is_nil(v3:createLobby({ visibility = "private", region = "Tokyo" }).roomConfig)
    -- By its letter a configuration and a state are objects without anything in them.
    local config = { region = "Tokyo", initialConfig = {} }
    for _, name in ipairs { "createPrivateLobby", "createPublicLobby", "createLocalLobby" } do
      assert.same({}, v2[name](v2, config).initialConfig)
    end
    config.visibility = "public"
    id = { roomId = v2:createLobbyDeprecated(config).roomId }
    assert.same({}, v2:setLobbyState({ roomId = id.roomId, state = {} }).state)
    assert.equal(id.roomId, v2:getLobbyInfo(id).roomId)
    assert.equal(3, #v2:listActivePublicLobbiesDeprecatedV2 {})
    assert.is_string((v1:createPrivateLobbyDeprecated { region = "Tokyo" }))
    assert.is_string((v1:createPublicLobbyDeprecated { region = "Tokyo" }))
    assert.equal(4, #v1:listActivePublicLobbiesDeprecatedV1 {})
  end)
end)
