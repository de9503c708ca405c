--- What a failed command's exit status is, and what its user may do next.
-- @module hathora.cli.advice

local advice = {}

local exits = {
  ApiError = 1, SDKException = 1, ProcessError = 1, RoomError = 1, RequestError = 2,
  SecurityError = 2, ConnectionError = 3, TimeoutError = 3, CancelledError = 3,
}

local byStatus = {
  [401] = function(arguments)
    if arguments.player_token then
      return "Log the player in again: `hathora login anonymous`, or `hathora login nickname NAME`."
    end
    return ("A token was sent, from %s; this server does not accept it. --token-file, --token, "
      .. "HATHORA_TOKEN and HATHORA_TOKEN_FILE name another."):format(arguments.tokenSource)
  end,
  [402] = "Stop a process first, or raise the app's maxProcesses.",
  [404] = function(arguments, problem)
    if problem.operation:find "Process" then
      return "`hathora processes list` shows what there is; --app-id or HATHORA_APP_ID names the "
        .. "application."
    end
    local isChange = arguments.room and not problem.operation:find "^get"
    return (isChange and "A room is changed by its whole id. " or "")
      .. "If it belongs to another application, name that with --app-id or HATHORA_APP_ID."
  end,
  [429] = "Send fewer requests, or try again later.",
  [503] = "Try again later.",
}

-- The module's options, as a command line has them.
local flags = {
  caFile = "--ca", serverUrl = "--hathora-cloud-endpoint (HATHORA_CLOUD_ENDPOINT)",
  appId = "--app-id", region = "--region", tailLines = "--tail-lines",
  idempotencyKey = "--idempotency-key", roomId = "--room-id", roomConfig = "--room-config",
  shortCode = "--short-code",
}

--- A message with options named as the command line names them.
function advice.inFlags(message)
  return (message:gsub("%f[%w]%a+%f[%W]", flags))
end

-- What may be there after a create that got no answer.
local mayBeThere = {
  createProcess = "A process may have been started; `hathora processes list` shows it.",
  createRoom = "A room may have been created.",
}

--- The exit status of an error.
function advice.exit(problem) return exits[problem.name] or 3 end

--- What to do next.
-- @tparam table problem an error of a call
-- @tparam table arguments the command's
-- @treturn ?string
function advice.on(problem, arguments)
  if problem.process then
    return "`hathora processes logs " .. problem.process.processId .. "` may tell more."
  end
  local lost = mayBeThere[problem.operation]
  if lost and problem.sent ~= "no" and advice.exit(problem) == 3 then
    return ("%s The same command with --idempotency-key %s returns it, if the server honours such "
      .. "keys."):format(lost, problem.idempotencyKey)
  end
  if problem.name == "ConnectionError" then
    return "Is the server running? --hathora-cloud-endpoint or HATHORA_CLOUD_ENDPOINT says where "
      .. "it is."
  end
  if problem.name == "TimeoutError" then return "A longer --timeout may help." end
  local next = byStatus[problem.statusCode]
  if type(next) == "function" then return next(arguments, problem) end
  return next
end

return advice
