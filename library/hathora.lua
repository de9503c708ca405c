---@meta hathora
-- Made from lua/hathora/contract.lua by `make reference`; do not edit.

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

---@class hathora.ExposedPort
---@field transportType hathora.TransportType How to speak to the port.
---@field port integer The port a player connects to.
---@field host string The host name or address a player connects to.
---@field name string The port's name; the primary one is `default`.

---@class hathora.PingEndpoint
---@field region hathora.Region The region.
---@field host string The host to ping, over a web socket at `/ws`.
---@field port number Its port.

---@class hathora.Process
---@field appId string The application the process belongs to.
---@field processId string The process, for ever.
---@field deploymentId integer The deployment it was started from.
---@field region hathora.Region Where it runs.
---@field host string Deprecated: the host of `exposedPort`.
---@field port number Deprecated: the port of `exposedPort`.
---@field exposedPort? hathora.ExposedPort Its primary public endpoint, once it can be reached.
---@field additionalExposedPorts hathora.ExposedPort[] Its further endpoints.
---@field roomsPerProcess integer Rooms it has place for.
---@field startingAt string When it began to be made ready.
---@field startedAt? string When the process had bound its port.
---@field stoppingAt? string When its stop was asked for.
---@field terminatedAt? string When it was gone.
---@field draining boolean Whether it takes no new rooms.
---@field roomSlotsAvailable number Deprecated: rooms it has place for still.
---@field roomSlotsAvailableUpdatedAt string Deprecated.
---@field roomsAllocated integer Rooms now placed on it.
---@field roomsAllocatedUpdatedAt string When `roomsAllocated` was taken.
---@field activeConnections integer Deprecated: connections to it.
---@field activeConnectionsUpdatedAt string Deprecated.
---@field idleSince? string Deprecated.
---@field egressedBytes integer Bytes it has sent.

---@class hathora.ProcessCount
---@field count integer How many processes match.

---@class hathora.ProcessV2
---@field appId string The application the process belongs to.
---@field processId string The process, for ever.
---@field deploymentId integer The deployment it was started from.
---@field region hathora.Region Where it runs.
---@field status hathora.ProcessStatus What it is doing. A draining process takes no new rooms.
---@field roomsAllocated integer Rooms now placed on it.
---@field roomsPerProcess integer Rooms it has place for.
---@field exposedPort? hathora.ExposedPort Its primary public endpoint, once it can be reached.
---@field additionalExposedPorts hathora.ExposedPort[] Its further endpoints.
---@field createdAt string When the create was accepted.
---@field startedAt? string When the process had bound its port.
---@field stoppingAt? string When its stop was asked for.
---@field terminatedAt? string When it was gone.

---@class hathora.ProcessWithRooms
---@field appId string The application the process belongs to.
---@field processId string The process, for ever.
---@field deploymentId integer The deployment it was started from.
---@field region hathora.Region Where it runs.
---@field host string Deprecated: the host of `exposedPort`.
---@field port number Deprecated: the port of `exposedPort`.
---@field exposedPort? hathora.ExposedPort Its primary public endpoint, once it can be reached.
---@field additionalExposedPorts hathora.ExposedPort[] Its further endpoints.
---@field roomsPerProcess integer Rooms it has place for.
---@field startingAt string When it began to be made ready.
---@field startedAt? string When the process had bound its port.
---@field stoppingAt? string When its stop was asked for.
---@field terminatedAt? string When it was gone.
---@field draining boolean Whether it takes no new rooms.
---@field roomSlotsAvailable number Deprecated: rooms it has place for still.
---@field roomSlotsAvailableUpdatedAt string Deprecated.
---@field roomsAllocated integer Rooms now placed on it.
---@field roomsAllocatedUpdatedAt string When `roomsAllocated` was taken.
---@field activeConnections integer Deprecated: connections to it.
---@field activeConnectionsUpdatedAt string Deprecated.
---@field idleSince? string Deprecated.
---@field egressedBytes integer Bytes it has sent.
---@field rooms hathora.RoomWithoutAllocations[] The rooms placed on it.
---@field totalRooms integer How many rooms it has had.

