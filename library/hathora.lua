---@meta hathora
-- Made from lua/hathora/contract by `make reference`; do not edit.

---@alias hathora.Hosting
---| "metal"
---| "cloud"
---| "shared"
---| string

---@alias hathora.LobbyVisibility
---| "private"
---| "public"
---| "local"
---| string

---@alias hathora.ProcessStatus
---| "starting"
---| "running"
---| "draining"
---| "stopping"
---| "stopped"
---| "failed"
---| string

---@alias hathora.Region
---| "Seattle"
---| "Los_Angeles"
---| "Washington_DC"
---| "Chicago"
---| "London"
---| "Frankfurt"
---| "Mumbai"
---| "Singapore"
---| "Tokyo"
---| "Sydney"
---| "Sao_Paulo"
---| "Dallas"
---| "Johannesburg"
---| "Dubai"
---| string

---@alias hathora.RoomReadyStatus
---| "active"
---| "starting"
---| string

---@alias hathora.RoomStatus
---| "scheduling"
---| "active"
---| "suspended"
---| "destroyed"
---| string

---@alias hathora.TransportType
---| "tcp"
---| "udp"
---| "tls"
---| string

---@class hathora.ApiError
---@field message string What was wrong.

---@class hathora.ConnectionInfo
---@field roomId string The room.
---@field status hathora.RoomReadyStatus `active` once a player can connect.
---@field transportType? hathora.TransportType The port's protocol, once it is active.
---@field port? number The port to connect to, once it is active.
---@field host? string The host to connect to, once it is active.

---@class hathora.ConnectionInfoV2
---@field roomId string The room.
---@field status hathora.RoomReadyStatus `active` once a player can connect.
---@field exposedPort? hathora.ExposedPort Where to connect, once it is active.
---@field additionalExposedPorts hathora.ExposedPort[] The further endpoints of its process.

---@class hathora.CreateLobbyOfKindParams
---@field region hathora.Region Where to place it.
---@field initialConfig table<string, any> Its configuration, for the game.

---@class hathora.CreateLobbyParams
---@field visibility hathora.LobbyVisibility Who can find it.
---@field region hathora.Region Where to place it.
---@field initialConfig table<string, any> Its configuration, for the game.

---@class hathora.CreateLobbyV3Params
---@field visibility hathora.LobbyVisibility Who can find it.
---@field region hathora.Region Where to place it.
---@field roomConfig? string Its configuration, for the game.

---@class hathora.CreateRoomParams
---@field region hathora.Region Where to place it.
---@field roomConfig? string Its configuration, for the game.
---@field deploymentId? string The deployment to place it on, instead of the latest.
---@field clientIPs? string[] The addresses of the players who will come.

---@class hathora.ExposedPort
---@field transportType hathora.TransportType The port's protocol.
---@field port integer The port a player connects to.
---@field host string The host name or address a player connects to.
---@field name string The port's name; the primary one is `default`.

---@class hathora.GoogleIdTokenObject
---@field idToken string The ID token that Google gave the player.

---@class hathora.Lobby
---@field appId string The application the lobby belongs to.
---@field roomId string The room behind it.
---@field region hathora.Region Where it is.
---@field visibility hathora.LobbyVisibility Who can find it.
---@field local boolean Deprecated: whether its visibility is `local`.
---@field shortCode? string A code that players can tell each other.
---@field initialConfig table<string, any> Its configuration, for the game.
---@field state? table<string, any> What the game has made public about it.
---@field createdBy string The id of the player who created it.
---@field createdAt string When it was created.

---@class hathora.LobbyV3
---@field appId string The application the lobby belongs to.
---@field roomId string The room behind it.
---@field region hathora.Region Where it is.
---@field visibility hathora.LobbyVisibility Who can find it.
---@field shortCode string A code that players can tell each other.
---@field roomConfig? string Its configuration, for the game.
---@field createdBy string The id of the player who created it.
---@field createdAt string When it was created.

---@class hathora.NicknameObject
---@field nickname string The name the player chose.

---@class hathora.PingEndpoint
---@field region hathora.Region The region.
---@field host string The host to ping, over a web socket at `/ws`.
---@field port number Its port.

---@class hathora.PlayerTokenObject
---@field token string The player's token, a JWT.

---@class hathora.Process
---@field appId string The application the process belongs to.
---@field processId string The unique id of the process.
---@field deploymentId integer The deployment it was started from.
---@field region hathora.Region Where it runs.
---@field host string Deprecated: the host of `exposedPort`.
---@field port number Deprecated: the port of `exposedPort`.
---@field exposedPort? hathora.ExposedPort Its primary public endpoint, once it can be reached.
---@field additionalExposedPorts hathora.ExposedPort[] Its further endpoints.
---@field roomsPerProcess integer How many rooms it can hold.
---@field startingAt string When its start began.
---@field startedAt? string When the process had bound its port.
---@field stoppingAt? string When its stop was requested.
---@field terminatedAt? string When it had ended.
---@field draining boolean Whether it takes no new rooms.
---@field roomSlotsAvailable number Deprecated: how many more rooms it can hold.
---@field roomSlotsAvailableUpdatedAt string Deprecated.
---@field roomsAllocated integer How many rooms are on it.
---@field roomsAllocatedUpdatedAt string When `roomsAllocated` was counted.
---@field activeConnections integer Deprecated: connections to it.
---@field activeConnectionsUpdatedAt string Deprecated.
---@field idleSince? string Deprecated.
---@field egressedBytes integer How many bytes it has sent.

---@class hathora.ProcessCount
---@field count number How many processes match.

---@class hathora.ProcessV2
---@field appId string The application the process belongs to.
---@field processId string The unique id of the process.
---@field deploymentId integer The deployment it was started from.
---@field region hathora.Region Where it runs.
---@field status hathora.ProcessStatus What it is doing. A draining process takes no new rooms.
---@field roomsAllocated integer How many rooms are on it.
---@field roomsPerProcess integer How many rooms it can hold.
---@field exposedPort? hathora.ExposedPort Its primary public endpoint, once it can be reached.
---@field additionalExposedPorts hathora.ExposedPort[] Its further endpoints.
---@field createdAt string When the create was accepted.
---@field startedAt? string When the process had bound its port.
---@field stoppingAt? string When its stop was requested.
---@field terminatedAt? string When it had ended.

