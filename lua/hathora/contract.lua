--- The API, as data: one row an operation, one table a type.
-- The client's methods, the check of a request, the decoding of an answer, the host's routes,
-- the editor's types and the reference page are all made from these rows; nothing else in the
-- project spells a path, a field or a status code of the API. To add an operation, add a row.
--
-- A type is written as text: `string`, `integer`, `number`, `boolean`, `date-time`, `bytes` (a
-- body that is no JSON), the name of an enum or a record below, `[T]` for a list of T. A
-- trailing `?` on a record's field says that the API may send null for it; on a request's field,
-- that it may be left out.
--
-- Of a request's fields, those named in the path go there, the others into the query, a list as
-- a repeated key. `appId` falls back to the sdk's own.
-- @module hathora.contract

local contract = {}

--- Where the API is served. The first is the default.
contract.servers = { "https://api.hathora.dev" }

--- How a request proves who sends it.
contract.security = { option = "hathoraDevToken", header = "Authorization", scheme = "Bearer" }

--- What makes a request that is sent again be carried out once.
contract.idempotency = { header = "Idempotency-Key" }

--- Request fields that an sdk may hold a default for.
contract.globals = { "appId" }

--- Closed lists of text as documented. Members the API adds later pass through unchanged.
contract.enums = {
  Region = {
    "Seattle", "Los_Angeles", "Washington_DC", "Chicago", "London", "Frankfurt", "Mumbai",
    "Singapore", "Tokyo", "Sydney", "Sao_Paulo", "Dallas", "Johannesburg", "Dubai",
  },
  ProcessStatus = { "starting", "running", "draining", "stopping", "stopped", "failed" },
  TransportType = { "tcp", "udp", "tls" },
  RoomStatus = { "scheduling", "active", "suspended", "destroyed" },
}

--- The statuses a process never leaves.
contract.terminal = { "stopped", "failed" }

--- Records: `{ name, type, what it means }` for each field, in the API's order. The name of a
-- record in place of a field stands for all of its fields.
contract.types = {
  ApiError = {
    { "message", "string", "What was wrong." },
  },
  ExposedPort = {
    { "transportType", "TransportType", "How to speak to the port." },
    { "port", "integer", "The port a player connects to." },
    { "host", "string", "The host name or address a player connects to." },
    { "name", "string", "The port's name; the primary one is `default`." },
  },
  ProcessV2 = {
    { "appId", "string", "The application the process belongs to." },
    { "processId", "string", "The process, for ever." },
    { "deploymentId", "integer", "The deployment it was started from." },
    { "region", "Region", "Where it runs." },
    { "status", "ProcessStatus", "What it is doing. A draining process takes no new rooms." },
    { "roomsAllocated", "integer", "Rooms now placed on it." },
    { "roomsPerProcess", "integer", "Rooms it has place for." },
    { "exposedPort", "ExposedPort?", "Its primary public endpoint, once it can be reached." },
    { "additionalExposedPorts", "[ExposedPort]", "Its further endpoints." },
    { "createdAt", "date-time", "When the create was accepted." },
    { "startedAt", "date-time?", "When the process had bound its port." },
    { "stoppingAt", "date-time?", "When its stop was asked for." },
    { "terminatedAt", "date-time?", "When it was gone." },
  },
  ProcessCount = {
    { "count", "integer", "How many processes match." },
  },
  Process = {
    { "appId", "string", "The application the process belongs to." },
    { "processId", "string", "The process, for ever." },
    { "deploymentId", "integer", "The deployment it was started from." },
    { "region", "Region", "Where it runs." },
    { "host", "string", "Deprecated: the host of `exposedPort`." },
    { "port", "number", "Deprecated: the port of `exposedPort`." },
    { "exposedPort", "ExposedPort?", "Its primary public endpoint, once it can be reached." },
    { "additionalExposedPorts", "[ExposedPort]", "Its further endpoints." },
    { "roomsPerProcess", "integer", "Rooms it has place for." },
    { "startingAt", "date-time", "When it began to be made ready." },
    { "startedAt", "date-time?", "When the process had bound its port." },
    { "stoppingAt", "date-time?", "When its stop was asked for." },
    { "terminatedAt", "date-time?", "When it was gone." },
    { "draining", "boolean", "Whether it takes no new rooms." },
    { "roomSlotsAvailable", "number", "Deprecated: rooms it has place for still." },
    { "roomSlotsAvailableUpdatedAt", "date-time", "Deprecated." },
    { "roomsAllocated", "integer", "Rooms now placed on it." },
    { "roomsAllocatedUpdatedAt", "date-time", "When `roomsAllocated` was taken." },
    { "activeConnections", "integer", "Deprecated: connections to it." },
    { "activeConnectionsUpdatedAt", "date-time", "Deprecated." },
    { "idleSince", "date-time?", "Deprecated." },
    { "egressedBytes", "integer", "Bytes it has sent." },
  },
  ProcessWithRooms = {
    "Process",
    { "rooms", "[RoomWithoutAllocations]", "The rooms placed on it." },
    { "totalRooms", "integer", "How many rooms it has had." },
  },
  RoomWithoutAllocations = {
    { "appId", "string", "The application the room belongs to." },
    { "roomId", "string", "The room." },
    { "roomConfig", "string?", "What the room was created with." },
    { "status", "RoomStatus", "Whether it is placed on a process." },
    { "currentAllocation", "RoomAllocation?", "Its place, when it has one." },
  },
  RoomAllocation = {
    { "roomAllocationId", "string", "The placing." },
    { "processId", "string", "The process it is on." },
    { "scheduledAt", "date-time", "Since when." },
    { "unscheduledAt", "date-time?", "Until when." },
  },
  PingEndpoint = {
    { "region", "Region", "The region." },
    { "host", "string", "The host to ping, over a web socket at `/ws`." },
    { "port", "number", "Its port." },
  },
}