---@class hathora.RoomAllocation
---@field roomAllocationId string The placing.
---@field processId string The process it is on.
---@field scheduledAt string Since when.
---@field unscheduledAt? string Until when.

---@class hathora.RoomWithoutAllocations
---@field appId string The application the room belongs to.
---@field roomId string The room.
---@field roomConfig? string What the room was created with.
---@field status hathora.RoomStatus Whether it is placed on a process.
---@field currentAllocation? hathora.RoomAllocation Its place, when it has one.

---@class hathora.CreateProcessRequest
---@field appId? string The application to start a process of.
---@field region hathora.Region Where to start it.

---@class hathora.DownloadLogForProcessRequest
---@field appId? string The application the process belongs to.
---@field processId string The stopped process whose log to fetch.

---@class hathora.GetLatestProcessesRequest
---@field appId? string The application whose processes to list.
---@field region? hathora.Region[] Only processes in one of these regions.
---@field status? hathora.ProcessStatus[] Only processes in one of these statuses.

---@class hathora.GetLogsForProcessRequest
---@field appId? string The application the process belongs to.
---@field processId string The process whose log to read.
---@field follow? boolean Whether to stay and send what is logged from now on.
---@field tailLines? integer How many lines back to begin, 1 to 5000; 100 if left out.

---@class hathora.GetPingServiceEndpointsRequest

---@class hathora.GetProcessInfoDeprecatedRequest
---@field appId? string The application the process belongs to.
---@field processId string The process to look up.

---@class hathora.GetProcessInfoRequest
---@field appId? string The application the process belongs to.
---@field processId string The process to look up.

---@class hathora.GetProcessesCountExperimentalRequest
---@field appId? string The application whose processes to count.
---@field region? hathora.Region[] Only processes in one of these regions.
---@field status? hathora.ProcessStatus[] Only processes in one of these statuses.

---@class hathora.GetRunningProcessesRequest
---@field appId? string The application whose processes to list.
---@field region? hathora.Region Only processes in this region.

---@class hathora.GetStoppedProcessesRequest
---@field appId? string The application whose processes to list.
---@field region? hathora.Region Only processes in this region.

---@class hathora.StopProcessRequest
---@field appId? string The application the process belongs to.
---@field processId string The process to stop.

---@class hathora.Options
---@field security? table `{ hathoraDevToken = token }`: what to prove with who asks. Without it no token is sent.
---@field securitySource? fun(): table Asked for such a table at every request; goes before `security`.
---@field appId? string The application of requests that name none.
---@field serverUrl? string The server: `https://...`, `http://...` on this machine, or `unix:/path`.
---@field serverIndex? integer A server of the API's own list, in place of `serverUrl`.
---@field urlParams? table What stands in for the `{names}` in `serverUrl`.
---@field allowHttp? boolean Let the token go in the clear to another machine.
---@field caFile? string The authorities to check the server's certificate by, in PEM. It is always checked.
---@field http2? boolean Speak HTTP/2 where the server does.
---@field timeout? number Seconds for a call, over all its attempts; for a streamed answer, until it begins.
---@field connectTimeout? number Seconds to connect in.
---@field retry? hathora.RetryOptions|false How to try again, or false for never.
---@field maxInFlight? integer Calls under way at once; more wait their turn.
---@field maxResponseSize? integer Bytes of an answer; a larger one is an error.
---@field stepBudget? number Seconds of work after which a step breaks off.
---@field poll? fun(sdk: table) How plain calls wait: `cqueues.poll`, `coroutine.yield`.
---@field safe? boolean Calls return `nil, err` in place of raising.
---@field log? fun(line: string) Given a line for each request, answer and retry, without the token. `HATHORA_DEBUG=1` with `hathora.fromEnvironment` writes them to standard error.
---@field onRequest? fun(event: table) Told of each attempt: `operation`, `method`, `url`, `attempt`, `idempotencyKey`.
---@field onResponse? fun(event: table) Told of what came of it: `statusCode`, `response`, `error`.
---@field onRetry? fun(event: table) Told before each new attempt: `delay`, `error`.
---@field onError? fun(message: string) What an `onDone` fails with, else raised by `step`.
---@field userAgent? string Put behind our own in User-Agent.
---@field client? table Your own transport: `send(self, request)` is given `method`, `url`, `headers` (lines), `body`; returns `{ statusCode, headers, body }`, or nil and why.

