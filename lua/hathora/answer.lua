--- From what came back to a payload, or an error.
-- @module hathora.answer

local errors = require "hathora.errors"
local json = require "hathora.json"
local response = require "hathora.response"

local answer = {}

local failures = {
  failed = "ConnectionError", timeout = "TimeoutError", cancelled = "CancelledError",
}

--- The error of a transfer without a usable answer, from its outcome.
function answer.failure(kind, message, sent)
  if kind == "tooLarge" then
    return errors.new("SDKException", { sent = "yes",
      message = "the answer is larger than maxResponseSize allows" })
  end
  if kind == "timeout" and message == "" then message = "no answer in time" end
  return errors.new(failures[kind], { message = message, sent = sent })
end

local function isJson(contentType)
  if not contentType then return false end
  return (contentType:find("json", 1, true) or contentType:lower():find("json", 1, true)) ~= nil
end

local function unexpected(view, message)
  return errors.new("SDKException", { statusCode = view.statusCode, message = message,
    body = view.rawResponse, headers = view.headers, sent = "yes" })
end

local function describe(view)
  if view.statusCode >= 300 and view.statusCode < 400 then
    return ("the server redirects to %s, and redirects are not followed"):format(
      view.headers.location or "nowhere")
  end
  local body = view.rawResponse
  return ("unexpected answer of type %s: %s"):format(view.contentType or "none",
    body == "" and "(empty)" or body:sub(1, 200))
end

--- The error of an answer that is not the documented success.
local function problem(operation, view)
  if operation.errors[view.statusCode] and isJson(view.contentType) then
    local body = json.decode(view.rawResponse)
    if type(body) == "table" and type(body.message) == "string" then
      return errors.new("ApiError", { statusCode = view.statusCode, message = body.message,
        body = body, headers = view.headers, sent = "yes" })
    end
  end
  return unexpected(view, describe(view))
end

-- What a payload is in Lua that is neither an object nor a list.
local luaTypes = { string = "string", integer = "number", number = "number", boolean = "boolean" }

--- Read an answer.
-- @tparam table operation of `hathora.schema`
-- @tparam table view the response
-- @return[1] the payload, true when the operation has none
-- @treturn[2] nil
-- @treturn[2] table an ApiError or SDKException
function answer.read(operation, view)
  if view.statusCode ~= operation.success.status then return nil, problem(operation, view) end
  if operation.answer == "none" then return true end
  if operation.answer ~= "json" then return view.rawResponse end
  if not isJson(view.contentType) then return nil, unexpected(view, describe(view)) end
  local payload, why = response.decode(view)
  local wanted = luaTypes[operation.success.type.name] or "table"
  if type(payload) ~= wanted then
    return nil, unexpected(view, "the answer cannot be read: "
      .. (why or "it is no " .. (wanted == "table" and "object or list" or wanted)))
  end
  return payload
end

--- The response a user's own transport gave.
function answer.ofTable(given, attempts)
  if type(given) ~= "table" or math.type(given.statusCode) ~= "integer" then
    return nil, errors.new("ConnectionError", { sent = "maybe",
      message = "the client's send returned no table with a statusCode" })
  end
  return response.ofTable(given, attempts)
end

return answer