--- What a call takes: fields as in `contract.types`.
contract.requests = {
  CreateProcessRequest = {
    { "appId", "string", "The application to start a process of." },
    { "region", "Region", "Where to start it." },
  },
  GetLatestProcessesRequest = {
    { "appId", "string", "The application whose processes to list." },
    { "region", "[Region]?", "Only processes in one of these regions." },
    { "status", "[ProcessStatus]?", "Only processes in one of these statuses." },
  },
  GetProcessInfoRequest = {
    { "appId", "string", "The application the process belongs to." },
    { "processId", "string", "The process to look up." },
  },
  StopProcessRequest = {
    { "appId", "string", "The application the process belongs to." },
    { "processId", "string", "The process to stop." },
  },
  GetProcessesCountExperimentalRequest = {
    { "appId", "string", "The application whose processes to count." },
    { "region", "[Region]?", "Only processes in one of these regions." },
    { "status", "[ProcessStatus]?", "Only processes in one of these statuses." },
  },
  GetLogsForProcessRequest = {
    { "appId", "string", "The application the process belongs to." },
    { "processId", "string", "The process whose log to read." },
    { "follow", "boolean?", "Whether to stay and send what is logged from now on." },
    { "tailLines", "integer?", "How many lines back to begin, 1 to 5000; 100 if left out." },
  },
  GetRunningProcessesRequest = {
    { "appId", "string", "The application whose processes to list." },
    { "region", "Region?", "Only processes in this region." },
  },
  GetStoppedProcessesRequest = {
    { "appId", "string", "The application whose processes to list." },
    { "region", "Region?", "Only processes in this region." },
  },
  GetProcessInfoDeprecatedRequest = {
    { "appId", "string", "The application the process belongs to." },
    { "processId", "string", "The process to look up." },
  },
  GetPingServiceEndpointsRequest = {},
  DownloadLogForProcessRequest = {
    { "appId", "string", "The application the process belongs to." },
    { "processId", "string", "The stopped process whose log to fetch." },
  },
}