---@class hathora.ProcessV3
---@field appId string The application the process belongs to.
---@field processId string The unique id of the process.
---@field deploymentId string The deployment it was started from.
---@field fleetId? string The fleet it runs on.
---@field region hathora.Region Where it runs.
---@field hosting? hathora.Hosting The kind of machine it runs on.
---@field status hathora.ProcessStatus What it is doing. A draining process takes no new rooms.
---@field summaryExitReason? string Why it ended, in short.
---@field roomsAllocated integer How many rooms are on it.
---@field roomsPerProcess integer How many rooms it can hold.
---@field exposedPort? hathora.ExposedPort Its primary public endpoint, once it can be reached.
---@field additionalExposedPorts hathora.ExposedPort[] Its further endpoints.
---@field createdAt string When the create was accepted.
---@field scheduledAt? string When it was assigned to a machine.
---@field bootedAt? string When its program was started.
---@field startedAt? string When the process had bound its port.
---@field stoppingAt? string When its stop was requested.
---@field terminatedAt? string When it had ended.

---@class hathora.ProcessWithRooms
---@field appId string The application the process belongs to.
---@field processId string The unique id of the process.
---@field deploymentId integer The deployment it was started from.
---@field region hathora.Region Where it runs.
---@field host string Deprecated: the host of `exposedPort`.
---@field port number Deprecated: the port of `exposedPort`.
---@field exposedPort? hathora.ExposedPort Its primary public endpoint, once it can be reached.
---@field additionalExposedPorts hathora.ExposedPort[] Its further endpoints.
---@field roomsPerProcess integer How many rooms it can hold.
---@field startingAt string When its start began.
---@field startedAt? string When the process had bound its port.
---@field stoppingAt? string When its stop was requested.
---@field terminatedAt? string When it had ended.
---@field draining boolean Whether it takes no new rooms.
---@field roomSlotsAvailable number Deprecated: how many more rooms it can hold.
---@field roomSlotsAvailableUpdatedAt string Deprecated.
---@field roomsAllocated integer How many rooms are on it.
---@field roomsAllocatedUpdatedAt string When `roomsAllocated` was counted.
---@field activeConnections integer Deprecated: connections to it.
---@field activeConnectionsUpdatedAt string Deprecated.
---@field idleSince? string Deprecated.
---@field egressedBytes integer How many bytes it has sent.
---@field rooms hathora.RoomWithoutAllocations[] The rooms placed on it.
---@field totalRooms integer How many rooms it has had.

---@class hathora.Room
---@field appId string The application the room belongs to.
---@field roomId string The unique id of the room.
---@field roomConfig? string Its configuration, for the game.
---@field status hathora.RoomStatus Whether it is placed on a process.
---@field currentAllocation? hathora.RoomAllocation Its placement, if it is on a process.
---@field allocations hathora.RoomAllocation[] All its placements.

---@class hathora.RoomAllocation
---@field roomAllocationId string The unique id of the placement.
---@field processId string The process it is on.
---@field scheduledAt string When it was placed.
---@field unscheduledAt? string When it was removed.

---@class hathora.RoomAllocationData
---@field roomId string The room.
---@field status hathora.RoomReadyStatus `active` once a player can connect.
---@field exposedPort? hathora.ExposedPort Where to connect, once it is active.
---@field additionalExposedPorts hathora.ExposedPort[] The further endpoints of its process.
---@field processId? string The process it is placed on.

---@class hathora.RoomConnectionData
---@field roomId string The room.
---@field status hathora.RoomReadyStatus `active` once a player can connect.
---@field exposedPort? hathora.ExposedPort Where to connect, once it is active.
---@field additionalExposedPorts hathora.ExposedPort[] The further endpoints of its process.
---@field processId string The process it is placed on.

---@class hathora.RoomWithoutAllocations
---@field appId string The application the room belongs to.
---@field roomId string The unique id of the room.
---@field roomConfig? string Its configuration, for the game.
---@field status hathora.RoomStatus Whether it is placed on a process.
---@field currentAllocation? hathora.RoomAllocation Its placement, if it is on a process.

---@class hathora.SetLobbyStateParams
---@field state table<string, any> What to make public about it.

---@class hathora.UpdateRoomConfigParams
---@field roomConfig string Its new configuration, for the game.

---@class hathora.processesV2.CreateProcessRequest
---@field appId? string The application.
---@field region hathora.Region The region.

---@class hathora.processesV2.GetLatestProcessesRequest
---@field appId? string The application.
---@field region? hathora.Region[] Only processes in one of these regions.
---@field status? hathora.ProcessStatus[] Only processes in one of these statuses.

---@class hathora.processesV2.GetProcessInfoRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.processesV2.StopProcessRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.processesV2.GetProcessesCountExperimentalRequest
---@field appId? string The application.
---@field region? hathora.Region[] Only processes in one of these regions.
---@field status? hathora.ProcessStatus[] Only processes in one of these statuses.

---@class hathora.processesV3.CreateProcessRequest
---@field appId? string The application.
---@field region hathora.Region The region.

---@class hathora.processesV3.GetLatestProcessesRequest
---@field appId? string The application.
---@field region? hathora.Region[] Only processes in one of these regions.
---@field status? hathora.ProcessStatus[] Only processes in one of these statuses.
---@field before? number Only processes created before this time.

---@class hathora.processesV3.GetProcessRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.processesV3.StopProcessRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.processesV3.GetProcessesCountExperimentalRequest
---@field appId? string The application.
---@field region? hathora.Region[] Only processes in one of these regions.
---@field status? hathora.ProcessStatus[] Only processes in one of these statuses.
---@field before? number Only processes created before this time.

---@class hathora.roomsV2.CreateRoomRequest
---@field appId? string The application.
---@field roomId? string An id of your own, unique in the application.
---@field region hathora.Region Where to place it.
---@field roomConfig? string Its configuration, for the game.
---@field deploymentId? string The deployment to place it on, instead of the latest.
---@field clientIPs? string[] The addresses of the players who will come.

