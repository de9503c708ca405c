--- The API's discovery: where players measure how far away each region is.
-- @module hathora.host.api.discovery

local address = require "hathora.host.config.address"
local schema = require "hathora.schema"
local suggest = require "hathora.suggest"

local function endpoints(config, port)
  local list = {}
  for index, region in ipairs(suggest.names(schema.members.Region)) do
    local named = (config.pingEndpoints or {})[region]
    list[index] = { region = region, host = config.hostname, port = port }
    if named then list[index].host, list[index].port = address.split(named) end
  end
  return list
end

return function(config, port)
  local list = endpoints(config, port)
  local function get() return list end
  return { discoveryV1 = { getPingServiceEndpointsDeprecated = get },
    discoveryV2 = { getPingServiceEndpoints = get } }
end
