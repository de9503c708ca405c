--- The host's own list of processes, for its page and for `ps`: JSON, written in pieces, since
-- there may be thousands.
-- @module hathora.host.admin.listing

local answer = require "hathora.host.http.reply"
local core = require "hathora.core"
local json = require "hathora.json"
local pieces = require "hathora.host.http.pieces"
local schema = require "hathora.schema"
local suggest = require "hathora.suggest"
local write = require "hathora.schema.write"

local listing = {}

local recentlyEnded = 10

local function link(group, name, process)
  local fields = { appId = process.appId, processId = process.processId }
  return write.path(schema.operation(group, name), fields, {})
end

-- Without its rooms, which are written as they are by then.
local function entryOf(services, process)
  local processes = services.processes
  local shown = processes:show(process)
  return json.encode {
    rooms = json.list {},
    reason = processes:reason(process),
    engine = process.engine and process.engine .. (process.node and " on " .. process.node or ""),
    process = answer.shape(shown, { name = "ProcessV2" }),
    isOver = schema.terminal[process.status] or false,
    links = {
      stop = link("processesV2", "stopProcess", shown),
      logs = link("logsV1", "getLogsForProcess", shown),
    },
  }
end

-- Those that live are asked for again and again: what is said of each is kept until it changes. Why
-- one does not run yet changes by itself.
local function entriesOf(services)
  local kept, processes = {}, services.processes
  local function forget(process) kept[process] = nil end
  processes:on("changed", forget)
  processes:on("ended", forget)
  return function(process)
    processes:disclose(process)
    local entry = kept[process] or entryOf(services, process)
    if process.status ~= schema.enums.ProcessStatus.Starting and not process.terminatedAt then
      kept[process] = entry
    end
    return entry
  end
end

-- Of each app the ten newest of those that have ended; the newest first.
local function listEnded(processes, apps)
  local found = {}
  for appId in pairs(apps) do
    local ended = processes:list { appId = appId, status = schema.terminal, limit = recentlyEnded }
    table.move(ended or {}, 1, #(ended or {}), #found + 1, found)
  end
  table.sort(found, function(a, b) return a.number > b.number end)
  return found
end

-- All that live, then the newest that have ended.
local function listAll(processes, apps)
  local all = {}
  for process in processes.live:newest() do
    if not process.terminatedAt then all[#all + 1] = process end
  end
  local ended = listEnded(processes, apps)
  return table.move(ended, 1, #ended, #all + 1, all)
end

--- Make what writes the list.
-- @tparam table services `processes`, `rooms`
-- @tparam table config
-- @treturn function of the JSON of what games take (see `hathora.host.admin.usage`), which gives
-- what writes the list as it is now: see `hathora.host.http.pieces`
function listing.new(services, config)
  local entry = entriesOf(services)
  local hostname, version = json.encode(config.hostname), json.encode(core._VERSION)
  local apps = json.encode(json.list(suggest.names(config.apps)))
  return function(usage)
    local all = listAll(services.processes, config.apps)
    local head = ('{"hostname":%s,"version":%s,"apps":%s,"usage":%s,"processes":[]}'):format(
      hostname, version, apps, usage)
    return function(put)
      pieces.within(put, head, "processes", pieces.each(all), function(process)
        pieces.within(put, entry(process), "rooms", services.rooms:of(process), function(room)
          put(json.encode(room.roomId))
        end)
      end)
    end
  end
end

return listing