---@class hathora.roomsV2.GetRoomInfoRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.roomsV2.GetActiveRoomsForProcessRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.roomsV2.GetInactiveRoomsForProcessRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.roomsV2.DestroyRoomRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.roomsV2.SuspendRoomV2DeprecatedRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.roomsV2.GetConnectionInfoRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.roomsV2.UpdateRoomConfigRequest
---@field appId? string The application.
---@field roomId string The room.
---@field roomConfig string Its new configuration, for the game.

---@class hathora.roomsV2.ResumeRoomRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.lobbiesV3.CreateLobbyRequest
---@field appId? string The application.
---@field shortCode? string A code of your own; the room's id if left out.
---@field roomId? string An id of your own, unique in the application.
---@field visibility hathora.LobbyVisibility Who can find it.
---@field region hathora.Region Where to place it.
---@field roomConfig? string Its configuration, for the game.

---@class hathora.lobbiesV3.ListActivePublicLobbiesRequest
---@field appId? string The application.
---@field region? hathora.Region Only lobbies in this region.

---@class hathora.lobbiesV3.GetLobbyInfoByRoomIdRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.lobbiesV3.GetLobbyInfoByShortCodeRequest
---@field appId? string The application.
---@field shortCode string The lobby's short code.

---@class hathora.authV1.LoginAnonymousRequest
---@field appId? string The application.

---@class hathora.authV1.LoginNicknameRequest
---@field appId? string The application.
---@field nickname string The name the player chose.

---@class hathora.authV1.LoginGoogleRequest
---@field appId? string The application.
---@field idToken string The ID token that Google gave the player.

---@class hathora.logsV1.GetLogsForProcessRequest
---@field appId? string The application.
---@field processId string The process.
---@field follow? boolean Whether to continue with what is logged from now on.
---@field tailLines? integer How many of the last lines to send; 100 by default.

---@class hathora.logsV1.DownloadLogForProcessRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.discoveryV2.GetPingServiceEndpointsRequest

---@class hathora.processesV1.GetRunningProcessesRequest
---@field appId? string The application.
---@field region? hathora.Region Only processes in this region.

---@class hathora.processesV1.GetStoppedProcessesRequest
---@field appId? string The application.
---@field region? hathora.Region Only processes in this region.

---@class hathora.processesV1.GetProcessInfoDeprecatedRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.roomsV1.CreateRoomDeprecatedRequest
---@field appId? string The application.
---@field roomId? string An id of your own, unique in the application.
---@field region hathora.Region Where to place it.
---@field roomConfig? string Its configuration, for the game.
---@field deploymentId? string The deployment to place it on, instead of the latest.
---@field clientIPs? string[] The addresses of the players who will come.

---@class hathora.roomsV1.GetRoomInfoDeprecatedRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.roomsV1.GetActiveRoomsForProcessDeprecatedRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.roomsV1.GetInactiveRoomsForProcessDeprecatedRequest
---@field appId? string The application.
---@field processId string The process.

---@class hathora.roomsV1.DestroyRoomDeprecatedRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.roomsV1.SuspendRoomDeprecatedRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.roomsV1.GetConnectionInfoDeprecatedRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.lobbiesV2.CreatePrivateLobbyRequest
---@field appId? string The application.
---@field roomId? string An id of your own, unique in the application.
---@field region hathora.Region Where to place it.
---@field initialConfig table<string, any> Its configuration, for the game.

---@class hathora.lobbiesV2.CreatePublicLobbyRequest
---@field appId? string The application.
---@field roomId? string An id of your own, unique in the application.
---@field region hathora.Region Where to place it.
---@field initialConfig table<string, any> Its configuration, for the game.

---@class hathora.lobbiesV2.CreateLocalLobbyRequest
---@field appId? string The application.
---@field roomId? string An id of your own, unique in the application.
---@field region hathora.Region Where to place it.
---@field initialConfig table<string, any> Its configuration, for the game.

---@class hathora.lobbiesV2.CreateLobbyDeprecatedRequest
---@field appId? string The application.
---@field roomId? string An id of your own, unique in the application.
---@field visibility hathora.LobbyVisibility Who can find it.
---@field region hathora.Region Where to place it.
---@field initialConfig table<string, any> Its configuration, for the game.

---@class hathora.lobbiesV2.ListActivePublicLobbiesDeprecatedV2Request
---@field appId? string The application.
---@field region? hathora.Region Only lobbies in this region.

---@class hathora.lobbiesV2.GetLobbyInfoRequest
---@field appId? string The application.
---@field roomId string The room.

---@class hathora.lobbiesV2.SetLobbyStateRequest
---@field appId? string The application.
---@field roomId string The room.
---@field state table<string, any> What to make public about it.

---@class hathora.lobbiesV1.CreatePrivateLobbyDeprecatedRequest
---@field appId? string The application.
---@field region? hathora.Region Where to place it.
---@field local? boolean Whether the game runs on the player's own machine.

---@class hathora.lobbiesV1.CreatePublicLobbyDeprecatedRequest
---@field appId? string The application.
---@field region? hathora.Region Where to place it.
---@field local? boolean Whether the game runs on the player's own machine.

---@class hathora.lobbiesV1.ListActivePublicLobbiesDeprecatedV1Request
---@field appId? string The application.
---@field local? boolean Whether the game runs on the player's own machine.
---@field region? hathora.Region Only lobbies in this region.

---@class hathora.discoveryV1.GetPingServiceEndpointsDeprecatedRequest