---@class hathora.CallOptions
---@field timeout? number As above, for this call.
---@field retry? hathora.RetryOptions|false As above, for this call.
---@field idempotencyKey? string Of a create: the server carries out one request for one key.
---@field headers? table<string, string> More headers.
---@field onDone? fun(call: hathora.Call) Of a call in flight: run from `step` when it has ended.
---@field onData? fun(piece: string) Of logs: given each piece as it comes; the call then returns true. The `timeout` is then for the answer to begin.
---@field idleTimeout? number Seconds that a stream may be silent once it has begun.

---@class hathora.RetryOptions
---@field attempts? integer How often to try in all.
---@field initialDelay? number Seconds: the first delay is a random part of it.
---@field maxDelay? number Seconds that no random delay goes beyond; Retry-After may.
---@field budget? integer Retries that all calls of an sdk share; ten successes give one back.
---@field idempotencyKeys? boolean The server honours idempotency keys, as hathora-host does: creates may be sent again.

---@class hathora.Response
---@field statusCode integer
---@field contentType string?
---@field headers table<string, string> Names in lower case.
---@field rawResponse string The body.
---@field attempts integer
---@field timings table<string, number> Seconds: nameLookup, connect, tls, firstByte, total.
---@field reused boolean Was the connection kept from an earlier call?

---@class hathora.Error
---@field name "ApiError"|"SDKException"|"ConnectionError"|"TimeoutError"|"CancelledError"|"RequestError"|"SecurityError"|"ProcessError"
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
---@field process hathora.ProcessV2? Of a wait: as last seen.

---@class hathora.processesV2
local processesV2 = {}

---Start a process of an application in a region.
---@param request hathora.CreateProcessRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessV2 answer
---@return hathora.Response response
function processesV2:createProcess(request, options) end

---Start a process of an application in a region.
---@param request hathora.CreateProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:createProcessAsync(request, options) end

---The ten processes of an application created last, the newest first.
---@param request? hathora.GetLatestProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessV2[] answer
---@return hathora.Response response
function processesV2:getLatestProcesses(request, options) end

---The ten processes of an application created last, the newest first.
---@param request? hathora.GetLatestProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:getLatestProcessesAsync(request, options) end

---One process, as it is now.
---@param request hathora.GetProcessInfoRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessV2 answer
---@return hathora.Response response
function processesV2:getProcessInfo(request, options) end

---One process, as it is now.
---@param request hathora.GetProcessInfoRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:getProcessInfoAsync(request, options) end

---Stop a process. Returns once the stop is under way.
---@param request hathora.StopProcessRequest
---@param options? hathora.CallOptions
---@return true answer
---@return hathora.Response response
function processesV2:stopProcess(request, options) end

---Stop a process. Returns once the stop is under way.
---@param request hathora.StopProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:stopProcessAsync(request, options) end

---How many processes of an application there are.
---@param request? hathora.GetProcessesCountExperimentalRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessCount answer
---@return hathora.Response response
function processesV2:getProcessesCountExperimental(request, options) end

---How many processes of an application there are.
---@param request? hathora.GetProcessesCountExperimentalRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:getProcessesCountExperimentalAsync(request, options) end

---Wait until a process can be played on.
---@param request hathora.GetProcessInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.ProcessV2 answer
---@return hathora.Response response
function processesV2:waitUntilRunning(request, options) end

---Wait until a process can be played on.
---@param request hathora.GetProcessInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:waitUntilRunningAsync(request, options) end

