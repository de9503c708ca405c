--- What the host answers beside the API, for whoever runs it: the page, its list of processes,
-- health and metrics. These are the host's own; nothing here is Hathora's.
-- @module hathora.host.admin

local answer = require "hathora.host.http.reply"
local core = require "hathora.core"
local json = require "hathora.json"
local metrics = require "hathora.host.admin.metrics"
local page = require "hathora.host.admin.page"
local schema = require "hathora.schema"
local usage = require "hathora.host.admin.usage"
local write = require "hathora.schema.write"

local operator = {
  --- Where the list of processes is, and how a process is told to take no new rooms.
  processes = "/host/processes",
  drain = "/host/processes/{processId}/drain",
}

local recentlyEnded = 10

local function link(group, name, process)
  local fields = { appId = process.appId, processId = process.processId }
  return write.path(schema.operation(group, name), fields, {})
end

local function entryOf(processes, process)
  local shown = processes:show(process)
  return json.encode {
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
local function entriesOf(processes)
  local kept = {}
  local function forget(process) kept[process] = nil end
  processes:on("changed", forget)
  processes:on("ended", forget)
  return function(process)
    local entry = kept[process] or entryOf(processes, process)
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
local function listEntries(processes, apps, entry)
  local entries = {}
  for process in processes.live:newest() do
    if not process.terminatedAt then entries[#entries + 1] = entry(process) end
  end
  for _, process in ipairs(listEnded(processes, apps)) do entries[#entries + 1] = entry(process) end
  return table.concat(entries, ",")
end

local securityHeaders = {
  ["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; style-src 'self'; "
    .. "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    .. "frame-ancestors 'none'",
  ["X-Content-Type-Options"] = "nosniff", ["Referrer-Policy"] = "no-referrer",
}

--- Add the routes.
-- @tparam table routes
-- @tparam table facts `processes`, `config`, `tally` (see `hathora.host.admin.metrics`)
function operator.add(routes, facts)
  local processes, config = facts.processes, facts.config
  for _, file in ipairs(page) do
    local ready = answer.body(200, file.contentType, file.text, securityHeaders)
    routes:add("GET", file.path, { open = true, act = function() return ready end })
  end
  routes:add("GET", "/healthz", { open = true, act = function()
    return answer.text(200, "ok\n")
  end })
  routes:add("GET", "/metrics", { act = function()
    return answer.body(200, metrics.contentType, metrics.write(processes, config, facts.tally))
  end })
  local entry, taken = entriesOf(processes), usage.new(processes.loop, processes)
  routes:add("GET", operator.processes, { act = function()
    return answer.body(200, "application/json",
      ('{"hostname":%s,"version":%s,"usage":%s,"processes":[%s]}'):format(
        json.encode(config.hostname), json.encode(core._VERSION), taken:look(),
        listEntries(processes, config.apps, entry)))
  end })
  routes:add("POST", operator.drain, { act = function(_, parameters)
    local drained, problem = processes:drain(parameters)
    if not drained then return answer.refusal(problem) end
    return { status = 204, headers = {} }
  end })
end

return operator