---@class hathora.Options
---@field security? hathora.Security `{ hathoraDevToken = token }`, and `playerAuth` for the operations of players. Without it, no token is sent.
---@field securitySource? fun(): hathora.Security Returns such a table; called for each request that needs a token. Takes precedence over `security`.
---@field appId? string The application for requests that name none.
---@field serverUrl? string The server: `https://...`, `http://...` on this machine, or `unix:/path`.
---@field serverIndex? integer A server of the API's own list, instead of `serverUrl`: 1 is Hathora's own address, `https://api.hathora.dev`, whose service has ended.
---@field urlParams? table<string, string> Values for the `{names}` in `serverUrl`.
---@field allowHttp? boolean Allow the token to be sent unencrypted to another machine.
---@field caFile? string A file of certificate authorities (PEM) to verify the server with. Its certificate is always verified.
---@field http2? boolean Use HTTP/2 if the server supports it.
---@field timeout? number The limit of a call in seconds, over all its attempts; for a stream, until its answer begins.
---@field connectTimeout? number The limit of connecting, in seconds.
---@field retry? hathora.RetryOptions|false How to retry, or false for never.
---@field maxInFlight? integer How many calls may run at once; more are queued.
---@field maxResponseSize? integer The limit of an answer in bytes; a larger one is an error.
---@field stepBudget? number The work after which a step returns, in seconds.
---@field spin? boolean Before a step sleeps, poll for up to 50 microseconds, if the last wait was as short. Faster with a second processor, at the cost of CPU time.
---@field poll? fun(sdk: table) How plain calls wait: `cqueues.poll`, `coroutine.yield`.
---@field safe? boolean Calls return `nil, err` instead of raising errors.
---@field allowUnknown? boolean Send text that is not a known member of an enum, such as a region of your own.
---@field log? fun(line: string) Called with a line for each request, answer and retry, without the token. `HATHORA_DEBUG=1` with `hathora.fromEnvironment` writes them to standard error.
---@field onRequest? fun(event: table) Called before each attempt: `operation`, `method`, `url`, `attempt`, `idempotencyKey`.
---@field onResponse? fun(event: table) Called with the result of each attempt: `statusCode`, `response`, `error`.
---@field onRetry? fun(event: table) Called before each retry: `delay`, `error`.
---@field onError? fun(message: string) Called with the error of an `onDone`; without it, `step` raises that error.
---@field userAgent? string Appended to our own User-Agent.
---@field traceback? boolean Add to each error a `traceback` of where its call was made.
---@field client? table Your own transport: `send(self, request)` is called with `method`, `url`, `headers` (lines), `body`; returns `{ statusCode, headers, body }`, or nil and the reason.

---@class hathora.CallOptions
---@field timeout? number As above, for this call.
---@field retry? hathora.RetryOptions|false As above, for this call.
---@field idempotencyKey? string For a create: the server carries out one request for each key.
---@field security? hathora.Security As above, for this call.
---@field headers? table<string, string> Additional headers.
---@field onDone? fun(call: hathora.Call) For a call in flight: called from `step` when it has ended.
---@field onData? fun(piece: string) For logs: called with each piece as it arrives; the call then returns true, and its `timeout` is until the answer begins.
---@field idleTimeout? number How long a stream may be silent once it has begun, in seconds.

---@class hathora.RetryOptions
---@field attempts? integer How many attempts to make in all.
---@field initialDelay? number The first delay is a random part of this, in seconds.
---@field maxDelay? number The longest random delay, in seconds; Retry-After may ask for more.
---@field budget? integer For an sdk alone: how many retries all its calls share; ten successes restore one.
---@field idempotencyKeys? boolean The server honours idempotency keys, as hathora-host does, so creates may be retried.

---@class hathora.Security
---@field hathoraDevToken? string The developer's token, for all operations except those of players.
---@field playerAuth? string A player's token, as a login returns it, for the operations of players.

---@class hathora.Response
---@field statusCode integer The HTTP status.
---@field contentType string? The type of the body, if the server says it.
---@field headers table<string, string> The headers; their names in lower case.
---@field rawResponse string The body.
---@field attempts integer The number of the last attempt.
---@field timings table<string, number>? Seconds from the start: `nameLookup`, `connect`, `tls`, `firstByte`, `total`. Nil with a `client` of your own.
---@field reused boolean Was the connection kept from an earlier call?

---@class hathora.Error
---@field name "ApiError"|"SDKException"|"ConnectionError"|"TimeoutError"|"CancelledError"|"RequestError"|"SecurityError"|"ProcessError"|"RoomError"
---@field message string
---@field statusCode integer?
---@field body table|string|nil
---@field headers table<string, string>?
---@field sent "no"|"maybe"|"yes"|nil Whether the server may have acted.
---@field operation string?
---@field method string?
---@field url string?
---@field attempts integer?
---@field idempotencyKey string?
---@field problems { path: string, message: string }[]? Of a RequestError.
---@field process hathora.ProcessV2? Of a wait for a process: as last seen.
---@field room hathora.ConnectionInfoV2? Of a wait for a room: as last seen.

---@class hathora.processesV2
local processesV2 = {}

---Start a process of an application in a region.
---@param request hathora.processesV2.CreateProcessRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessV2 answer
---@return hathora.Response response
function processesV2:createProcess(request, options) end

---Start a process of an application in a region.
---@param request hathora.processesV2.CreateProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:createProcessAsync(request, options) end

---The ten latest processes of an application, the newest first.
---@param request? hathora.processesV2.GetLatestProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessV2[] answer
---@return hathora.Response response
function processesV2:getLatestProcesses(request, options) end

---The ten latest processes of an application, the newest first.
---@param request? hathora.processesV2.GetLatestProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:getLatestProcessesAsync(request, options) end

---One process.
---@param request hathora.processesV2.GetProcessInfoRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessV2 answer
---@return hathora.Response response
function processesV2:getProcessInfo(request, options) end

---One process.
---@param request hathora.processesV2.GetProcessInfoRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:getProcessInfoAsync(request, options) end

---Stop a process. Returns once the stop is under way.
---@param request hathora.processesV2.StopProcessRequest
---@param options? hathora.CallOptions
---@return true answer
---@return hathora.Response response
function processesV2:stopProcess(request, options) end

---Stop a process. Returns once the stop is under way.
---@param request hathora.processesV2.StopProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:stopProcessAsync(request, options) end

---The number of processes of an application.
---@param request? hathora.processesV2.GetProcessesCountExperimentalRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessCount answer
---@return hathora.Response response
function processesV2:getProcessesCountExperimental(request, options) end

---The number of processes of an application.
---@param request? hathora.processesV2.GetProcessesCountExperimentalRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:getProcessesCountExperimentalAsync(request, options) end

---Wait until players can connect to a process.
---@param request hathora.processesV2.GetProcessInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.ProcessV2 answer
---@return hathora.Response response
function processesV2:waitUntilRunning(request, options) end

