--- What the client's specs share: an sdk for a scripted server, and a process as JSON.

local hathora = require "hathora"

local client = {}

client.token = "a-token-nobody-may-see"

--- A ProcessV2 as a server sends it.
client.process = [[{"appId":"app-1","processId":"p-1","deploymentId":1,"region":"Tokyo",
"status":"running","roomsAllocated":0,"roomsPerProcess":3,"exposedPort":{"transportType":"tcp",
"port":7777,"host":"127.0.0.1","name":"default"},"additionalExposedPorts":[],
"createdAt":"2024-05-10T00:03:23.123Z","startedAt":"2024-05-10T00:03:24Z","stoppingAt":null,
"terminatedAt":null,"later":{"addition":true}}]]

--- An sdk for a server; options add to or replace what is usual here.
function client.new(server, options)
  local all = { serverUrl = server.url, appId = "app-1", caFile = server.caFile,
    security = { hathoraDevToken = client.token }, retry = { initialDelay = 0.001 } }
  for name, value in pairs(options or {}) do all[name] = value end
  return hathora.new(all)
end

--- The error that a function raises.
function client.failure(perform, ...)
  local ok, problem = pcall(perform, ...)
  assert(not ok, "nothing was raised")
  return problem
end

return client
