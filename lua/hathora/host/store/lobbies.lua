--- The lobbies in the store: a row each, which goes with its room's. One that is `local` has no
-- room; of these an app keeps the last 1,000. Times are milliseconds since 1970.
-- @module hathora.host.store.lobbies

local lobbies = {}

local maxLocal = 1000

local columns = { "appId", "roomId", "region", "visibility", "shortCode", "initialConfig",
  "createdBy", "createdAt", "localConfig", "idempotencyKey" }

local whole = [[SELECT lobby.*, ifnull(room.roomConfig, localConfig) AS roomConfig FROM lobby
  LEFT JOIN room ON room.appId = lobby.appId AND room.roomId = lobby.roomId ]]

local queries = {
  insert = ("INSERT INTO lobby (%s) VALUES (?%s) RETURNING number"):format(
    table.concat(columns, ", "), (", ?"):rep(#columns - 1)),
  find = whole .. "WHERE lobby.appId = ? AND lobby.roomId = ?",
  findByCode = whole
    .. "WHERE lobby.appId = ? AND lobby.shortCode = ? ORDER BY lobby.number DESC LIMIT 1",
  findByKey = whole .. "WHERE lobby.idempotencyKey = ?",
  setState = "UPDATE lobby SET state = ? WHERE number = ?",
  trim = [[DELETE FROM lobby WHERE appId = ? AND visibility = 'local' AND number <= (
    SELECT number FROM lobby WHERE appId = ? AND visibility = 'local'
    ORDER BY number DESC LIMIT 1 OFFSET ?)]],
}

local Lobbies = {}
Lobbies.__index = Lobbies

--- Make the table's readers and writers.
-- @tparam table store
function lobbies.new(store)
  return setmetatable({ store = store }, Lobbies)
end

local function ask(self, name, ...)
  return (self.store:statement(queries[name])(...))
end

--- Add a lobby, which is given its number.
function Lobbies:insert(lobby)
  local values = {}
  for index, name in ipairs(columns) do values[index] = lobby[name] end
  lobby.number = self.store:statement(queries.insert)(table.unpack(values, 1, #columns))[1].number
  if lobby.visibility == "local" then ask(self, "trim", lobby.appId, lobby.appId, maxLocal) end
end

--- The lobby of a room.
-- @treturn ?table its columns, and `roomConfig`
function Lobbies:find(appId, roomId) return ask(self, "find", appId, roomId)[1] end

--- The newest lobby with a short code.
-- @treturn ?table
function Lobbies:findByCode(appId, shortCode)
  return ask(self, "findByCode", appId, shortCode)[1]
end

--- The local lobby that was made with an idempotency key; those with a room have that with it.
-- @treturn ?table
function Lobbies:findByKey(key) return ask(self, "findByKey", key)[1] end

--- Replace what a game makes public about a lobby.
function Lobbies:setState(number, state) ask(self, "setState", state, number) end

return lobbies