---Wait until players can connect to a process.
---@param request hathora.processesV2.GetProcessInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:waitUntilRunningAsync(request, options) end

---Wait until a process has ended.
---@param request hathora.processesV2.GetProcessInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.ProcessV2 answer
---@return hathora.Response response
function processesV2:waitUntilStopped(request, options) end

---Wait until a process has ended.
---@param request hathora.processesV2.GetProcessInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:waitUntilStoppedAsync(request, options) end

---@class hathora.processesV3
local processesV3 = {}

---Start a process of an application in a region.
---@param request hathora.processesV3.CreateProcessRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessV3 answer
---@return hathora.Response response
function processesV3:createProcess(request, options) end

---Start a process of an application in a region.
---@param request hathora.processesV3.CreateProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV3:createProcessAsync(request, options) end

---The ten latest processes of an application, the newest first.
---@param request? hathora.processesV3.GetLatestProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessV3[] answer
---@return hathora.Response response
function processesV3:getLatestProcesses(request, options) end

---The ten latest processes of an application, the newest first.
---@param request? hathora.processesV3.GetLatestProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV3:getLatestProcessesAsync(request, options) end

---One process.
---@param request hathora.processesV3.GetProcessRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessV3 answer
---@return hathora.Response response
function processesV3:getProcess(request, options) end

---One process.
---@param request hathora.processesV3.GetProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV3:getProcessAsync(request, options) end

---Stop a process. Returns once the stop is under way.
---@param request hathora.processesV3.StopProcessRequest
---@param options? hathora.CallOptions
---@return true answer
---@return hathora.Response response
function processesV3:stopProcess(request, options) end

---Stop a process. Returns once the stop is under way.
---@param request hathora.processesV3.StopProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV3:stopProcessAsync(request, options) end

---The number of processes of an application.
---@param request? hathora.processesV3.GetProcessesCountExperimentalRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessCount answer
---@return hathora.Response response
function processesV3:getProcessesCountExperimental(request, options) end

---The number of processes of an application.
---@param request? hathora.processesV3.GetProcessesCountExperimentalRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV3:getProcessesCountExperimentalAsync(request, options) end

---Wait until players can connect to a process.
---@param request hathora.processesV3.GetProcessRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.ProcessV3 answer
---@return hathora.Response response
function processesV3:waitUntilRunning(request, options) end

---Wait until players can connect to a process.
---@param request hathora.processesV3.GetProcessRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV3:waitUntilRunningAsync(request, options) end

---Wait until a process has ended.
---@param request hathora.processesV3.GetProcessRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.ProcessV3 answer
---@return hathora.Response response
function processesV3:waitUntilStopped(request, options) end

---Wait until a process has ended.
---@param request hathora.processesV3.GetProcessRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV3:waitUntilStoppedAsync(request, options) end

---@class hathora.roomsV2
local roomsV2 = {}

---Create a room, and place it on a process.
---@param request hathora.roomsV2.CreateRoomRequest
---@param options? hathora.CallOptions
---@return hathora.RoomConnectionData answer
---@return hathora.Response response
function roomsV2:createRoom(request, options) end

---Create a room, and place it on a process.
---@param request hathora.roomsV2.CreateRoomRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:createRoomAsync(request, options) end

---One room, with all its placements.
---@param request hathora.roomsV2.GetRoomInfoRequest
---@param options? hathora.CallOptions
---@return hathora.Room answer
---@return hathora.Response response
function roomsV2:getRoomInfo(request, options) end

---One room, with all its placements.
---@param request hathora.roomsV2.GetRoomInfoRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:getRoomInfoAsync(request, options) end

---The rooms on a process.
---@param request hathora.roomsV2.GetActiveRoomsForProcessRequest
---@param options? hathora.CallOptions
---@return hathora.RoomWithoutAllocations[] answer
---@return hathora.Response response
function roomsV2:getActiveRoomsForProcess(request, options) end

---The rooms on a process.
---@param request hathora.roomsV2.GetActiveRoomsForProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:getActiveRoomsForProcessAsync(request, options) end

---The rooms that a process no longer has.
---@param request hathora.roomsV2.GetInactiveRoomsForProcessRequest
---@param options? hathora.CallOptions
---@return hathora.RoomWithoutAllocations[] answer
---@return hathora.Response response
function roomsV2:getInactiveRoomsForProcess(request, options) end

---The rooms that a process no longer has.
---@param request hathora.roomsV2.GetInactiveRoomsForProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:getInactiveRoomsForProcessAsync(request, options) end

---End a room for good, and free its place on its process.
---@param request hathora.roomsV2.DestroyRoomRequest
---@param options? hathora.CallOptions
---@return true answer
---@return hathora.Response response
function roomsV2:destroyRoom(request, options) end

---End a room for good, and free its place on its process.
---@param request hathora.roomsV2.DestroyRoomRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:destroyRoomAsync(request, options) end

---Deprecated: take a room off its process.
---@param request hathora.roomsV2.SuspendRoomV2DeprecatedRequest
---@param options? hathora.CallOptions
---@return true answer
---@return hathora.Response response
function roomsV2:suspendRoomV2Deprecated(request, options) end

---Deprecated: take a room off its process.
---@param request hathora.roomsV2.SuspendRoomV2DeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:suspendRoomV2DeprecatedAsync(request, options) end

---Where a player connects to a room.
---@param request hathora.roomsV2.GetConnectionInfoRequest
---@param options? hathora.CallOptions
---@return hathora.ConnectionInfoV2 answer
---@return hathora.Response response
function roomsV2:getConnectionInfo(request, options) end

---Where a player connects to a room.
---@param request hathora.roomsV2.GetConnectionInfoRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:getConnectionInfoAsync(request, options) end

---Replace a room's configuration.
---@param request hathora.roomsV2.UpdateRoomConfigRequest
---@param options? hathora.CallOptions
---@return true answer
---@return hathora.Response response
function roomsV2:updateRoomConfig(request, options) end

---Replace a room's configuration.
---@param request hathora.roomsV2.UpdateRoomConfigRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:updateRoomConfigAsync(request, options) end

