--- What the host keeps on the disk: SQLite, a write-ahead log, every commit synced. Each of its
-- tables is a file beside this one.
--
-- Writes that arrive in one turn of the loop, or while others are being committed, share one
-- transaction, and so one sync:
--
--     store:write(function() store.processes:insert(row) end, function(problem) ... end)
--
-- The first function is called when the transaction is begun, the second once it is on the disk or
-- has failed, with the reason then. Meanwhile the writer's own thread waits for the disk. Reads use
-- a connection of their own, and see what was there before.
-- `isAhead` becomes true when something is changed, or shown, that is not on the disk yet: whoever
-- answers sets it to false before, and sends the answer by `write` if it is true.
-- Every function here and of the tables raises SQLite's words when the disk or the file fails it.
-- @module hathora.host.store

local apps = require "hathora.host.store.apps"
local lobbies = require "hathora.host.store.lobbies"
local loops = require "hathora.host.machine.loop"
local migrations = require "hathora.host.store.migrations"
local processes = require "hathora.host.store.processes"
local rooms = require "hathora.host.store.rooms"
local sqlite = require "hathora.host.sqlite"

local store = {}

local Store = {}
Store.__index = Store

-- Once the file is open nothing waits for a lock, for nobody else is let to it. Nothing is written,
-- or synced, before a commit.
local settings = [[
  PRAGMA busy_timeout = 1000;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA cache_spill = OFF;
]]

local function connect(path)
  return { database = sqlite.open(path), statements = {} }
end

-- Of a database in memory there is one connection; what it is asked while it commits waits.
local function connectReader(self, path)
  if path == ":memory:" then return self.writer end
  local reader = connect(path)
  reader.database:execute "PRAGMA query_only = ON"
  return reader
end

local function disconnect(connection)
  for _, statement in pairs(connection.statements) do statement:close() end
  connection.database:close()
end

--- Open the store, and bring what an earlier version wrote to today's form. Its `counts` say how
-- often `write` was carried out, in how many `commits`, and how often not.
-- @tparam string path a file, made when it is not there, or `:memory:`
-- @tparam table loop
function store.open(path, loop)
  local self = setmetatable({ loop = loop, queue = {}, alone = {}, resting = {}, isAhead = false,
    counts = { commits = 0, writes = 0, failures = 0 } }, Store)
  self.writer = connect(path)
  self.database = self.writer.database
  self.database:execute(settings)
  migrations.run(self)
  self.reader = connectReader(self, path)
  self.watch = loop:watch(self.database:committer(), "r", function() self:finish() end)
  self.apps, self.processes, self.rooms = apps.new(self), processes.new(self), rooms.new(self)
  self.lobbies = lobbies.new(self)
  return self
end

--- A statement, prepared at its first use: what is called in a transaction is part of it, and what
-- is not can only read.
function Store:statement(text)
  local connection = self.isWriting and self.writer or self.reader
  local statement = connection.statements[text] or connection.database:prepare(text)
  connection.statements[text] = statement
  return statement
end

local function rollBack(self, problem)
  pcall(self.database.execute, self.database, "ROLLBACK") -- SQLite may have done so by itself
  return problem
end

-- Begin a transaction and do something in it, or undo that. Returns the reason if it fails.
local function begin(self, action, ...)
  self.isWriting = true
  local ok, problem = pcall(self.database.execute, self.database, "BEGIN IMMEDIATE")
  if ok then ok, problem = pcall(action, ...) end
  self.isWriting = false
  if not ok then return rollBack(self, problem) end
end

--- Do something in a transaction, and wait for the disk: all of it is there afterwards, or nothing.
-- For as long as nobody waits for the host.
function Store:transaction(action, ...)
  local problem = begin(self, action, ...)
  if problem then error(problem, 0) end
  local ok
  ok, problem = pcall(self.database.execute, self.database, "COMMIT")
  if not ok then error(rollBack(self, problem), 0) end
end

--- Have something written in the next transaction.
-- @tparam ?function action nil to be called, after what waits already, all the same
-- @tparam function done called after the transaction, with nothing, or with the reason in words
function Store:write(action, done)
  if action then self.isAhead = true end
  self.queue[#self.queue + 1] = { action = action, done = done }
  if self.timer or self.committing then return end
  self.timer = self.loop:after(0, function() self:commit() end)
end

local function runAll(entries)
  for _, entry in ipairs(entries) do
    if entry.action then entry.action() end
  end
end

local function count(self, entries, which)
  local counts = self.counts
  for _, entry in ipairs(entries) do
    if entry.action then counts[which] = counts[which] + 1 end
  end
end

local function notify(self, entries, problem)
  if problem then count(self, entries, "failures") end
  for _, entry in ipairs(entries) do
    self.isAhead = false
    loops.guarded(entry.done, problem)
  end
end

local function hasActions(entries)
  for _, entry in ipairs(entries) do
    if entry.action then return true end
  end
  return false
end

-- One that contradicts what is there must not take the others with it: each is then written alone.
local function beginAll(self, entries)
  if not hasActions(entries) then return notify(self, entries) end
  local problem = begin(self, runAll, entries)
  if not problem then
    self.committing = entries
    return self.database:commit()
  end
  problem = tostring(problem)
  if not entries[2] or not problem:find "constraint" then return notify(self, entries, problem) end
  for index, entry in ipairs(entries) do self.alone[index] = { entry } end
end

-- What is to be written in the next transaction.
local function take(self)
  if self.alone[1] then return table.remove(self.alone, 1) end
  local entries = self.queue
  self.queue = {}
  return entries[1] and entries
end

--- Begin to write what waits to be written, unless something is being written, after which this
-- comes by itself.
function Store:commit()
  if self.timer then self.timer:cancel() end
  self.timer = nil
  while not self.committing do
    local entries = take(self)
    if not entries then return end
    beginAll(self, entries)
  end
end

-- A transaction that changes nothing, need not be synced, and checkpoints nothing.
local nothing = { "PRAGMA wal_autocheckpoint = 0", "PRAGMA synchronous = OFF",
  "PRAGMA application_id = 0", "PRAGMA synchronous = FULL", "PRAGMA wal_autocheckpoint = 1000" }

-- What could not be synced may have been written all the same, for the next host to find: something
-- is written over it.
local function disown(self)
  rollBack(self)
  for _, text in ipairs(nothing) do pcall(self.database.execute, self.database, text) end
end

-- What was being written is on the disk, or has failed: notify whoever waits for it, and go on.
-- Waits for the disk if need be.
function Store:finish()
  local entries = self.committing
  if not entries then return end -- it was waited for since the loop saw it
  local ok, problem = self.database:committed()
  self.committing = nil
  if ok then
    self.counts.commits = self.counts.commits + 1
    count(self, entries, "writes")
  else
    disown(self)
  end
  notify(self, entries, problem)
  local resting = self.resting
  self.resting = {}
  for _, callback in ipairs(resting) do loops.guarded(callback) end
  self:commit()
end

--- Call something when nothing is being committed: whatever is read then has been reported to
-- whoever waited for it. At other times a read may be one commit ahead.
function Store:atRest(callback)
  if not self.committing then return callback() end
  self.resting[#self.resting + 1] = callback
end

--- Write what waits to be written, and wait for the disk.
function Store:flush()
  self:commit()
  while self.committing do self:finish() end
end

--- Write what waits, and let go of the file.
function Store:close()
  self:flush()
  self.watch:close()
  if self.reader ~= self.writer then disconnect(self.reader) end
  disconnect(self.writer)
end

Store.__close = Store.close

return store
