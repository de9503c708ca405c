--- The processes in the store: a row each, with the columns below; times are milliseconds since
-- 1970, or, as `...Uptime`, since the boot that is named beside them.
-- @module hathora.host.store.processes

local processes = {}

--- The columns, as a set. What else is in a process's table is the host's alone, and not kept.
processes.columns = {}
for name in ([[number processId appId region deploymentId roomsPerProcess status idempotencyKey
  ports createdAt startedAt stoppingAt terminatedAt pid startTime bootId exitCode signal reason
  engine node host createdUptime terminatedUptime terminatedBootId foundAt]]):gmatch "%w+" do
  processes.columns[name] = true
end

local queries = {
  find = "SELECT * FROM process WHERE processId = ?",
  findByKey = "SELECT * FROM process WHERE idempotencyKey = ?",
  live = "SELECT * FROM process WHERE terminatedAt IS NULL ORDER BY number",
  ended = [[SELECT * FROM process WHERE terminatedAt IS NOT NULL AND appId = ? AND status = ?
    AND region = ? ORDER BY number DESC LIMIT ?]],
  endedBefore = [[SELECT * FROM process WHERE terminatedAt IS NOT NULL AND appId = ? AND status = ?
    AND region = ? AND createdAt < ? ORDER BY createdAt DESC, number DESC LIMIT ?]],
  countEndedBefore = [[SELECT count(*) AS seen, ifnull(sum(createdAt < ?), 0) AS count,
    min(number) AS last
    FROM (SELECT number, createdAt FROM process WHERE terminatedAt IS NOT NULL AND appId = ?
      AND status = ? AND region = ? AND number < ? ORDER BY number DESC LIMIT ?)]],
  endedInBoot = [[SELECT ports, terminatedUptime FROM process WHERE terminatedAt IS NOT NULL
    AND terminatedBootId = ? AND terminatedUptime > ? ORDER BY terminatedUptime]],
  counts = [[SELECT appId, region, status, count(*) AS count FROM process
    GROUP BY appId, region, status]],
  lastNumber = "SELECT max(number) AS number FROM process",
  remove = [[DELETE FROM process WHERE number IN (SELECT number FROM process
    WHERE terminatedAt IS NOT NULL AND terminatedAt < ? ORDER BY terminatedAt LIMIT ?)
    RETURNING processId, appId, region, status]],
}

local Processes = {}
Processes.__index = Processes

--- Make the table's readers and writers.
-- @tparam table store
function processes.new(store)
  return setmetatable({ store = store }, Processes)
end

local function ask(self, name, ...)
  return (self.store:statement(queries[name])(...))
end

local function namesOf(values)
  local names = {}
  for name in pairs(values) do
    if processes.columns[name] then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function valuesOf(process, names)
  local values = {}
  for index, name in ipairs(names) do values[index] = process[name] end
  return values
end

--- Add a process.
-- @tparam table process
function Processes:insert(process)
  local names = namesOf(process)
  self.store:statement(("INSERT INTO process (%s) VALUES (?%s)"):format(table.concat(names, ", "),
    (", ?"):rep(#names - 1)))(table.unpack(valuesOf(process, names)))
end

--- Write some columns of a process as they are in its table.
-- @tparam table process
-- @tparam table which the columns, as a set
function Processes:update(process, which)
  local names = namesOf(which)
  local values = valuesOf(process, names)
  values[#names + 1] = process.processId
  self.store:statement(("UPDATE process SET %s = ? WHERE processId = ?"):format(
    table.concat(names, " = ?, ")))(table.unpack(values, 1, #names + 1))
end

--- Find a process.
-- @treturn ?table
function Processes:find(processId) return ask(self, "find", processId)[1] end

--- Find the process that was made with an idempotency key.
-- @treturn ?table
function Processes:findByKey(key) return ask(self, "findByKey", key)[1] end

--- All processes that have not ended, the oldest first.
-- @treturn {table,...}
function Processes:live() return ask(self, "live") end

--- Processes of an app that ended in one way, the newest first.
-- @treturn {table,...}
function Processes:ended(appId, status, region, limit)
  return ask(self, "ended", appId, status, region, limit)
end

--- Those of them that were created before a time.
-- @treturn {table,...}
function Processes:endedBefore(appId, status, region, before, limit)
  return ask(self, "endedBefore", appId, status, region, before, limit)
end

--- Count these among some of those that ended, from the newest on.
-- @tparam integer last only those with a lower number
-- @tparam integer limit of how many to read
-- @treturn integer how many
-- @treturn ?integer the number of the last one read, if there may be more
function Processes:countEndedBefore(appId, status, region, before, last, limit)
  local row = ask(self, "countEndedBefore", before, appId, status, region, last, limit)[1]
  return row.count, row.seen == limit and row.last or nil
end

--- Ports of processes that ended in a boot of this machine after a time of its own clock.
-- @treturn {table,...} `ports`, `terminatedUptime`
function Processes:endedInBoot(bootId, uptime) return ask(self, "endedInBoot", bootId, uptime) end

--- How many processes there are of each app, region and status.
-- @treturn {table,...} `appId`, `region`, `status`, `count`
function Processes:counts() return ask(self, "counts") end

--- The number of the process made last, 0 when there is none.
function Processes:lastNumber() return ask(self, "lastNumber")[1].number or 0 end

--- Remove those that ended first.
-- @tparam integer before only what ended before this time
-- @tparam integer limit
-- @treturn {table,...} `processId`, `appId`, `region`, `status` of what was removed
function Processes:remove(before, limit) return ask(self, "remove", before, limit) end

return processes
