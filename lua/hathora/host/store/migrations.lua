--- How the store came to its form: a list of changes, each made once and whole. A file says how
-- many it has seen (`PRAGMA user_version`); one of version 0.1.0 says none.
-- @module hathora.host.store.migrations

local failpoint = require "hathora.host.failpoint"

local migrations = {}

local function columnsOf(database, name)
  local found = {}
  local statement <close> = database:prepare "SELECT name FROM pragma_table_info(?)"
  for _, column in ipairs((statement(name))) do found[column.name] = true end
  return found
end

-- The form of 0.1.0, whose earlier files have not all of the columns. An idempotency key's row is
-- its process's: neither can be there without the other.
local function asOfFirstVersion(database)
  database:execute [[
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
    ) STRICT]]
  local present = columnsOf(database, "process")
  for _, column in ipairs { "engine", "node", "host" } do
    if not present[column] then
      database:execute(("ALTER TABLE process ADD COLUMN %s TEXT"):format(column))
    end
  end
end

local steps = {
  asOfFirstVersion,

  -- Times of the clock that nobody sets, in milliseconds since the boot that is named with them;
  -- and indexes that let what lives cost the same whatever has ended.
  function(database)
    database:execute [[
      ALTER TABLE process ADD COLUMN createdUptime INTEGER;
      ALTER TABLE process ADD COLUMN terminatedUptime INTEGER;
      ALTER TABLE process ADD COLUMN terminatedBootId TEXT;
      DROP INDEX IF EXISTS processOfApp;
      DROP INDEX IF EXISTS processEnded;
      CREATE INDEX processLive ON process (number) WHERE terminatedAt IS NULL;
      CREATE INDEX processEnded ON process (terminatedAt) WHERE terminatedAt IS NOT NULL;
      CREATE INDEX processEndedOfApp ON process (appId, status, region, number)
        WHERE terminatedAt IS NOT NULL;
    ]]
  end,

  -- What an app's player tokens are signed with is made once.
  function(database)
    database:execute "CREATE TABLE app (appId TEXT PRIMARY KEY, secret TEXT NOT NULL) STRICT"
  end,
}

local function version(database)
  local statement <close> = database:prepare "PRAGMA user_version"
  return statement()[1].user_version
end

local function step(database, number)
  steps[number](database)
  failpoint("migrating " .. number)
  database:execute("PRAGMA user_version = " .. number)
end

--- Make the changes that a store has not seen.
-- @tparam table store with `database` and `transaction`
function migrations.run(store)
  local seen = version(store.database)
  if seen > #steps then
    error(("they were written by a later version of hathora-host (form %d; this one knows %d)")
      :format(seen, #steps), 0)
  end
  for number = seen + 1, #steps do store:transaction(step, store.database, number) end
end

return migrations
