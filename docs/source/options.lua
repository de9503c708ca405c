--- What each option means: `{ name, type, default or "", what it does }`. The checks are in
-- lua/hathora/options.lua; a spec holds the two together.

local callback = "fun(event: table)"

return {
  sdk = {
    { "security", "table", "", "`{ hathoraDevToken = token }`: what to prove with who asks. "
      .. "Without it no token is sent." },
    { "securitySource", "fun(): table", "", "Asked for such a table at every request; goes before "
      .. "`security`." },
    { "appId", "string", "", "The application of requests that name none." },
    { "serverUrl", "string", "`https://api.hathora.dev`", "The server: `https://...`, `http://...` "
      .. "on this machine, or `unix:/path`." },
    { "serverIndex", "integer", "1", "A server of the API's own list, in place of `serverUrl`." },
    { "urlParams", "table", "", "What stands in for the `{names}` in `serverUrl`." },
    { "allowHttp", "boolean", "false", "Let the token go in the clear to another machine." },
    { "caFile", "string", "the system's", "The authorities to check the server's certificate by, "
      .. "in PEM. It is always checked." },
    { "http2", "boolean", "false", "Speak HTTP/2 where the server does." },
    { "timeout", "number", "30", "Seconds for a call, over all its attempts; for a streamed "
      .. "answer, until it begins." },
    { "connectTimeout", "number", "the call's", "Seconds to connect in." },
    { "retry", "table|false", "see below", "How to try again, or false for never." },
    { "maxInFlight", "integer", "64", "Calls under way at once; more wait their turn." },
    { "maxResponseSize", "integer", "8 MiB", "Bytes of an answer; a larger one is an error." },
    { "stepBudget", "number", "0.0005", "Seconds of work after which a step breaks off." },
    { "poll", "fun(sdk: table)", "", "How plain calls wait: `cqueues.poll`, `coroutine.yield`." },
    { "safe", "boolean", "false", "Calls return `nil, err` in place of raising." },
    { "allowUnknown", "boolean", "false", "Send text that is no known member of an enum, such as "
      .. "a region of one's own." },
    { "log", "fun(line: string)", "", "Given a line for each request, answer and retry, without "
      .. "the token. `HATHORA_DEBUG=1` with `hathora.fromEnvironment` writes them to standard "
      .. "error." },
    { "onRequest", callback, "", "Told of each attempt: `operation`, `method`, `url`, `attempt`, "
      .. "`idempotencyKey`." },
    { "onResponse", callback, "", "Told of what came of it: `statusCode`, `response`, `error`." },
    { "onRetry", callback, "", "Told before each new attempt: `delay`, `error`." },
    { "onError", "fun(message: string)", "",
      "What an `onDone` fails with, else raised by `step`." },
    { "userAgent", "string", "", "Put behind our own in User-Agent." },
    { "client", "table", "", "Your own transport: `send(self, request)` is given `method`, `url`, "
      .. "`headers` (lines), `body`; returns `{ statusCode, headers, body }`, or nil and why." },
  },
  call = {
    { "timeout", "number", "the sdk's", "As above, for this call." },
    { "retry", "table|false", "the sdk's", "As above, for this call." },
    { "idempotencyKey", "string", "a new one", "Of a create: the server carries out one request "
      .. "for one key." },
    { "security", "table", "the sdk's", "As above, for this call." },
    { "headers", "table<string, string>", "", "More headers." },
    { "onDone", "fun(call: hathora.Call)", "", "Of a call in flight: run from `step` when it has "
      .. "ended." },
    { "onData", "fun(piece: string)", "", "Of logs: given each piece as it comes; the call then "
      .. "returns true. The `timeout` is then for the answer to begin." },
    { "idleTimeout", "number", "none", "Seconds that a stream may be silent once it has begun." },
  },
  retry = {
    { "attempts", "integer", "3", "How often to try in all." },
    { "initialDelay", "number", "0.2", "Seconds: the first delay is a random part of it." },
    { "maxDelay", "number", "5", "Seconds that no random delay goes beyond; Retry-After may." },
    { "budget", "integer", "20", "Retries that all calls of an sdk share; ten successes give one "
      .. "back." },
    { "idempotencyKeys", "boolean", "false", "The server honours idempotency keys, as "
      .. "hathora-host does: creates may be sent again." },
  },
}
