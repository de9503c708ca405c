--- The API's operations on lobbies, in all of its versions. An address may make so many in a
-- minute.
-- @module hathora.host.api.lobbies

local guards = require "hathora.host.http.guard"
local idempotencyKey = require "hathora.host.api.key"
local json = require "hathora.json"
local members = require "hathora.host.members"
local schema = require "hathora.schema"
local timestamp = require "hathora.host.processes.view".timestamp

local Visibility = schema.enums.LobbyVisibility

-- Bytes of JSON.
local maxConfigSize, maxStateSize = 64 * 1024, 1024 * 1024

local function show(host, lobby)
  return {
    appId = lobby.appId, roomId = lobby.roomId, region = lobby.region,
    visibility = lobby.visibility, shortCode = lobby.shortCode,
    roomConfig = host.lobbies:configOf(lobby), createdBy = lobby.createdBy,
    createdAt = timestamp(lobby.createdAt),
  }
end

-- Version 2 has an object where version 3 has a text: that of a lobby made by version 3 is in it,
-- if it is one.
local function showV2(host, lobby)
  local shown = show(host, lobby)
  local config = lobby.initialConfig or shown.roomConfig
  shown.initialConfig = json.text(config and members(config, {}) and config or "{}")
  shown.state = json.text(lobby.state or "null")
  shown["local"] = lobby.visibility == Visibility.Local
  return shown
end

local function idOf(_, lobby) return lobby.roomId end

local function tooLong(name, text, limit)
  if not text or #text[1] <= limit then return nil end
  return { statusCode = 422, message = ("%s has %d bytes of JSON; it may have %d"):format(name,
    #text[1], limit) }
end

-- Keys of players are apart from each other's, and from developers'.
local function keyOf(request, fields, player)
  local key, wrong = idempotencyKey(request)
  return key and ("player %s/%s: %s"):format(fields.appId, player.id, key), wrong
end

local function create(guard, visibility, view)
  return function(host, fields, request, done, player)
    local wait = guard:refuse(request:address())
    if wait then return nil, wait end
    local key, wrong = keyOf(request, fields, player)
    wrong = wrong or tooLong("initialConfig", fields.initialConfig, maxConfigSize)
    if wrong then return nil, wrong end
    host.lobbies:create({
      appId = fields.appId, roomId = fields.roomId, shortCode = fields.shortCode,
      region = fields.region or schema.enums.Region.Seattle, roomConfig = fields.roomConfig,
      initialConfig = fields.initialConfig and fields.initialConfig[1], player = player,
      visibility = fields["local"] and Visibility.Local or visibility or fields.visibility,
      idempotencyKey = key,
    }, function(lobby, problem) done(lobby and view(host, lobby), problem) end)
  end
end

local function list(view)
  return function(host, fields)
    local found, problem = host.lobbies:list(fields)
    if not found then return nil, problem end
    local shown = {}
    for index, lobby in ipairs(not fields["local"] and found or {}) do
      shown[index] = view(host, lobby)
    end
    return shown
  end
end

local function info(method, view)
  return function(host, fields)
    local lobby, problem = host.lobbies[method](host.lobbies, fields)
    return lobby and view(host, lobby), problem
  end
end

local function setState(host, fields, _, done)
  local wrong = tooLong("state", fields.state, maxStateSize)
  if wrong then return nil, wrong end
  host.lobbies:setState({ appId = fields.appId, roomId = fields.roomId,
    state = fields.state[1] }, function(lobby, problem)
    done(lobby and showV2(host, lobby), problem)
  end)
end

--- The operations.
-- @tparam table config complete
-- @treturn table
return function(config)
  local guard = guards.new("too many lobbies were made from this address",
    config.lobbiesPerMinute)
  return {
    lobbiesV3 = {
      createLobby = create(guard, nil, show),
      listActivePublicLobbies = list(show),
      getLobbyInfoByRoomId = info("find", show),
      getLobbyInfoByShortCode = info("findByCode", show),
    },
    lobbiesV2 = {
      createPrivateLobby = create(guard, Visibility.Private, showV2),
      createPublicLobby = create(guard, Visibility.Public, showV2),
      createLocalLobby = create(guard, Visibility.Local, showV2),
      createLobbyDeprecated = create(guard, nil, showV2),
      listActivePublicLobbiesDeprecatedV2 = list(showV2),
      getLobbyInfo = info("find", showV2),
      setLobbyState = setState,
    },
    lobbiesV1 = {
      createPrivateLobbyDeprecated = create(guard, Visibility.Private, idOf),
      createPublicLobbyDeprecated = create(guard, Visibility.Public, idOf),
      listActivePublicLobbiesDeprecatedV1 = list(showV2),
    },
  }
end
