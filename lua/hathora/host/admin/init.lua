--- What the host answers beside the API, for whoever runs it: the page, its list of processes,
-- health and metrics. These are the host's own; nothing here is Hathora's.
-- @module hathora.host.admin

local answer = require "hathora.host.http.reply"
local core = require "hathora.core"
local json = require "hathora.json"
local metrics = require "hathora.host.admin.metrics"
local page = require "hathora.host.admin.page"
local request = require "hathora.request"
local schema = require "hathora.schema"

local operator = {
  --- Where the list of processes is, and how a process is told to take no new rooms.
  processes = "/host/processes",
  drain = "/host/processes/{processId}/drain",
}

local recentlyEnded = 10

local function link(group, name, process)
  local fields = { appId = process.appId, processId = process.processId }
  return request.url(schema.operation(group, name), "", fields, {})
end

-- The statuses of processes that live, as a set.
local live = {}
for status in pairs(schema.members.ProcessStatus) do
  if not schema.terminal[status] then live[status] = true end
end

local function entryOf(supervisor, process)
  return {
    reason = supervisor:reason(process), engine = supervisor:engineOf(process),
    process = answer.shape(process, { name = "ProcessV2" }),
    isOver = schema.terminal[process.status] or false,
    links = {
      stop = link("processesV2", "stopProcess", process),
      logs = link("logsV1", "getLogsForProcess", process),
    },
  }
end

-- All that live, then of each app those that ended last; of each the newest first.
local function listProcesses(supervisor, apps)
  local found = {}
  for appId in pairs(apps) do
    for _, wanted in ipairs {
      { status = live, limit = math.maxinteger },
      { status = schema.terminal, limit = recentlyEnded },
    } do
      wanted.appId = appId
      for _, process in ipairs(supervisor:latest(wanted)) do found[#found + 1] = process end
    end
  end
  table.sort(found, function(a, b)
    if live[a.status] ~= live[b.status] then return live[a.status] end
    if a.createdAt ~= b.createdAt then return a.createdAt > b.createdAt end
    return a.processId > b.processId
  end)
  return found
end

local securityHeaders = {
  ["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; style-src 'self'; "
    .. "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    .. "frame-ancestors 'none'",
  ["X-Content-Type-Options"] = "nosniff", ["Referrer-Policy"] = "no-referrer",
}

--- Add the routes.
-- @tparam table routes
-- @tparam table facts `supervisor`, `config`, `tally` (see `hathora.host.admin.metrics`)
function operator.add(routes, facts)
  local supervisor, config = facts.supervisor, facts.config
  for _, file in ipairs(page) do
    local ready = answer.body(200, file.contentType, file.text, securityHeaders)
    routes:add("GET", file.path, { open = true, act = function() return ready end })
  end
  routes:add("GET", "/healthz", { open = true, act = function()
    return answer.text(200, "ok\n")
  end })
  routes:add("GET", "/metrics", { act = function()
    return answer.body(200, metrics.contentType, metrics.write(supervisor, config, facts.tally))
  end })
  routes:add("GET", operator.processes, { act = function()
    local entries = json.list {}
    for index, process in ipairs(listProcesses(supervisor, config.apps)) do
      entries[index] = entryOf(supervisor, process)
    end
    return answer.json(200, { hostname = config.hostname, version = core._VERSION,
      processes = entries })
  end })
  routes:add("POST", operator.drain, { act = function(_, parameters)
    local drained, problem = supervisor:drain(parameters)
    if not drained then return answer.refusal(problem) end
    return { status = 204, headers = {} }
  end })
end

return operator
