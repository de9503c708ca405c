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

  -- Rooms, and each place that one has had; `processId` of a room is its last place's, with which
  -- it is removed.
  function(database)
    database:execute [[
      CREATE TABLE room (
        number INTEGER PRIMARY KEY,
        appId TEXT NOT NULL,
        roomId TEXT NOT NULL,
        region TEXT NOT NULL,
        roomConfig TEXT,
        idempotencyKey TEXT UNIQUE,
        status TEXT NOT NULL,
        processId TEXT NOT NULL,
        createdAt INTEGER NOT NULL,
        endedAt INTEGER,
        UNIQUE (appId, roomId)
      ) STRICT;
      CREATE INDEX roomOnProcess ON room (processId);
      CREATE INDEX roomEnded ON room (endedAt) WHERE endedAt IS NOT NULL;
      CREATE TABLE allocation (
        number INTEGER PRIMARY KEY,
        roomAllocationId TEXT NOT NULL UNIQUE,
        room INTEGER NOT NULL,
        processId TEXT NOT NULL,
        isFirst INTEGER NOT NULL,
        scheduledAt INTEGER NOT NULL,
        unscheduledAt INTEGER
      ) STRICT;
      CREATE INDEX allocationOfRoom ON allocation (room, number);
      CREATE INDEX allocationOnProcess ON allocation (processId, number);
      CREATE TRIGGER roomsOfProcess AFTER DELETE ON process BEGIN
        DELETE FROM room WHERE processId = OLD.processId;
      END;
      CREATE TRIGGER allocationsOfRoom AFTER DELETE ON room BEGIN
        DELETE FROM allocation WHERE room = OLD.number;
      END;
    ]]
  end,

  -- What makes a room a lobby, and goes with it; a local one has no room.
  function(database)
    database:execute [[
      CREATE TABLE lobby (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        appId TEXT NOT NULL,
        roomId TEXT NOT NULL,
        region TEXT NOT NULL,
        visibility TEXT NOT NULL,
        shortCode TEXT NOT NULL,
        initialConfig TEXT,
        state TEXT,
        createdBy TEXT NOT NULL,
        createdAt INTEGER NOT NULL,
        UNIQUE (appId, roomId)
      ) STRICT;
      CREATE INDEX lobbyOfCode ON lobby (appId, shortCode, number);
      CREATE INDEX lobbyLocal ON lobby (appId, number) WHERE visibility = 'local';
      CREATE TRIGGER lobbyOfRoom AFTER DELETE ON room BEGIN
        DELETE FROM lobby WHERE appId = OLD.appId AND roomId = OLD.roomId;
      END;
    ]]
  end,

  -- What the create of a room said, by which a repeated one is known, and those that ended by the
  -- time of their create.
  function(database)
    database:execute [[
      ALTER TABLE room ADD COLUMN fingerprint TEXT;
      CREATE INDEX processEndedByCreation ON process (appId, status, region, createdAt)
        WHERE terminatedAt IS NOT NULL;
    ]]
  end,

  -- Rooms that may be resumed are counted.
  function(database)
    database:execute [[CREATE INDEX roomSuspended ON room (appId) WHERE status = 'suspended']]
  end,

  -- For a lobby without a room: what its room would record.
  function(database)
    database:execute [[
      ALTER TABLE lobby ADD COLUMN localConfig TEXT;
      ALTER TABLE lobby ADD COLUMN idempotencyKey TEXT;
      CREATE UNIQUE INDEX lobbyOfKey ON lobby (idempotencyKey) WHERE idempotencyKey IS NOT NULL;
    ]]
  end,

  -- When the host found a process that its records had lost, along with its rooms.
  function(database) database:execute "ALTER TABLE process ADD COLUMN foundAt INTEGER" end,
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
