--- The API's operations carried out by the services: what each does with its fields.
-- @module hathora.host.api

local answer = require "hathora.host.http.reply"
local auth = require "hathora.host.api.auth"
local contract = require "hathora.contract"
local logs = require "hathora.host.api.logs"
local parameters = require "hathora.host.api.parameters"
local schema = require "hathora.schema"

local api = {}

local latestLimit = 10

-- Bytes: a room's configuration of 10,000 characters, each of which JSON may write in twelve.
local bodyLimit = 128 * 1024

local function asSet(values)
  if not values then return nil end
  local set = {}
  for _, value in ipairs(values) do set[value] = true end
  return set
end

local function filter(fields)
  return { appId = fields.appId, region = asSet(fields.region), status = asSet(fields.status) }
end

local function showAll(processes, found)
  local shown = {}
  for index, process in ipairs(found) do shown[index] = processes:show(process) end
  return shown
end

-- An empty key is none. Keys are recorded, so they must be text.
local function idempotencyKey(request)
  local name = contract.idempotency.header
  local key = request:header(name)
  if key == "" then return nil end
  if key and not utf8.len(key) then
    return nil, { statusCode = 400, message = ("the %s header is not UTF-8"):format(name) }
  end
  return key
end

-- What an action returns that gives its result to `done` later.
local later = {}

-- Each is given the services, the operation's fields, the request, `done`, and the player who sends
-- it, if it is a player's. It returns what its operation gives, or nothing and a problem. An
-- operation that is not here is none of this host's.
local actions = {
  processesV2 = {
    createProcess = function(services, fields, request, done)
      local processes = services.processes
      local key, wrong = idempotencyKey(request)
      if wrong then return nil, wrong end
      processes:create({ appId = fields.appId, region = fields.region, idempotencyKey = key },
        function(process, problem) done(process and processes:show(process), problem) end)
      return later
    end,
    getLatestProcesses = function(services, fields)
      local processes = services.processes
      local wanted = filter(fields)
      wanted.limit = latestLimit
      local found, problem = processes:list(wanted)
      return found and showAll(processes, found), problem
    end,
    getProcessInfo = function(services, fields)
      local process, problem = services.processes:find(fields)
      return process and services.processes:show(process), problem
    end,
    stopProcess = function(services, fields) return services.processes:stop(fields) end,
    getProcessesCountExperimental = function(services, fields)
      local processes = services.processes
      local count, problem = processes:count(filter(fields))
      return count and { count = count }, problem
    end,
  },
  logsV1 = {
    getLogsForProcess = logs.get,
    downloadLogForProcess = logs.download,
  },
}

local function handler(services, operation, act)
  local function replyOf(result, problem)
    if problem then return answer.refusal(problem) end
    return answer.success(operation, result)
  end
  return function(request, path, query, send, player)
    local fields, mistake, status = parameters.read(operation, path, query,
      operation.body and request:body())
    if not fields then return answer.problem(status, mistake) end
    local result, problem = act(services, fields, request, function(...)
      send(replyOf(...))
    end, player)
    if result ~= later then return replyOf(result, problem) end
  end
end

local function refusal(operation)
  local problem = answer.problem(501, "this host does not carry out " .. operation.name)
  return { open = true, act = function() return problem end }
end

local function route(services, operation)
  local act = actions[operation.group] and actions[operation.group][operation.name]
  if not act then return refusal(operation) end
  return {
    open = operation.security ~= "developer", isForPlayers = operation.security == "player",
    act = handler(services, operation, act), bodyLimit = operation.body and bodyLimit,
  }
end

--- Add a route for every operation of the contract. One that this host does not carry out says so.
-- @tparam table routes
-- @tparam table services
-- @tparam table config complete
function api.add(routes, services, config)
  logs.listen(services.processes)
  actions.authV1 = auth.new(config)
  for operation in schema.each() do
    routes:add(operation.method, operation.path, route(services, operation))
  end
end

return api
