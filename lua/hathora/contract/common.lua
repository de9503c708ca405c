--- What several resources of the API share.
-- @module hathora.contract.common

return {
  --- Parameters of paths.
  parameters = {
    appId = { "string", "The application." },
    processId = { "string", "The process." },
    region = { "Region", "The region." },
    roomId = { "RoomId", "The room." },
    shortCode = { "ShortCode", "The lobby's short code." },
  },

  --- The statuses a process never leaves.
  terminal = { "stopped", "failed" },

  --- Closed lists of text as documented. The API may add members later.
  enums = {
    Region = {
      "Seattle", "Los_Angeles", "Washington_DC", "Chicago", "London", "Frankfurt", "Mumbai",
      "Singapore", "Tokyo", "Sydney", "Sao_Paulo", "Dallas", "Johannesburg", "Dubai",
    },
    ProcessStatus = { "starting", "running", "draining", "stopping", "stopped", "failed" },
    TransportType = { "tcp", "udp", "tls" },
    RoomStatus = { "scheduling", "active", "suspended", "destroyed" },
  },

  --- Basic types within bounds; lengths count characters.
  scalars = {
    RoomId = { "string", minLength = 1, maxLength = 100, pattern = "^[a-zA-Z0-9_-]*$",
      allowed = "1 to 100 letters, digits, _ and -" },
    RoomConfig = { "string", maxLength = 10000 },
    ShortCode = { "string", maxLength = 100 },
  },

  types = {
    ApiError = {
      { "message", "string", "What was wrong." },
    },
    ExposedPort = {
      { "transportType", "TransportType", "The port's protocol." },
      { "port", "integer", "The port a player connects to." },
      { "host", "string", "The host name or address a player connects to." },
      { "name", "string", "The port's name; the primary one is `default`." },
    },
  },
}