---Place a room that has lost its process on another.
---@param request hathora.roomsV2.ResumeRoomRequest
---@param options? hathora.CallOptions
---@return hathora.RoomAllocationData answer
---@return hathora.Response response
function roomsV2:resumeRoom(request, options) end

---Place a room that has lost its process on another.
---@param request hathora.roomsV2.ResumeRoomRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:resumeRoomAsync(request, options) end

---Wait until players can connect to a room.
---@param request hathora.roomsV2.GetConnectionInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.ConnectionInfoV2 answer
---@return hathora.Response response
function roomsV2:waitUntilActive(request, options) end

---Wait until players can connect to a room.
---@param request hathora.roomsV2.GetConnectionInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV2:waitUntilActiveAsync(request, options) end

---@class hathora.lobbiesV3
local lobbiesV3 = {}

---Make a lobby, and place its room on a process.
---@param request hathora.lobbiesV3.CreateLobbyRequest
---@param options? hathora.CallOptions
---@return hathora.LobbyV3 answer
---@return hathora.Response response
function lobbiesV3:createLobby(request, options) end

---Make a lobby, and place its room on a process.
---@param request hathora.lobbiesV3.CreateLobbyRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV3:createLobbyAsync(request, options) end

---The public lobbies that can be joined, the newest first.
---@param request? hathora.lobbiesV3.ListActivePublicLobbiesRequest
---@param options? hathora.CallOptions
---@return hathora.LobbyV3[] answer
---@return hathora.Response response
function lobbiesV3:listActivePublicLobbies(request, options) end

---The public lobbies that can be joined, the newest first.
---@param request? hathora.lobbiesV3.ListActivePublicLobbiesRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV3:listActivePublicLobbiesAsync(request, options) end

---The lobby of a room.
---@param request hathora.lobbiesV3.GetLobbyInfoByRoomIdRequest
---@param options? hathora.CallOptions
---@return hathora.LobbyV3 answer
---@return hathora.Response response
function lobbiesV3:getLobbyInfoByRoomId(request, options) end

---The lobby of a room.
---@param request hathora.lobbiesV3.GetLobbyInfoByRoomIdRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV3:getLobbyInfoByRoomIdAsync(request, options) end

---The lobby with a short code; of several, the newest.
---@param request hathora.lobbiesV3.GetLobbyInfoByShortCodeRequest
---@param options? hathora.CallOptions
---@return hathora.LobbyV3 answer
---@return hathora.Response response
function lobbiesV3:getLobbyInfoByShortCode(request, options) end

---The lobby with a short code; of several, the newest.
---@param request hathora.lobbiesV3.GetLobbyInfoByShortCodeRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV3:getLobbyInfoByShortCodeAsync(request, options) end

---@class hathora.authV1
local authV1 = {}

---Log a player in under a name made up on the spot.
---@param request? hathora.authV1.LoginAnonymousRequest
---@param options? hathora.CallOptions
---@return hathora.PlayerTokenObject answer
---@return hathora.Response response
function authV1:loginAnonymous(request, options) end

---Log a player in under a name made up on the spot.
---@param request? hathora.authV1.LoginAnonymousRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function authV1:loginAnonymousAsync(request, options) end

---Log a player in under a name of their own.
---@param request hathora.authV1.LoginNicknameRequest
---@param options? hathora.CallOptions
---@return hathora.PlayerTokenObject answer
---@return hathora.Response response
function authV1:loginNickname(request, options) end

---Log a player in under a name of their own.
---@param request hathora.authV1.LoginNicknameRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function authV1:loginNicknameAsync(request, options) end

---Log a player in by their Google account.
---@param request hathora.authV1.LoginGoogleRequest
---@param options? hathora.CallOptions
---@return hathora.PlayerTokenObject answer
---@return hathora.Response response
function authV1:loginGoogle(request, options) end

---Log a player in by their Google account.
---@param request hathora.authV1.LoginGoogleRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function authV1:loginGoogleAsync(request, options) end

---@class hathora.logsV1
local logsV1 = {}

---The end of a process's log, and with `follow` what is logged later.
---@param request hathora.logsV1.GetLogsForProcessRequest
---@param options? hathora.CallOptions
---@return string answer
---@return hathora.Response response
function logsV1:getLogsForProcess(request, options) end

---The end of a process's log, and with `follow` what is logged later.
---@param request hathora.logsV1.GetLogsForProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function logsV1:getLogsForProcessAsync(request, options) end

---The whole log of a process that has ended.
---@param request hathora.logsV1.DownloadLogForProcessRequest
---@param options? hathora.CallOptions
---@return string answer
---@return hathora.Response response
function logsV1:downloadLogForProcess(request, options) end

---The whole log of a process that has ended.
---@param request hathora.logsV1.DownloadLogForProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function logsV1:downloadLogForProcessAsync(request, options) end

---@class hathora.discoveryV2
local discoveryV2 = {}

---Where to ping each region.
---@param request? hathora.discoveryV2.GetPingServiceEndpointsRequest
---@param options? hathora.CallOptions
---@return hathora.PingEndpoint[] answer
---@return hathora.Response response
function discoveryV2:getPingServiceEndpoints(request, options) end

---Where to ping each region.
---@param request? hathora.discoveryV2.GetPingServiceEndpointsRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function discoveryV2:getPingServiceEndpointsAsync(request, options) end

---@class hathora.processesV1
local processesV1 = {}

---Deprecated: the ten processes started last, with their rooms.
---@param request? hathora.processesV1.GetRunningProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessWithRooms[] answer
---@return hathora.Response response
function processesV1:getRunningProcesses(request, options) end

---Deprecated: the ten processes started last, with their rooms.
---@param request? hathora.processesV1.GetRunningProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV1:getRunningProcessesAsync(request, options) end

---Deprecated: the ten processes stopped last.
---@param request? hathora.processesV1.GetStoppedProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.Process[] answer
---@return hathora.Response response
function processesV1:getStoppedProcesses(request, options) end

---Deprecated: the ten processes stopped last.
---@param request? hathora.processesV1.GetStoppedProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV1:getStoppedProcessesAsync(request, options) end

---Deprecated: one process.
---@param request hathora.processesV1.GetProcessInfoDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Process answer
---@return hathora.Response response
function processesV1:getProcessInfoDeprecated(request, options) end

