--- The records of all processes, durable once a call returns: SQLite, write-ahead log, every
-- commit synced. A process is one row, its facts named as in `columns`; times are milliseconds
-- since 1970. Every function raises SQLite's words when the records cannot be read or written.
-- @module hathora.host.store.processes

local json = require "hathora.json"
local sqlite = require "hathora.host.sqlite"

local records = {}

-- The idempotency key's row is the process': none can be there without the other.
local tables = [[
  CREATE TABLE IF NOT EXISTS process (
    number INTEGER PRIMARY KEY,
    processId TEXT NOT NULL UNIQUE,
    appId TEXT NOT NULL,
    region TEXT NOT NULL,
    deploymentId INTEGER NOT NULL,
    roomsPerProcess INTEGER NOT NULL,
    status TEXT NOT NULL,
    idempotencyKey TEXT UNIQUE,
    ports TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    startedAt INTEGER,
    stoppingAt INTEGER,
    terminatedAt INTEGER,
    pid INTEGER,
    startTime INTEGER,
    bootId TEXT,
    exitCode INTEGER,
    signal INTEGER,
    reason TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS processOfApp ON process (appId, number);
  CREATE INDEX IF NOT EXISTS processEnded ON process (terminatedAt);
]]

-- Columns that records of earlier versions do not have.
local later = { { "engine", "TEXT" }, { "node", "TEXT" }, { "host", "TEXT" } }

-- A filter that is NULL lets everything through.
local matching = [[ FROM process WHERE appId = ?1
  AND (?2 IS NULL OR region IN (SELECT value FROM json_each(?2)))
  AND (?3 IS NULL OR status IN (SELECT value FROM json_each(?3)))]]

local queries = {
  find = "SELECT * FROM process WHERE processId = ?",
  findByKey = "SELECT * FROM process WHERE idempotencyKey = ?",
  latest = "SELECT *" .. matching .. " ORDER BY number DESC LIMIT ?4",
  count = "SELECT count(*) AS count" .. matching,
  live = "SELECT * FROM process WHERE terminatedAt IS NULL ORDER BY number",
  liveOfApp = "SELECT count(*) AS count FROM process WHERE appId = ? AND terminatedAt IS NULL",
  endedSince = "SELECT * FROM process WHERE terminatedAt >= ?",
}

local Records = {}
Records.__index = Records

local function addColumns(database)
  local there = {}
  local statement = database:prepare "SELECT name FROM pragma_table_info('process')"
  for _, column in ipairs(statement()) do there[column.name] = true end
  statement:close()
  for _, column in ipairs(later) do
    if not there[column[1]] then
      database:execute(("ALTER TABLE process ADD COLUMN %s %s"):format(column[1], column[2]))
    end
  end
end

--- Open the records.
-- @tparam string path a file, made when it is not there, or `:memory:`
function records.open(path)
  local database = sqlite.open(path)
  -- The records are this host's alone: once they are open, nothing waits for another's lock.
  database:execute "PRAGMA busy_timeout = 1000"
  database:execute "PRAGMA locking_mode = EXCLUSIVE"
  database:execute "PRAGMA journal_mode = WAL"
  database:execute "PRAGMA synchronous = FULL"
  database:execute(tables)
  addColumns(database)
  local self = setmetatable({ database = database, queries = {}, writes = {} }, Records)
  for name, text in pairs(queries) do self.queries[name] = database:prepare(text) end
  return self
end

local function sortedNames(values)
  local names = {}
  for name in pairs(values) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- Run a write whose columns are those of a table, its statement kept for the next like it.
function Records:write(values, compose, ...)
  local names, bound = sortedNames(values), {}
  for index, name in ipairs(names) do bound[index] = values[name] end
  local text = compose(names)
  self.writes[text] = self.writes[text] or self.database:prepare(text)
  local last = select("#", ...)
  table.move({ ... }, 1, last, #names + 1, bound)
  return self.writes[text](table.unpack(bound, 1, #names + last))
end

local function composeInsert(names)
  return ("INSERT INTO process (%s) VALUES (?%s)"):format(table.concat(names, ", "),
    (", ?"):rep(#names - 1))
end

local function composeUpdate(names)
  return ("UPDATE process SET %s = ? WHERE processId = ?"):format(table.concat(names, " = ?, "))
end

--- Add a process.
-- @tparam table row
function Records:insert(row)
  self:write(row, composeInsert)
end

--- Change facts of a process.
-- @tparam string processId
-- @tparam table changes by column
function Records:change(processId, changes)
  self:write(changes, composeUpdate, processId)
end

--- Find a process.
-- @treturn ?table its row
function Records:find(processId)
  return self.queries.find(processId)[1]
end

--- Find the process that was made with an idempotency key.
-- @treturn ?table its row
function Records:findByKey(key)
  return self.queries.findByKey(key)[1]
end

local function listOf(set)
  return set and json.encode(json.list(sortedNames(set)))
end

--- The processes of an app created last, the newest first.
-- @tparam table wanted `appId`, `region` and `status` (sets, or nil for any), `limit`
-- @treturn {table,...} rows
function Records:latest(wanted)
  return (self.queries.latest(wanted.appId, listOf(wanted.region), listOf(wanted.status),
    wanted.limit))
end

--- How many processes match.
-- @tparam table wanted as for `latest`
-- @treturn integer
function Records:count(wanted)
  return self.queries.count(wanted.appId, listOf(wanted.region), listOf(wanted.status))[1].count
end

--- All processes that are not gone, the oldest first.
-- @treturn {table,...} rows
function Records:live()
  return (self.queries.live())
end

--- How many processes of an app are not gone.
function Records:liveOfApp(appId)
  return self.queries.liveOfApp(appId)[1].count
end

--- The processes that ended since a time.
-- @tparam integer time milliseconds since 1970
-- @treturn {table,...} rows
function Records:endedSince(time)
  return (self.queries.endedSince(time))
end

--- Let go of the records.
function Records:close()
  self.database:close()
  for _, statements in ipairs { self.queries, self.writes } do
    for _, statement in pairs(statements) do statement:close() end
  end
end

return records
