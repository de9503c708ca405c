--- The command line `hathora`, as data. Its parser, its man page and its completion are made from
-- these tables.
--
-- A command is `{ "group name", what it does, arguments =, options =, payload =, isMany = }`:
-- `payload` is the type of what it shows, `isMany` says that it shows a list of them. `security` is
-- "none" or "player" where the developer's token is not what it needs. A command that is `alone`
-- calls no server and takes none of the common options.
--
-- An argument is `{ name, what it is, args =, values =, isWhole = }`; an id that `isWhole` may not
-- be abbreviated. An option is `{ "--name -n", what it is, argname =, env =, choices =, values =,
-- convert =, count =, required = }`; one without an `argname` is a flag. `env` names the variable
-- that stands in for it; what is `needed` must be given in one of the two ways. `values` names what
-- completion offers (see `hathora.cli.complete`).
-- @module hathora.cli.grammar

local contract = require "hathora.contract"
local credentials = require "hathora.cli.credentials"
local schema = require "hathora.schema"

local status = schema.enums.ProcessStatus

local function seconds(text)
  local value = tonumber(text)
  return value and value > 0 and value or nil, "a time must be a number of seconds above 0"
end

local function lines(text)
  return math.tointeger(tonumber(text)), "a number of lines must be a whole number"
end

local common = {
  { "--app-id -a", "The application.", argname = "ID", env = "HATHORA_APP_ID", needed = true },
  credentials.token, credentials.file,
  { "--hathora-cloud-endpoint", "The server (" .. contract.defaultServer .. ").",
    argname = "URL", env = "HATHORA_CLOUD_ENDPOINT" },
  { "--ca", "A file of certificate authorities to check the server's certificate against.",
    argname = "FILE" },
  { "--output -o", "The output's format: text, json, value (the one value that a script needs), or "
    .. "a field's name followed by Value, such as statusValue (text).", argname = "FORMAT",
    env = "HATHORA_OUTPUT", values = "formats" },
  { "--timeout", "Seconds until the command gives up (30; 60 for a wait; a log has no limit).",
    argname = "SECONDS", convert = seconds },
  { "--debug", "Log each request, response and retry on standard error.", env = "HATHORA_DEBUG" },
}

local process = { "process", "The process's id, or the beginning of it.", values = "processes" }
local processId = { "--process-id -p", "The process's id, as an option.", argname = "ID",
  values = "processes" }
local room = { "room", "The room's id, or the beginning of it.", args = 1 }
-- Users name rooms, and one name may begin another: what changes a room must not guess.
local wholeRoom = { "room", "The room's whole id.", args = 1, isWhole = true }
local roomId = { "--room-id", "An id of your own for the room.", argname = "ID" }
local roomConfig = { "--room-config", "Its configuration, as text for the game.", argname = "TEXT" }
local where = { "--region -r", "Where to place it.", argname = "REGION", required = true,
  values = "regions" }
local key = { "--idempotency-key", "Create at most one for this key.", argname = "KEY" }
local waitForRoom = { "--wait -w", "Wait until players can connect." }
local playerToken = { "--player-token", "The player's token, as `login` prints it.",
  argname = "TOKEN", env = "HATHORA_PLAYER_TOKEN", needed = true }
local region = { "--region -r", "Only processes in this region; may be repeated.",
  argname = "REGION", count = "*", values = "regions" }
local statuses = { "--status -s", "Only processes with this status; may be repeated.",
  argname = "STATUS", count = "*", choices = schema.values "ProcessStatus" }

