--- The host's figures in Prometheus' text form (exposition format 0.0.4).
-- @module hathora.host.admin.metrics

local schema = require "hathora.schema"

local metrics = { contentType = "text/plain; version=0.0.4; charset=utf-8" }

local Tally = {}
Tally.__index = Tally

--- Counts of answers by status, and since when.
function metrics.tally()
  return setmetatable({ answers = {}, since = os.time() }, Tally)
end

--- Count an answer.
function Tally:count(status)
  self.answers[status] = (self.answers[status] or 0) + 1
end

local function escape(text)
  return (text:gsub("[\\\"\n]", { ["\\"] = "\\\\", ["\""] = "\\\"", ["\n"] = "\\n" }))
end

local function family(lines, name, kind, help)
  lines[#lines + 1] = ("# HELP %s %s"):format(name, help)
  lines[#lines + 1] = ("# TYPE %s %s"):format(name, kind)
  return function(labels, value)
    local parts = {}
    for index = 1, #labels, 2 do
      parts[#parts + 1] = ('%s="%s"'):format(labels[index], escape(labels[index + 1]))
    end
    local shown = parts[1] and "{" .. table.concat(parts, ",") .. "}" or ""
    lines[#lines + 1] = ("%s%s %d"):format(name, shown, value)
  end
end

local function sorted(set)
  local keys = {}
  for key in pairs(set) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

--- Write all figures.
-- @tparam table service of processes
-- @tparam table config
-- @tparam table tally
-- @treturn string
function metrics.write(service, config, tally)
  local lines, apps = {}, sorted(config.apps)
  local processes = family(lines, "hathora_host_processes", "gauge",
    "Processes in the records, by app and status.")
  for _, appId in ipairs(apps) do
    for _, status in ipairs(schema.values "ProcessStatus") do
      processes({ "app", appId, "status", status },
        service:count { appId = appId, status = { [status] = true } })
    end
  end
  local limit = family(lines, "hathora_host_process_limit", "gauge",
    "Processes an app may have at once, for apps with a limit.")
  for _, appId in ipairs(apps) do
    local most = config.apps[appId].maxProcesses
    if most then limit({ "app", appId }, most) end
  end
  local answers = family(lines, "hathora_host_answers_total", "counter",
    "HTTP answers given, by status.")
  for _, status in ipairs(sorted(tally.answers)) do
    answers({ "code", tostring(status) }, tally.answers[status])
  end
  family(lines, "hathora_host_start_time_seconds", "gauge",
    "When the host was started, in Unix seconds.")({}, tally.since)
  return table.concat(lines, "\n") .. "\n"
end

return metrics
