--- What a route answers with: a table of `status`, `headers`, and `body` or `stream`.
-- Answers of the API have their shape from the contract.
-- @module hathora.host.http.reply

local json = require "hathora.json"
local kept = require "hathora.host.kept"
local pieces = require "hathora.host.http.pieces"
local write = require "hathora.schema.write"

local answer = {}

local jsonType, textType = "application/json", "text/plain; charset=utf-8"
local bytesType = "application/octet-stream"

answer.shape = write.shape

-- The headers of most answers, which stay as they are.
local jsonHeaders = { ["Content-Type"] = jsonType, ["Cache-Control"] = "no-store" }

--- A body of some type.
function answer.body(status, contentType, body, headers)
  local all = { ["Content-Type"] = contentType, ["Cache-Control"] = "no-store" }
  for name, value in pairs(headers or {}) do all[name] = value end
  return { status = status, headers = all, body = body }
end

--- JSON that is not of the contract.
function answer.json(status, value)
  return answer.body(status, jsonType, json.encode(value))
end

function answer.text(status, text)
  return answer.body(status, textType, text)
end

-- A function writes what may be long.
local function jsonOf(value, kind)
  if type(value) ~= "function" then return kept.json(value, kind) end
  return pieces.of(function(put) value(put, kind) end)
end

--- An operation's documented success.
-- @tparam table operation
-- @param value as the operation gives it; of bytes, text or a source for a stream; of JSON that may
-- be long, a function of `put` and the type that writes it: see `hathora.host.http.pieces`
function answer.success(operation, value)
  local status = operation.success.status
  if operation.answer == "none" then return { status = status, headers = {} } end
  if operation.answer == "json" then
    local body, stream = jsonOf(value, operation.success.type)
    return { status = status, headers = jsonHeaders, body = body, stream = stream }
  end
  local isText = type(value) == "string"
  local result = answer.body(status, bytesType, isText and value or nil)
  result.stream = not isText and value or nil
  return result
end

--- An error as the API words it.
-- @tparam integer status
-- @tparam string message one sentence for whoever made the request
-- @tparam[opt] table headers
function answer.problem(status, message, headers)
  local error = write.shape({ message = message }, { name = "ApiError" })
  return answer.body(status, jsonType, json.encode(error), headers)
end

--- What the supervisor says is wrong.
-- @tparam table problem `statusCode`, `message`, maybe `retryAfter` in seconds
-- @tparam[opt] table operation what was asked for: one that has no 422 has 400 instead
function answer.refusal(problem, operation)
  local wait = problem.retryAfter and { ["Retry-After"] = ("%d"):format(problem.retryAfter) }
  local status = problem.statusCode
  if status == 422 and operation and not operation.errors[422] then status = 400 end
  return answer.problem(status, problem.message, wait)
end

return answer
