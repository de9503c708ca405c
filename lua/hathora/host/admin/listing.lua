--- The host's own list of processes, for its page and for `ps`: JSON, written a few entries at a
-- time as a stream's source, since nobody is to wait while thousands are.
-- @module hathora.host.admin.listing

local answer = require "hathora.host.http.reply"
local core = require "hathora.core"
local json = require "hathora.json"
local schema = require "hathora.schema"
local write = require "hathora.schema.write"

local listing = {}

local recentlyEnded, batch = 10, 64

local function link(group, name, process)
  local fields = { appId = process.appId, processId = process.processId }
  return write.path(schema.operation(group, name), fields, {})
end

local function idsOf(rooms)
  local ids = json.list {}
  for index, room in ipairs(rooms) do ids[index] = room.roomId end
  return ids
end

local function entryOf(services, process)
  local processes = services.processes
  local shown = processes:show(process)
  return json.encode {
    rooms = idsOf(services.rooms:of(process)),
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
    local entry = kept[process] or entryOf(services, process)
    if process.status ~= schema.enums.ProcessStatus.Starting and not process.terminatedAt then
      kept[process] = entry
    end
    return entry
  end
end

-- Of each app those that ended last, the newest first.
local function listEnded(processes, apps)
  local found = {}
  for appId in pairs(apps) do
    local ended = processes:list { appId = appId, status = schema.terminal, limit = recentlyEnded }
    table.move(ended or {}, 1, #(ended or {}), #found + 1, found)
  end
  table.sort(found, function(a, b) return a.number > b.number end)
  return found
end

-- All that live, then those that ended last.
local function listAll(processes, apps)
  local all = {}
  for process in processes.live:newest() do
    if not process.terminatedAt then all[#all + 1] = process end
  end
  local ended = listEnded(processes, apps)
  return table.move(ended, 1, #ended, #all + 1, all)
end

local Source = {}
Source.__index = Source

function Source:read()
  if self.at > #self.all then
    local last = self.tail
    self.tail = nil
    return last
  end
  local entries = {}
  for index = self.at, math.min(self.at + batch - 1, #self.all) do
    entries[#entries + 1] = self.entry(self.all[index])
  end
  local head = self.at == 1 and self.head or ","
  self.at = self.at + batch
  return head .. table.concat(entries, ",")
end

function Source.close() end

--- Make what writes the list.
-- @tparam table services `processes`, `rooms`
-- @tparam table config
-- @treturn function that gives a source of the list as it is now, headed by the JSON of what games
-- take (see `hathora.host.admin.usage`)
function listing.new(services, config)
  local entry = entriesOf(services)
  local hostname, version = json.encode(config.hostname), json.encode(core._VERSION)
  return function(usage)
    local all = listAll(services.processes, config.apps)
    local head = ('{"hostname":%s,"version":%s,"usage":%s,"processes":['):format(hostname, version,
      usage)
    return setmetatable({ all = all, at = 1, entry = entry, head = head,
      tail = (all[1] and "" or head) .. "]}" }, Source)
  end
end

return listing
