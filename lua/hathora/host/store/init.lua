--- What the host keeps on the disk: SQLite, a write-ahead log, every commit synced. Each of its
-- tables is a file beside this one.
--
-- Writes that arrive in one turn of the loop share one transaction, and so one sync:
--
--     store:write(function() store.processes:insert(row) end, function(problem) ... end)
--
-- The second function is called once the transaction is through, with the reason if it is not.
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

-- Once the file is open nothing waits for a lock, for nobody else is let to it.
local settings = [[
  PRAGMA busy_timeout = 1000;
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
]]

--- Open the store, and bring what an earlier version wrote to today's form. Its `counts` tell how
-- often `write` was carried out, in how many `commits`, and how often not.
-- @tparam string path a file, made when it is not there, or `:memory:`
-- @tparam table loop
function store.open(path, loop)
  local self = setmetatable({ loop = loop, statements = {}, queue = {},
    counts = { commits = 0, writes = 0, failures = 0 } }, Store)
  self.database = sqlite.open(path)
  self.database:execute(settings)
  migrations.run(self)
  self.apps, self.processes, self.rooms = apps.new(self), processes.new(self), rooms.new(self)
  self.lobbies = lobbies.new(self)
  return self
end

--- A statement, prepared at its first use.
function Store:statement(text)
  local statement = self.statements[text] or self.database:prepare(text)
  self.statements[text] = statement
  return statement
end

--- Do something in a transaction: all of it is there afterwards, or nothing.
function Store:transaction(action, ...)
  self.database:execute "BEGIN IMMEDIATE"
  local ok, problem = pcall(action, ...)
  if ok then ok, problem = pcall(self.database.execute, self.database, "COMMIT") end
  if ok then return end
  pcall(self.database.execute, self.database, "ROLLBACK") -- SQLite may have done so by itself
  error(problem, 0)
end

--- Have something written in this turn's transaction.
-- @tparam ?function action nil to be called, after what waits already, all the same
-- @tparam function done called after the transaction, with nothing, or with the reason in words
function Store:write(action, done)
  self.queue[#self.queue + 1] = { action = action, done = done }
  if not self.timer then self.timer = self.loop:after(0, function() self:commit() end) end
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

-- One that contradicts what is there must not take the others with it.
local function writeAll(self, entries)
  local ok, problem = pcall(self.transaction, self, runAll, entries)
  if ok then
    self.counts.commits = self.counts.commits + 1
    return count(self, entries, "writes")
  end
  if not entries[2] or not tostring(problem):find "constraint" then
    for _, entry in ipairs(entries) do entry.problem = tostring(problem) end
    return count(self, entries, "failures")
  end
  for _, entry in ipairs(entries) do writeAll(self, { entry }) end
end

--- Does anything wait to be written?
function Store:isWaiting() return self.queue[1] ~= nil end

--- Write now what waits to be written, and say so to whoever waits for it.
function Store:commit()
  if self.timer then self.timer:cancel() end
  local entries = self.queue
  self.queue, self.timer = {}, nil
  if entries[1] then writeAll(self, entries) end
  for _, entry in ipairs(entries) do loops.guarded(entry.done, entry.problem) end
end

--- Write what waits, and let go of the file.
function Store:close()
  self:commit()
  if self.timer then self.timer:cancel() end
  for _, statement in pairs(self.statements) do statement:close() end
  self.database:close()
end

Store.__close = Store.close

return store
