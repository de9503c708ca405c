--- Lobbies: rooms that players make, find and join.
-- @module hathora.contract.lobbies

local roomId = { "roomId", "RoomId?", "An id of your own, unique in the application." }
local region = { "region", "Region?", "Only lobbies in this region." }
local isLocal = { "local", "boolean?", "Whether the game runs on the player's own machine." }

local created = "400 401 402 404 422 429 500"

return {
  enums = {
    LobbyVisibility = { "private", "public", "local" },
  },

  types = {
    LobbyV3 = {
      { "appId", "string", "The application the lobby belongs to." },
      { "roomId", "RoomId", "The room behind it." },
      { "region", "Region", "Where it is." },
      { "visibility", "LobbyVisibility", "Who can find it." },
      { "shortCode", "ShortCode", "A code that players can tell each other." },
      { "roomConfig", "RoomConfig|null", "Its configuration, for the game." },
      { "createdBy", "string", "The id of the player who created it." },
      { "createdAt", "date-time", "When it was created." },
    },
    CreateLobbyV3Params = {
      { "visibility", "LobbyVisibility", "Who can find it." },
      { "region", "Region", "Where to place it." },
      { "roomConfig", "RoomConfig?", "Its configuration, for the game." },
    },
    Lobby = {
      { "appId", "string", "The application the lobby belongs to." },
      { "roomId", "RoomId", "The room behind it." },
      { "region", "Region", "Where it is." },
      { "visibility", "LobbyVisibility", "Who can find it." },
      { "local", "boolean", "Deprecated: whether its visibility is `local`." },
      { "shortCode", "ShortCode|null", "A code that players can tell each other." },
      { "initialConfig", "{any}", "Its configuration, for the game." },
      { "state", "{any}|null?", "What the game has made public about it." },
      { "createdBy", "string", "The id of the player who created it." },
      { "createdAt", "date-time", "When it was created." },
    },
    CreateLobbyParams = {
      { "visibility", "LobbyVisibility", "Who can find it." },
      { "region", "Region", "Where to place it." },
      { "initialConfig", "{any}", "Its configuration, for the game." },
    },
    CreateLobbyOfKindParams = {
      { "region", "Region", "Where to place it." },
      { "initialConfig", "{any}", "Its configuration, for the game." },
    },
    SetLobbyStateParams = {
      { "state", "{any}", "What to make public about it." },
    },
  },

  groups = {
    lobbiesV3 = {
      { "createLobby", "POST /lobby/v3/{appId}/create",
        "Make a lobby, and place its room on a process.", security = "player",
        query = { { "shortCode", "ShortCode?", "A code of your own; the room's id if left out." },
          roomId },
        body = "CreateLobbyV3Params", success = { 201, "LobbyV3" }, errors = created },
      { "listActivePublicLobbies", "GET /lobby/v3/{appId}/list/public",
        "The public lobbies that can be joined, the newest first.", security = "none",
        query = { region }, success = { 200, "[LobbyV3]" }, errors = "" },
      { "getLobbyInfoByRoomId", "GET /lobby/v3/{appId}/info/roomid/{roomId}",
        "The lobby of a room.", security = "none",
        success = { 200, "LobbyV3" }, errors = "404" },
      { "getLobbyInfoByShortCode", "GET /lobby/v3/{appId}/info/shortcode/{shortCode}",
        "The lobby with a short code; of several, the newest.", security = "none",
        success = { 200, "LobbyV3" }, errors = "404" },
    },
    lobbiesV2 = {
      { "createPrivateLobby", "POST /lobby/v2/{appId}/create/private",
        "Deprecated: create a lobby that is not listed.", security = "player", deprecated = true,
        query = { roomId }, body = "CreateLobbyOfKindParams",
        success = { 201, "Lobby" }, errors = created },
      { "createPublicLobby", "POST /lobby/v2/{appId}/create/public",
        "Deprecated: create a lobby that is listed.", security = "player", deprecated = true,
        query = { roomId }, body = "CreateLobbyOfKindParams",
        success = { 201, "Lobby" }, errors = created },
      { "createLocalLobby", "POST /lobby/v2/{appId}/create/local",
        "Deprecated: make a lobby of a game on the player's own machine.", security = "player",
        query = { roomId }, body = "CreateLobbyOfKindParams", deprecated = true,
        success = { 201, "Lobby" }, errors = created },
      { "createLobbyDeprecated", "POST /lobby/v2/{appId}/create",
        "Deprecated: make a lobby.", security = "player", deprecated = true,
        query = { roomId }, body = "CreateLobbyParams",
        success = { 201, "Lobby" }, errors = created },
      { "listActivePublicLobbiesDeprecatedV2", "GET /lobby/v2/{appId}/list/public",
        "Deprecated: the public lobbies that can be joined.", security = "none",
        query = { region }, deprecated = true, success = { 200, "[Lobby]" }, errors = "" },
      { "getLobbyInfo", "GET /lobby/v2/{appId}/info/{roomId}",
        "Deprecated: the lobby of a room.", security = "none", deprecated = true,
        success = { 200, "Lobby" }, errors = "404" },
      { "setLobbyState", "POST /lobby/v2/{appId}/setState/{roomId}",
        "Deprecated: replace what the game makes public about a lobby.", deprecated = true,
        body = "SetLobbyStateParams", idempotent = true,
        success = { 200, "Lobby" }, errors = "401 404 422 429" },
    },
    lobbiesV1 = {
      { "createPrivateLobbyDeprecated", "POST /lobby/v1/{appId}/create/private",
        "Deprecated: create a lobby that is not listed. Returns its room's id.",
        query = { { "region", "Region?", "Where to place it." }, isLocal },
        security = "player", deprecated = true,
        success = { 200, "RoomId" }, errors = created },
      { "createPublicLobbyDeprecated", "POST /lobby/v1/{appId}/create/public",
        "Deprecated: create a lobby that is listed. Returns its room's id.",
        query = { { "region", "Region?", "Where to place it." }, isLocal },
        security = "player", deprecated = true,
        success = { 200, "RoomId" }, errors = created },
      { "listActivePublicLobbiesDeprecatedV1", "GET /lobby/v1/{appId}/list",
        "Deprecated: the public lobbies that can be joined.", security = "none",
        query = { isLocal, region }, deprecated = true,
        success = { 200, "[Lobby]" }, errors = "404" },
    },
  },
}
