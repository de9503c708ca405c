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
  local status = type(given) == "table" and given.statusCode
  if math.type(status) ~= "integer" then
    return "the client's send returned no table with a statusCode"
  end
  if status < 100 or status > 599 then
    return ("the client's send returned the statusCode %d; it must be 100 to 599"):format(status)
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

-- Why there is no answer, nil when there is one.
local function reasonOf(ok, given, why)
  if not ok then return tostring(given) end
  if given ~= nil then return wrong(given) end
  return why == nil and "the client's send returned nil without a reason" or tostring(why)
end

-- A header without a value is libcurl's own way to say that there is none.
local function linesOf(call)
  local lines = {}
  for _, line in ipairs(core.headerLines(call)) do
    if not line:find "^[^:]+:$" then lines[#lines + 1] = line end
  end
  return lines
end

--- Send a call whose time has come. `send` may yield to the user's own loop meanwhile.
function transport.send(state, call)
  local client = state.options.client
  local ok, given, why = pcall(client.send, client, { method = call.method, url = call.url,
    body = call.requestBody or "", headers = linesOf(call) })
  if state.isClosed then return end
  local reason = reasonOf(ok, given, why)
  if reason then return state.core:answer(call, nil, reason) end
  state.core:answer(call, given.statusCode, headOf(given.headers), given.body or "")
end

return transport
