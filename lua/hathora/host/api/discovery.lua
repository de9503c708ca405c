--- The API's discovery: where players measure how far away each region is.
-- @module hathora.host.api.discovery

local address = require "hathora.host.config.address"
local schema = require "hathora.schema"
local suggest = require "hathora.suggest"

local function endpoints(config, port)
  local list, named = {}, config.pingEndpoints or {}
  for _, region in ipairs(suggest.names(schema.members.Region)) do
    local endpoint = { region = region, host = config.hostname, port = port }
    if named[region] then endpoint.host, endpoint.port = address.split(named[region]) end
    if named[region] ~= false then list[#list + 1] = endpoint end
  end
  return list
end

return function(config, port)
  local list = endpoints(config, port)
  local function get() return list end
  return { discoveryV1 = { getPingServiceEndpointsDeprecated = get },
    discoveryV2 = { getPingServiceEndpoints = get } }
end
