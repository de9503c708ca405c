--- What the commands `ps`, `logs`, `drain` and `stop` show and do, on a running host.
-- @module hathora.host.cli.processes

local abbreviation = require "hathora.cli.abbreviation"
local json = require "hathora.json"
local admin = require "hathora.host.admin"
local schema = require "hathora.schema"
local schemaWrite = require "hathora.schema.write"
local text = require "hathora.cli.columns"
local time = require "hathora.time"

local inspect = {}

local getLogs = schema.operation("logsV1", "getLogsForProcess")
local stopProcess = schema.operation("processesV2", "stopProcess")

local units = { { "d", 86400 }, { "h", 3600 }, { "min", 60 }, { "s", 1 } }

local function age(process)
  local stop = process.terminatedAt and time(process.terminatedAt) or os.time()
  local seconds = math.max(0, math.floor(stop - time(process.createdAt)))
  local parts = {}
  for _, unit in ipairs(units) do
    if seconds >= unit[2] and #parts < 2 then
      parts[#parts + 1] = ("%d %s"):format(seconds // unit[2], unit[1])
    end
    seconds = seconds % unit[2]
  end
  return parts[1] and table.concat(parts, " ") or "0 s"
end

local function ports(process)
  local all = {}
  for _, port in ipairs { process.exposedPort, table.unpack(process.additionalExposedPorts) } do
    all[#all + 1] = ("%s:%d/%s"):format(port.host, port.port, port.transportType)
  end
  return all[1] and table.concat(all, " ") or "-"
end

local columns = {
  { "PROCESS", function(process) return process.processId end },
  { "APP", function(process) return process.appId end },
  { "ENGINE", function(_, entry) return entry.engine or "" end },
  { "REGION", function(process) return process.region end },
  { "STATUS", function(process) return process.status end },
  { "ROOMS", function(process)
    return ("%d/%d"):format(process.roomsAllocated, process.roomsPerProcess)
  end },
  { "PORTS", ports },
  { "AGE", age },
  { "WHY", function(_, entry) return entry.reason or "" end },
}

local function list(host)
  return json.decode(host:ask("GET", admin.processes)).processes
end

-- A process by its id, or by a beginning of it that no other has.
local function find(host, given)
  local processes, ids = {}, {}
  for index, entry in ipairs(list(host)) do
    local process = entry.process
    processes[process.processId], ids[index] = process, process.processId
  end
  return processes[abbreviation.resolve(ids, given, "process") or given]
    or error(("this host has no process %s, or it ended too long ago; to read its log, give its "
      .. "app with --app"):format(given), 0)
end

local function shown(host, all)
  local entries = {}
  for _, entry in ipairs(list(host)) do
    if all or not entry.isOver then entries[#entries + 1] = entry end
  end
  return entries
end

--- The table of processes.
-- @tparam table host as from `remote.new`
-- @tparam boolean all with, of each app, the ten newest of those that have ended
-- @treturn string
function inspect.ps(host, all)
  local rows = { {} }
  for index, column in ipairs(columns) do rows[1][index] = column[1] end
  for _, entry in ipairs(shown(host, all)) do
    local row = {}
    for index, column in ipairs(columns) do row[index] = column[2](entry.process, entry) end
    rows[#rows + 1] = row
  end
  return text.align(rows)
end

--- The same as JSON: a list of processes as the API shows them, with `engine` and `reason`.
function inspect.json(host, all)
  local processes = json.list {}
  for index, entry in ipairs(shown(host, all)) do
    local process = entry.process
    process.engine, process.reason = entry.engine, entry.reason
    json.list(process.additionalExposedPorts)
    processes[index] = process
  end
  return json.encode(processes)
end

--- The ids of all that run.
function inspect.ids(host)
  local ids = {}
  for index, entry in ipairs(shown(host)) do ids[index] = entry.process.processId end
  return ids
end

--- Print the end of a process's log, and what follows it.
-- @tparam table wanted `process` (its id), maybe `app`, `tail` (lines), `follow`
-- @tparam function write
function inspect.logs(host, wanted, write)
  local process = wanted.app and { appId = wanted.app, processId = wanted.process }
    or find(host, wanted.process)
  host:follow(schemaWrite.path(getLogs, { appId = process.appId, processId = process.processId,
    tailLines = wanted.tail, follow = wanted.follow or nil }, {}), write)
end

--- Let a process take no new rooms.
-- @treturn string its whole id
function inspect.drain(host, id)
  local process = find(host, id)
  host:ask("POST", (admin.drain:gsub("{processId}", process.processId)))
  return process.processId
end

--- Stop a process.
-- @treturn string its whole id
function inspect.stop(host, id)
  local process = find(host, id)
  host:ask(stopProcess.method, schemaWrite.path(stopProcess, { appId = process.appId,
    processId = process.processId }, {}))
  return process.processId
end

return inspect