---Wait until a process is gone.
---@param request hathora.GetProcessInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.ProcessV2 answer
---@return hathora.Response response
function processesV2:waitUntilStopped(request, options) end

---Wait until a process is gone.
---@param request hathora.GetProcessInfoRequest|{ timeout: number }
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV2:waitUntilStoppedAsync(request, options) end

---@class hathora.logsV1
local logsV1 = {}

---The end of a process's log, and on request what follows.
---@param request hathora.GetLogsForProcessRequest
---@param options? hathora.CallOptions
---@return string answer
---@return hathora.Response response
function logsV1:getLogsForProcess(request, options) end

---The end of a process's log, and on request what follows.
---@param request hathora.GetLogsForProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function logsV1:getLogsForProcessAsync(request, options) end

---The whole log of a process that has stopped.
---@param request hathora.DownloadLogForProcessRequest
---@param options? hathora.CallOptions
---@return string answer
---@return hathora.Response response
function logsV1:downloadLogForProcess(request, options) end

---The whole log of a process that has stopped.
---@param request hathora.DownloadLogForProcessRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function logsV1:downloadLogForProcessAsync(request, options) end

---@class hathora.processesV1
local processesV1 = {}

---Deprecated: the ten processes started last, with their rooms.
---@param request? hathora.GetRunningProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.ProcessWithRooms[] answer
---@return hathora.Response response
function processesV1:getRunningProcesses(request, options) end

---Deprecated: the ten processes started last, with their rooms.
---@param request? hathora.GetRunningProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV1:getRunningProcessesAsync(request, options) end

---Deprecated: the ten processes stopped last.
---@param request? hathora.GetStoppedProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.Process[] answer
---@return hathora.Response response
function processesV1:getStoppedProcesses(request, options) end

---Deprecated: the ten processes stopped last.
---@param request? hathora.GetStoppedProcessesRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV1:getStoppedProcessesAsync(request, options) end

---Deprecated: one process, as it is now.
---@param request hathora.GetProcessInfoDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Process answer
---@return hathora.Response response
function processesV1:getProcessInfoDeprecated(request, options) end

---Deprecated: one process, as it is now.
---@param request hathora.GetProcessInfoDeprecatedRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function processesV1:getProcessInfoDeprecatedAsync(request, options) end

---@class hathora.discoveryV2
local discoveryV2 = {}

---Where to ping each region.
---@param request? hathora.GetPingServiceEndpointsRequest
---@param options? hathora.CallOptions
---@return hathora.PingEndpoint[] answer
---@return hathora.Response response
function discoveryV2:getPingServiceEndpoints(request, options) end

---Where to ping each region.
---@param request? hathora.GetPingServiceEndpointsRequest
---@param options? hathora.CallOptions
---@return hathora.Call call in flight
function discoveryV2:getPingServiceEndpointsAsync(request, options) end

---@class hathora.Sdk
---@field processesV2 hathora.processesV2
---@field logsV1 hathora.logsV1
---@field processesV1 hathora.processesV1
---@field discoveryV2 hathora.discoveryV2
local sdk = {}

---@class hathora
---@field _VERSION string
local hathora = {}

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
---Has it ended, well or not?
---@return boolean
function call:isDone() end
---What the plain call returns, or raises.
---@return any answer
---@return hathora.Response response
function call:result() end
---Move everything on until it has ended, or the time is up.
---@param seconds? number
---@return boolean ended
function call:wait(seconds) end
---Give it up; its error's `sent` says whether the server may have acted.
---@return boolean cancelled false when it had ended
function call:cancel() end

---Do what there is to do, waiting at most so long for it.
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
---@return table<integer, any> answers by place
---@return table<integer, hathora.Error> errors by place
function hathora.all(calls) end
---Unix seconds of one of the API's times.
---@param text string
---@return number?
function hathora.time(text) end
---What this build can do.
---@return { libcurl: string, nonblockingDns: boolean, http2: boolean }
function hathora.info() end

return hathora
