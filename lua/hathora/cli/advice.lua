--- What a failed command's exit status is, and what its user may do next.
-- @module hathora.cli.advice

local advice = {}

local exits = {
  ApiError = 1, SDKException = 1, ProcessError = 1, RequestError = 2, SecurityError = 2,
  ConnectionError = 3, TimeoutError = 3, CancelledError = 3,
}

local byStatus = {
  [401] = "Give a token that this server knows: --token, or HATHORA_TOKEN.",
  [402] = "Stop a process first, or have the limit raised.",
  [404] = "See what there is with `hathora processes list`; the app is --app-id, or "
    .. "HATHORA_APP_ID.",
  [429] = "Ask less often, or again later.",
  [503] = "Try again in a while.",
}

--- The exit status of an error.
function advice.exit(problem) return exits[problem.name] or 3 end

--- What to do next.
-- @tparam table problem an error of a call
-- @treturn ?string
function advice.on(problem)
  if problem.process then
    return "`hathora processes logs " .. problem.process.processId .. "` may tell more."
  end
  if problem.idempotencyKey and problem.sent ~= "no" and advice.exit(problem) == 3 then
    return ("A process may have been started. The same command with --idempotency-key %s gives it, "
      .. "if the server honours such keys; `hathora processes list` shows it."):format(
      problem.idempotencyKey)
  end
  if problem.name == "ConnectionError" then
    return "Is the server there? It is named by --hathora-cloud-endpoint, or "
      .. "HATHORA_CLOUD_ENDPOINT."
  end
  if problem.name == "TimeoutError" then return "A longer --timeout may help." end
  if problem.name == "RequestError" then return "See `hathora processes --help`." end
  return byStatus[problem.statusCode]
end

return advice
