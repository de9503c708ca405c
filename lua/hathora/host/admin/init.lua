--- What the host answers beside the API, for whoever runs it: the page, its list of processes,
-- health and metrics. These are the host's own; nothing here is Hathora's.
-- @module hathora.host.admin

local answer = require "hathora.host.http.reply"
local exposition = require "hathora.host.admin.exposition"
local listing = require "hathora.host.admin.listing"
local metrics = require "hathora.host.admin.metrics"
local page = require "hathora.host.admin.page"
local pieces = require "hathora.host.http.pieces"
local usage = require "hathora.host.admin.usage"

local admin = {
  --- Where the list of processes is, and how a process is drained.
  processes = "/host/processes",
  drain = "/host/processes/{processId}/drain",
}

local securityHeaders = {
  ["Content-Security-Policy"] = "default-src 'none'; script-src 'self'; style-src 'self'; "
    .. "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    .. "frame-ancestors 'none'",
  ["X-Content-Type-Options"] = "nosniff", ["Referrer-Policy"] = "no-referrer",
}

--- Add the routes.
-- @tparam table routes
-- @tparam table options `services`, `config`, `tally` (see `hathora.host.admin.tally`)
function admin.add(routes, options)
  local services, config = options.services, options.config
  local processes = services.processes
  for _, file in ipairs(page) do
    local ready = answer.body(200, file.contentType, file.text, securityHeaders)
    routes:add("GET", file.path, { open = true, act = function() return ready end })
  end
  local healthy = answer.text(200, "ok\n")
  routes:add("GET", "/healthz", { open = true, act = function() return healthy end })
  routes:add("GET", "/metrics", { act = function()
    return answer.body(200, exposition.contentType,
      metrics.write(services, config, options.tally))
  end })
  local list, taken = listing.new(services, config), usage.new(processes.loop, processes)
  routes:add("GET", admin.processes, { act = function()
    local body, stream = pieces.of(list(taken:latest()))
    local result = answer.body(200, "application/json", body)
    result.stream = stream
    return result
  end })
  routes:add("POST", admin.drain, { act = function(_, _, parameters)
    local drained, problem = processes:drain(parameters)
    if not drained then return answer.refusal(problem) end
    return { status = 204, headers = {} }
  end })
end

return admin