---Deprecated: one process.
---@param request hathora.processesV1.GetProcessInfoDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV1:getProcessInfoDeprecatedAsync(request, options) end

---@class hathora.roomsV1
local roomsV1 = {}

---Deprecated: create a room. Returns its id.
---@param request hathora.roomsV1.CreateRoomDeprecatedRequest
---@param options? hathora.CallOptions
---@return string answer
---@return hathora.Response response
function roomsV1:createRoomDeprecated(request, options) end

---Deprecated: create a room. Returns its id.
---@param request hathora.roomsV1.CreateRoomDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV1:createRoomDeprecatedAsync(request, options) end

---Deprecated: one room, with all its placements.
---@param request hathora.roomsV1.GetRoomInfoDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Room answer
---@return hathora.Response response
function roomsV1:getRoomInfoDeprecated(request, options) end

---Deprecated: one room, with all its placements.
---@param request hathora.roomsV1.GetRoomInfoDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV1:getRoomInfoDeprecatedAsync(request, options) end

---Deprecated: the rooms on a process.
---@param request hathora.roomsV1.GetActiveRoomsForProcessDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.RoomWithoutAllocations[] answer
---@return hathora.Response response
function roomsV1:getActiveRoomsForProcessDeprecated(request, options) end

---Deprecated: the rooms on a process.
---@param request hathora.roomsV1.GetActiveRoomsForProcessDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV1:getActiveRoomsForProcessDeprecatedAsync(request, options) end

---Deprecated: the rooms that a process no longer has.
---@param request hathora.roomsV1.GetInactiveRoomsForProcessDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.RoomWithoutAllocations[] answer
---@return hathora.Response response
function roomsV1:getInactiveRoomsForProcessDeprecated(request, options) end

---Deprecated: the rooms that a process no longer has.
---@param request hathora.roomsV1.GetInactiveRoomsForProcessDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV1:getInactiveRoomsForProcessDeprecatedAsync(request, options) end

---Deprecated: end a room for good.
---@param request hathora.roomsV1.DestroyRoomDeprecatedRequest
---@param options? hathora.CallOptions
---@return true answer
---@return hathora.Response response
function roomsV1:destroyRoomDeprecated(request, options) end

---Deprecated: end a room for good.
---@param request hathora.roomsV1.DestroyRoomDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV1:destroyRoomDeprecatedAsync(request, options) end

---Deprecated: take a room off its process.
---@param request hathora.roomsV1.SuspendRoomDeprecatedRequest
---@param options? hathora.CallOptions
---@return true answer
---@return hathora.Response response
function roomsV1:suspendRoomDeprecated(request, options) end

---Deprecated: take a room off its process.
---@param request hathora.roomsV1.SuspendRoomDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV1:suspendRoomDeprecatedAsync(request, options) end

---Deprecated: where a player connects to a room.
---@param request hathora.roomsV1.GetConnectionInfoDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.ConnectionInfo answer
---@return hathora.Response response
function roomsV1:getConnectionInfoDeprecated(request, options) end

---Deprecated: where a player connects to a room.
---@param request hathora.roomsV1.GetConnectionInfoDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function roomsV1:getConnectionInfoDeprecatedAsync(request, options) end

---@class hathora.lobbiesV2
local lobbiesV2 = {}

---Deprecated: create a lobby that is not listed.
---@param request hathora.lobbiesV2.CreatePrivateLobbyRequest
---@param options? hathora.CallOptions
---@return hathora.Lobby answer
---@return hathora.Response response
function lobbiesV2:createPrivateLobby(request, options) end

---Deprecated: create a lobby that is not listed.
---@param request hathora.lobbiesV2.CreatePrivateLobbyRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV2:createPrivateLobbyAsync(request, options) end

---Deprecated: create a lobby that is listed.
---@param request hathora.lobbiesV2.CreatePublicLobbyRequest
---@param options? hathora.CallOptions
---@return hathora.Lobby answer
---@return hathora.Response response
function lobbiesV2:createPublicLobby(request, options) end

---Deprecated: create a lobby that is listed.
---@param request hathora.lobbiesV2.CreatePublicLobbyRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV2:createPublicLobbyAsync(request, options) end

---Deprecated: make a lobby of a game on the player's own machine.
---@param request hathora.lobbiesV2.CreateLocalLobbyRequest
---@param options? hathora.CallOptions
---@return hathora.Lobby answer
---@return hathora.Response response
function lobbiesV2:createLocalLobby(request, options) end

---Deprecated: make a lobby of a game on the player's own machine.
---@param request hathora.lobbiesV2.CreateLocalLobbyRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV2:createLocalLobbyAsync(request, options) end

---Deprecated: make a lobby.
---@param request hathora.lobbiesV2.CreateLobbyDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Lobby answer
---@return hathora.Response response
function lobbiesV2:createLobbyDeprecated(request, options) end

---Deprecated: make a lobby.
---@param request hathora.lobbiesV2.CreateLobbyDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV2:createLobbyDeprecatedAsync(request, options) end

---Deprecated: the public lobbies that can be joined.
---@param request? hathora.lobbiesV2.ListActivePublicLobbiesDeprecatedV2Request
---@param options? hathora.CallOptions
---@return hathora.Lobby[] answer
---@return hathora.Response response
function lobbiesV2:listActivePublicLobbiesDeprecatedV2(request, options) end

---Deprecated: the public lobbies that can be joined.
---@param request? hathora.lobbiesV2.ListActivePublicLobbiesDeprecatedV2Request
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV2:listActivePublicLobbiesDeprecatedV2Async(request, options) end

---Deprecated: the lobby of a room.
---@param request hathora.lobbiesV2.GetLobbyInfoRequest
---@param options? hathora.CallOptions
---@return hathora.Lobby answer
---@return hathora.Response response
function lobbiesV2:getLobbyInfo(request, options) end

---Deprecated: the lobby of a room.
---@param request hathora.lobbiesV2.GetLobbyInfoRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV2:getLobbyInfoAsync(request, options) end

---Deprecated: replace what the game makes public about a lobby.
---@param request hathora.lobbiesV2.SetLobbyStateRequest
---@param options? hathora.CallOptions
---@return hathora.Lobby answer
---@return hathora.Response response
function lobbiesV2:setLobbyState(request, options) end

