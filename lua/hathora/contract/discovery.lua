--- Where to measure how far away each region is.
-- @module hathora.contract.discovery

return {
  types = {
    PingEndpoint = {
      { "region", "Region", "The region." },
      { "host", "string", "The host to ping, over a web socket at `/ws`." },
      { "port", "number", "Its port." },
    },
  },

  groups = {
    discoveryV2 = {
      { "getPingServiceEndpoints", "GET /discovery/v2/ping", "Where to ping each region.",
        security = "none", success = { 200, "[PingEndpoint]" }, errors = "" },
    },
    discoveryV1 = {
      { "getPingServiceEndpointsDeprecated", "GET /discovery/v1/ping",
        "Deprecated: where to ping each region.", deprecated = true,
        security = "none", success = { 200, "[PingEndpoint]" }, errors = "" },
    },
  },
}
