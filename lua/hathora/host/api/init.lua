--- The API's operations carried out by the services. A file a resource says how: groups of
-- operations by name, or a function of the configuration and of the port that is listened on, which
-- makes them. Each operation is a function of the services, the fields, the request, `done`, and
-- the player who sends it, if it is a player's. It returns what the operation gives, or nothing and
-- a problem; or nothing at all, and gives either to `done`.
-- @module hathora.host.api

local answer = require "hathora.host.http.reply"
local parameters = require "hathora.host.api.parameters"
local schema = require "hathora.schema"

local api = {}

local resources = { "processes", "rooms", "lobbies", "auth", "logs", "discovery" }

-- Bytes: a room's configuration of 10,000 characters, each of which JSON may write in twelve; and
-- what anybody may send, to log in.
local bodyLimit, openBodyLimit = 128 * 1024, 8 * 1024
local longerBodies = { setLobbyState = 1024 * 1024 + 1024 }

local function bodyLimitOf(operation)
  if not operation.body then return nil end
  return longerBodies[operation.name] or operation.security == "none" and openBodyLimit or bodyLimit
end

local function handler(services, operation, act)
  local function replyOf(result, problem)
    if problem then return answer.refusal(problem, operation) end
    return answer.success(operation, result)
  end
  return function(request, exchange, path, query, player)
    local fields, mistake = parameters.read(operation, path, query,
      operation.body and request:body())
    if not fields then return answer.refusal(mistake, operation) end
    local result, problem = act(services, fields, request, function(...)
      exchange:send(replyOf(...))
    end, player)
    if result ~= nil or problem then return replyOf(result, problem) end
  end
end

local function route(services, operation, act)
  return {
    open = operation.security ~= "developer", isForPlayers = operation.security == "player",
    act = handler(services, operation, act),
    bodyLimit = bodyLimitOf(operation),
  }
end

local function groupsOf(resource, ...)
  local groups = require("hathora.host.api." .. resource)
  return type(groups) == "function" and groups(...) or groups
end

local function operationOf(resource, group, name)
  local operation = schema.isGroup(group) and schema.operation(group, name)
  return operation or error(("hathora.host.api.%s carries out %s.%s, which the contract has not")
    :format(resource, group, name), 0)
end

--- What carries out each operation, by operation.
-- @tparam {string,...} names of the files that say it
-- @tparam ?table config complete
-- @tparam ?integer port
-- @raise text for a function that belongs to none
function api.actions(names, ...)
  local actions = {}
  for _, resource in ipairs(names) do
    for group, byName in pairs(groupsOf(resource, ...)) do
      for name, act in pairs(byName) do actions[operationOf(resource, group, name)] = act end
    end
  end
  return actions
end

--- Add a route for every operation that is carried out.
-- @tparam table routes
-- @tparam table services
-- @tparam table config complete
-- @tparam integer port that the host really listens on
function api.add(routes, services, config, port)
  for operation, act in pairs(api.actions(resources, config, port)) do
    routes:add(operation.method, operation.path, route(services, operation, act))
  end
end

return api