return {
  name = "hathora",
  summary = "Starts, finds and stops game servers over Hathora's API.",
  description = {
    "hathora calls Hathora Cloud's API on a hathora-host, or on another server that speaks it, and "
      .. "prints the answer: as text for people, or as JSON or a single value for scripts.",
    "Where a command needs a process or shows a room, the beginning of its id is enough if no "
      .. "other begins with it. All live processes of the application are searched, the ten newest "
      .. "of those that have ended, and the rooms on live processes. What changes a room needs its "
      .. "whole id.",
  },
  groups = {
    processes = "Processes of an application.", rooms = "Rooms on an application's processes.",
    lobbies = "Rooms that players create and find.",
    login = "Log a player in, and print the player's token.",
  },
  options = common,
  commands = {
    { "processes create", "Start a process and print it.", payload = "ProcessV2", options = {
      { "--region -r", "Where to start it.", argname = "REGION", required = true,
        values = "regions" },
      key,
      { "--wait -w", "Wait until it runs." },
    } },
    { "processes list", "List the ten newest processes.", payload = "ProcessV2",
      isMany = true, options = { region, statuses } },
    { "processes info", "Show a process.", arguments = { process }, payload = "ProcessV2",
      options = { processId } },
    { "processes count", "Count processes.", payload = "ProcessCount",
      options = { region, statuses } },
    { "processes wait", "Wait until a process runs, or until it has stopped.",
      arguments = { process }, payload = "ProcessV2", options = {
        processId,
        { "--for", "The status to wait for: running (the default) or stopped.",
          argname = "STATUS", choices = { status.Running, status.Stopped } },
      } },
    { "processes stop", "Stop a process.", arguments = { process }, payload = "ProcessV2",
      options = { processId, { "--wait -w", "Wait until it has ended." } } },
    { "processes logs", "Print a process's log.", arguments = { process }, options = {
      { processId[1], processId[2], argname = "ID", env = "HATHORA_LOG_PROCESS_ID",
        values = "processes" },
      { "--follow -f", "Go on printing as the log grows.", env = "HATHORA_LOG_FOLLOW" },
      { "--tail-lines", "How many of the last lines to print first, 1 to 5000 (100).",
        argname = "N", convert = lines, env = "HATHORA_LOG_TAIL_LINES" },
    } },
    { "rooms create", "Create a room, and print it.", payload = "RoomConnectionData",
      options = { where, roomId, roomConfig, key, waitForRoom } },
    { "rooms list", "List the rooms that are on a process.", arguments = { process },
      payload = "RoomWithoutAllocations", isMany = true, options = {
        processId, { "--inactive", "The rooms that are no longer on it." } } },
    { "rooms info", "Show a room.", arguments = { room }, payload = "Room" },
    { "rooms connect", "Show where players connect to a room.", arguments = { room },
      payload = "ConnectionInfoV2", security = "none", options = { waitForRoom } },
    { "rooms update", "Replace a room's configuration.", arguments = { wholeRoom },
      payload = "Room", options = { { roomConfig[1], roomConfig[2], argname = "TEXT",
        required = true } } },
    { "rooms destroy", "End a room, and free its place.", arguments = { wholeRoom },
      payload = "Room" },
    { "rooms resume", "Place a room that has lost its process on another.",
      arguments = { wholeRoom }, payload = "RoomAllocationData", options = { waitForRoom } },
    { "lobbies create", "Create a lobby as a player, and print it.", payload = "LobbyV3",
      security = "player", options = { where, playerToken,
        { "--visibility", "Who can find it: public (the default), private or local.",
          argname = "WHO", choices = schema.values "LobbyVisibility" },
        { "--short-code", "A code that players can tell each other.", argname = "CODE" },
        roomId, roomConfig } },
    { "lobbies list", "List the public lobbies that can be joined.", payload = "LobbyV3",
      isMany = true, security = "none", options = { { "--region -r",
        "Only lobbies in this region.", argname = "REGION", values = "regions" } } },
    { "lobbies info", "Show a lobby.", payload = "LobbyV3", security = "none",
      arguments = { { "room", "The id of its room, or the beginning of it." } }, options = {
        { "--short-code", "The lobby with this code.", argname = "CODE" } } },
    { "login anonymous", "Log in under a name that the server makes up.",
      payload = "PlayerTokenObject", security = "none" },
    { "login nickname", "Log in under a name of the player's choice.",
      payload = "PlayerTokenObject", security = "none",
      arguments = { { "name", "The name.", args = 1 } } },
    { "regions", "List the regions.", alone = true },
  },
  examples = {
    { "Start a process and wait until players can connect:",
      "hathora processes create --region Tokyo --wait" },
    { "Keep the id for later commands:",
      "id=$(hathora processes create --region Tokyo --output value)" },
    { "List what runs, as JSON:", "hathora processes list --status running --output json" },
    { "Create a room, and wait until players can connect to it:",
      "hathora rooms create --region Tokyo --wait" },
    { "Print the port that players connect to:",
      'hathora processes info "$id" --output exposedPort.portValue' },
  },
  environment = {
    { "NO_COLOR", "When it is set and not empty, output is not coloured." },
  },
  exits = {
    { 0, "Success." },
    { 1, "The server refused, or a wait ended in another status." },
    { 2, "The command line is wrong; nothing was done." },
    { 3, "There was no response, or none in time." },
    { 4, "Standard output could not be written." },
  },
}