--- The operations. `gives` is the documented success: its status and the type of its body, if
-- any. `raises` are the statuses documented to carry an ApiError. `repeatable` says whether
-- sending it twice does no more than sending it once; `open`, that it is sent without a token.
contract.operations = {
  {
    group = "processesV2", name = "createProcess",
    doc = "Start a process of an application in a region.",
    method = "POST", path = "/processes/v2/{appId}/create/{region}",
    takes = "CreateProcessRequest", gives = { 201, "ProcessV2" },
    raises = { 401, 402, 404, 408, 422, 429, 500 }, repeatable = false,
  },
  {
    group = "processesV2", name = "getLatestProcesses",
    doc = "The ten processes of an application created last, the newest first.",
    method = "GET", path = "/processes/v2/{appId}/list/latest",
    takes = "GetLatestProcessesRequest", gives = { 200, "[ProcessV2]" },
    raises = { 401, 404, 408, 422, 429 }, repeatable = true,
  },
  {
    group = "processesV2", name = "getProcessInfo",
    doc = "One process, as it is now.",
    method = "GET", path = "/processes/v2/{appId}/info/{processId}",
    takes = "GetProcessInfoRequest", gives = { 200, "ProcessV2" },
    raises = { 401, 404, 408, 429 }, repeatable = true,
  },
  {
    group = "processesV2", name = "stopProcess",
    doc = "Stop a process. Returns once the stop is under way.",
    method = "POST", path = "/processes/v2/{appId}/stop/{processId}",
    takes = "StopProcessRequest", gives = { 204 },
    raises = { 401, 404, 408, 429, 500 }, repeatable = true,
  },
  {
    group = "processesV2", name = "getProcessesCountExperimental",
    doc = "How many processes of an application there are.",
    method = "GET", path = "/processes/v2/{appId}/count",
    takes = "GetProcessesCountExperimentalRequest", gives = { 200, "ProcessCount" },
    raises = { 401, 404, 408, 422, 429 }, repeatable = true,
  },
  {
    group = "logsV1", name = "getLogsForProcess",
    doc = "The end of a process's log, and on request what follows.",
    method = "GET", path = "/logs/v1/{appId}/process/{processId}",
    takes = "GetLogsForProcessRequest", gives = { 200, "bytes" },
    raises = { 400, 401, 404, 408, 410, 429, 500 }, repeatable = true,
  },
  {
    group = "logsV1", name = "downloadLogForProcess",
    doc = "The whole log of a process that has stopped.",
    method = "GET", path = "/logs/v1/{appId}/process/{processId}/download",
    takes = "DownloadLogForProcessRequest", gives = { 200, "bytes" },
    raises = { 400, 401, 404, 408, 410, 429 }, repeatable = true,
  },
  {
    group = "processesV1", name = "getRunningProcesses",
    doc = "Deprecated: the ten processes started last, with their rooms.",
    method = "GET", path = "/processes/v1/{appId}/list/running",
    takes = "GetRunningProcessesRequest", gives = { 200, "[ProcessWithRooms]" },
    raises = { 401, 404 }, repeatable = true,
  },
  {
    group = "processesV1", name = "getStoppedProcesses",
    doc = "Deprecated: the ten processes stopped last.",
    method = "GET", path = "/processes/v1/{appId}/list/stopped",
    takes = "GetStoppedProcessesRequest", gives = { 200, "[Process]" },
    raises = { 401, 404 }, repeatable = true,
  },
  {
    group = "processesV1", name = "getProcessInfoDeprecated",
    doc = "Deprecated: one process, as it is now.",
    method = "GET", path = "/processes/v1/{appId}/info/{processId}",
    takes = "GetProcessInfoDeprecatedRequest", gives = { 200, "Process" },
    raises = { 401, 404, 500 }, repeatable = true,
  },
  {
    group = "discoveryV2", name = "getPingServiceEndpoints",
    doc = "Where to ping each region.",
    method = "GET", path = "/discovery/v2/ping",
    takes = "GetPingServiceEndpointsRequest", gives = { 200, "[PingEndpoint]" },
    raises = {}, repeatable = true, open = true,
  },
}

return contract
