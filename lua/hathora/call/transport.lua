--- Sending through a user's own transport, the option `client`.
-- @module hathora.call.transport

local core = require "hathora.core"

local transport = {}

local function headOf(headers)
  local lines = {}
  for name, value in pairs(headers or {}) do
    lines[#lines + 1] = ("%s: %s\n"):format(name, (tostring(value):gsub("[\r\n]+", " ")))
  end
  return table.concat(lines)
end

-- What is wrong with what `send` returned, nil when nothing is.
local function wrong(given)
  if type(given) ~= "table" or math.type(given.statusCode) ~= "integer" then
    return "the client's send returned no table with a statusCode"
  end
  if given.body ~= nil and type(given.body) ~= "string" then
    return ("the client's send returned a body that is a %s; it must be text"):format(
      type(given.body))
  end
  if given.headers ~= nil and type(given.headers) ~= "table" then
    return ("the client's send returned headers that are a %s; they must be a table"):format(
      type(given.headers))
  end
end

--- Send a call whose time has come. `send` may yield to the user's own loop meanwhile.
function transport.send(state, call)
  local client = state.options.client
  local ok, given, why = pcall(client.send, client, { method = call.method, url = call.url,
    body = call.requestBody or "", headers = core.headerLines(call) })
  local failure = not ok and given or given == nil and why or ok and given ~= nil and wrong(given)
  if not ok or given == nil or failure then
    return state.core:answer(call, nil, tostring(failure))
  end
  state.core:answer(call, given.statusCode, headOf(given.headers), given.body or "")
end

return transport