---Deprecated: replace what the game makes public about a lobby.
---@param request hathora.lobbiesV2.SetLobbyStateRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV2:setLobbyStateAsync(request, options) end

---@class hathora.lobbiesV1
local lobbiesV1 = {}

---Deprecated: create a lobby that is not listed. Returns its room's id.
---@param request? hathora.lobbiesV1.CreatePrivateLobbyDeprecatedRequest
---@param options? hathora.CallOptions
---@return string answer
---@return hathora.Response response
function lobbiesV1:createPrivateLobbyDeprecated(request, options) end

---Deprecated: create a lobby that is not listed. Returns its room's id.
---@param request? hathora.lobbiesV1.CreatePrivateLobbyDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV1:createPrivateLobbyDeprecatedAsync(request, options) end

---Deprecated: create a lobby that is listed. Returns its room's id.
---@param request? hathora.lobbiesV1.CreatePublicLobbyDeprecatedRequest
---@param options? hathora.CallOptions
---@return string answer
---@return hathora.Response response
function lobbiesV1:createPublicLobbyDeprecated(request, options) end

---Deprecated: create a lobby that is listed. Returns its room's id.
---@param request? hathora.lobbiesV1.CreatePublicLobbyDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV1:createPublicLobbyDeprecatedAsync(request, options) end

---Deprecated: the public lobbies that can be joined.
---@param request? hathora.lobbiesV1.ListActivePublicLobbiesDeprecatedV1Request
---@param options? hathora.CallOptions
---@return hathora.Lobby[] answer
---@return hathora.Response response
function lobbiesV1:listActivePublicLobbiesDeprecatedV1(request, options) end

---Deprecated: the public lobbies that can be joined.
---@param request? hathora.lobbiesV1.ListActivePublicLobbiesDeprecatedV1Request
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function lobbiesV1:listActivePublicLobbiesDeprecatedV1Async(request, options) end

---@class hathora.discoveryV1
local discoveryV1 = {}

---Deprecated: where to ping each region.
---@param request? hathora.discoveryV1.GetPingServiceEndpointsDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.PingEndpoint[] answer
---@return hathora.Response response
function discoveryV1:getPingServiceEndpointsDeprecated(request, options) end

---Deprecated: where to ping each region.
---@param request? hathora.discoveryV1.GetPingServiceEndpointsDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function discoveryV1:getPingServiceEndpointsDeprecatedAsync(request, options) end

---@class hathora.Sdk
---@field processesV2 hathora.processesV2
---@field processesV3 hathora.processesV3
---@field roomsV2 hathora.roomsV2
---@field lobbiesV3 hathora.lobbiesV3
---@field authV1 hathora.authV1
---@field logsV1 hathora.logsV1
---@field discoveryV2 hathora.discoveryV2
---@field processesV1 hathora.processesV1
---@field roomsV1 hathora.roomsV1
---@field lobbiesV2 hathora.lobbiesV2
---@field lobbiesV1 hathora.lobbiesV1
---@field discoveryV1 hathora.discoveryV1
local sdk = {}

---@class hathora
---@field _VERSION string
local hathora = {}

hathora.Hosting = {
  Cloud = "cloud",
  Metal = "metal",
  Shared = "shared",
}

hathora.LobbyVisibility = {
  Local = "local",
  Private = "private",
  Public = "public",
}

hathora.ProcessStatus = {
  Draining = "draining",
  Failed = "failed",
  Running = "running",
  Starting = "starting",
  Stopped = "stopped",
  Stopping = "stopping",
}

hathora.Region = {
  Chicago = "Chicago",
  Dallas = "Dallas",
  Dubai = "Dubai",
  Frankfurt = "Frankfurt",
  Johannesburg = "Johannesburg",
  London = "London",
  LosAngeles = "Los_Angeles",
  Mumbai = "Mumbai",
  SaoPaulo = "Sao_Paulo",
  Seattle = "Seattle",
  Singapore = "Singapore",
  Sydney = "Sydney",
  Tokyo = "Tokyo",
  WashingtonDC = "Washington_DC",
}

hathora.RoomReadyStatus = {
  Active = "active",
  Starting = "starting",
}

hathora.RoomStatus = {
  Active = "active",
  Destroyed = "destroyed",
  Scheduling = "scheduling",
  Suspended = "suspended",
}

hathora.TransportType = {
  Tcp = "tcp",
  Tls = "tls",
  Udp = "udp",
}

---@class hathora.Call
local call = {}
---Has it ended, in success or failure?
---@return boolean
function call:isDone() end
---What the plain call returns, or raises.
---@return any answer
---@return hathora.Response response
function call:result() end
---Step until it has ended, or the time is up.
---@param seconds? number
---@return boolean ended
function call:wait(seconds) end
---Cancel it; its error's `sent` says whether the server may have acted.
---@return boolean cancelled false when it had ended
function call:cancel() end

---Do what there is to do; wait up to `seconds` for something to do.
---@param seconds? number 0 if left out
function sdk:step(seconds) end
---@return integer descriptor readable when `step` has something to do
function sdk:pollfd() end
---@return "r"
function sdk:events() end
---@return number? seconds until `step` has something to do at the latest
function sdk:timeout() end
---@return integer calls that have not been answered
function sdk:inFlight() end
function sdk:close() end

---Make an sdk.
---@param options? hathora.Options
---@return hathora.Sdk
function hathora.new(options) end
---Make an sdk from HATHORA_TOKEN, HATHORA_APP_ID, HATHORA_CLOUD_ENDPOINT and HATHORA_DEBUG.
---@param options? hathora.Options
---@return hathora.Sdk
function hathora.fromEnvironment(options) end
---Wait for many calls.
---@param calls hathora.Call[]
---@return table<integer, any> answers by position
---@return table<integer, hathora.Error> errors by position
function hathora.all(calls) end
---Unix seconds of one of the API's times.
---@param text string
---@return number?
function hathora.time(text) end
---What this build can do.
---@return { libcurl: string, nonblockingDns: boolean, http2: boolean }
function hathora.info() end

return hathora
