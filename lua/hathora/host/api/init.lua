--- The API's operations carried out on a supervisor: what each does with its fields.
-- @module hathora.host.api

local answer = require "hathora.host.http.reply"
local contract = require "hathora.contract"
local logs = require "hathora.host.api.logs"
local parameters = require "hathora.host.api.parameters"
local schema = require "hathora.schema"

local api = {}

local latestLimit = 10

local function asSet(values)
  if not values then return nil end
  local set = {}
  for _, value in ipairs(values) do set[value] = true end
  return set
end

local function filter(fields)
  return { appId = fields.appId, region = asSet(fields.region), status = asSet(fields.status) }
end

-- Each returns what its operation gives, or nothing and a problem. An operation that is not here
-- is none of this host's.
local actions = {
  processesV2 = {
    createProcess = function(supervisor, fields, request)
      return supervisor:create { appId = fields.appId, region = fields.region,
        idempotencyKey = request:header(contract.idempotency.header) }
    end,
    getLatestProcesses = function(supervisor, fields)
      local wanted = filter(fields)
      wanted.limit = latestLimit
      return supervisor:latest(wanted)
    end,
    getProcessInfo = function(supervisor, fields) return supervisor:info(fields) end,
    stopProcess = function(supervisor, fields) return supervisor:stop(fields) end,
    getProcessesCountExperimental = function(supervisor, fields)
      local count, problem = supervisor:count(filter(fields))
      return count and { count = count }, problem
    end,
  },
  logsV1 = {
    getLogsForProcess = logs.get,
    downloadLogForProcess = logs.download,
  },
}

local function handler(supervisor, operation, act)
  return function(request, path, query)
    local fields, mistake = parameters.read(operation, path, query)
    if not fields then return answer.problem(operation.errors[422] and 422 or 400, mistake) end
    local result, problem = act(supervisor, fields, request)
    if problem then return answer.refusal(problem) end
    return answer.success(operation, result)
  end
end

--- Add a route for every operation of the contract that this host carries out.
function api.add(routes, supervisor)
  for operation in schema.each() do
    local act = actions[operation.group] and actions[operation.group][operation.name]
    if act then
      routes:add(operation.method, operation.path, { act = handler(supervisor, operation, act) })
    end
  end
end

return api
