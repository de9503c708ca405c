--- The host's figures for Prometheus: what is now, from the services, and what has happened, from
-- the tally. All is in memory but suspended rooms. docs/monitoring.md says what each metric means.
-- @module hathora.host.admin.metrics

local core = require "hathora.core"
local exposition = require "hathora.host.admin.exposition"
local schema = require "hathora.schema"

local metrics = {}

local RoomStatus = schema.enums.RoomStatus

local function sorted(set)
  local keys = {}
  for key in pairs(set) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function writeProcesses(text, services, apps)
  local sample = text:metric("hathora_host_processes", "gauge",
    "Processes in the records, by app and status.")
  for _, appId in ipairs(apps) do
    for _, status in ipairs(schema.values "ProcessStatus") do
      sample({ "app", appId, "status", status },
        services.processes:count { appId = appId, status = { [status] = true } })
    end
  end
end

local function writeRooms(text, services, apps)
  local sample = text:metric("hathora_host_rooms", "gauge",
    "Rooms on processes, by app and by whether players can connect, and suspended rooms.")
  for _, appId in ipairs(apps) do
    for _, status in ipairs(schema.values "RoomReadyStatus") do
      sample({ "app", appId, "status", status }, services.rooms:count(appId, status))
    end
    local suspended = services.rooms:countSuspended(appId)
    if suspended then sample({ "app", appId, "status", RoomStatus.Suspended }, suspended) end
  end
end

local function writeLimits(text, config, apps)
  local sample = text:metric("hathora_host_process_limit", "gauge",
    "Processes an app may have at once, for apps with a limit.")
  for _, appId in ipairs(apps) do
    local most = config.apps[appId].maxProcesses
    if most then sample({ "app", appId }, most) end
  end
end

local function writeByApp(text, tally, name, help, write)
  local sample = text:metric(name, "counter", help)
  for _, appId in ipairs(sorted(tally.apps)) do write(sample, appId, tally.apps[appId]) end
end

local function writeCounts(text, tally)
  writeByApp(text, tally, "hathora_host_processes_created_total", "Processes created.",
    function(sample, appId, counts) sample({ "app", appId }, counts.created) end)
  writeByApp(text, tally, "hathora_host_creates_refused_total",
    "Creates of a process that were refused, by the status of the answer.",
    function(sample, appId, counts)
      for _, status in ipairs(sorted(counts.refused)) do
        sample({ "app", appId, "code", tostring(status) }, counts.refused[status])
      end
    end)
  writeByApp(text, tally, "hathora_host_processes_ended_total",
    "Processes that ended, by what ended them.",
    function(sample, appId, counts)
      for _, cause in ipairs(sorted(counts.ended)) do
        sample({ "app", appId, "cause", cause }, counts.ended[cause])
      end
    end)
end

local function writeStarts(text, tally)
  local sample = text:metric("hathora_host_process_start_duration_seconds", "histogram",
    "How long processes took from the create until they could be reached.")
  for _, appId in ipairs(sorted(tally.apps)) do
    tally.apps[appId].starts:write(sample, { "app", appId })
  end
end

local function writePorts(text, ledger)
  local sample = text:metric("hathora_host_ports", "gauge",
    "Ports of the range for games: in use, resting after a game's end, and free.")
  local usage = ledger:usage()
  for _, state in ipairs(sorted(usage)) do sample({ "state", state }, usage[state]) end
end

local function writeStore(text, counts)
  text:metric("hathora_host_store_commits_total", "counter",
    "Transactions in which records were written; each is synced to the disk.")({}, counts.commits)
  text:metric("hathora_host_store_writes_total", "counter",
    "Changes written to the records; those that arrive together share a commit.")({}, counts.writes)
  text:metric("hathora_host_store_failures_total", "counter",
    "Changes that could not be written to the records when they were made.")({}, counts.failures)
end

local function writeLogs(text, logs)
  local bytes = logs:bytes()
  text:metric("hathora_host_log_limit_bytes", "gauge",
    "What the logs of all processes may take on the disk.")({}, logs.limit)
  if not bytes then return end
  text:metric("hathora_host_log_bytes", "gauge",
    "What the logs of all processes took on the disk when they were last measured.")({}, bytes)
end

local function writeHost(text, tally)
  local sample = text:metric("hathora_host_http_responses_total", "counter",
    "HTTP answers given, by status.")
  for _, status in ipairs(sorted(tally.answers)) do
    sample({ "code", tostring(status) }, tally.answers[status])
  end
  text:metric("hathora_host_start_time_seconds", "gauge",
    "When the host was started, in Unix seconds.")({}, tally.since)
  text:metric("hathora_host_build_info", "gauge", "The host's version; the value is always 1.")(
    { "version", core._VERSION }, 1)
end

--- Write all figures.
-- @tparam table services
-- @tparam table config
-- @tparam table tally see `hathora.host.admin.tally`
-- @treturn string
function metrics.write(services, config, tally)
  local text, apps = exposition.new(), sorted(config.apps)
  writeProcesses(text, services, apps)
  writeRooms(text, services, apps)
  writeLimits(text, config, apps)
  writeCounts(text, tally)
  writeStarts(text, tally)
  writePorts(text, services.ledger)
  writeStore(text, services.store.counts)
  writeLogs(text, services.logs)
  writeHost(text, tally)
  return text:read()
end

return metrics
