--- What a route answers with: a table of `status`, `headers`, and `body` or `stream`.
-- Answers of the API have their shape from the contract.
-- @module hathora.host.http.reply

local json = require "hathora.json"
local schema = require "hathora.schema"

local answer = {}

local jsonType, textType = "application/json", "text/plain; charset=utf-8"
local bytesType = "application/octet-stream"

-- Every field of a record stands in its JSON, null where there is none.
-- @param value
-- @tparam table kind as `schema.parse` gives it
local function shape(value, kind)
  if value == nil then return json.null end
  if kind.list then
    local element, list = { name = kind.name }, {}
    for index, item in ipairs(value) do list[index] = shape(item, element) end
    return json.list(list)
  end
  local fields = schema.records[kind.name]
  if not fields then return value end
  local record = {}
  for _, field in ipairs(fields) do record[field.name] = shape(value[field.name], field.type) end
  return record
end
answer.shape = shape

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

--- An operation's documented success.
-- @tparam table operation
-- @param value as the operation gives it; of bytes, text or a source for a stream
function answer.success(operation, value)
  local status, kind = operation.successStatus, operation.answer
  if not kind then return { status = status, headers = {} } end
  if kind.name ~= "bytes" then return answer.json(status, shape(value, kind)) end
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
  local error = shape({ message = message }, { name = "ApiError" })
  return answer.body(status, jsonType, json.encode(error), headers)
end

--- What the supervisor says is wrong.
-- @tparam table problem `statusCode`, `message`, maybe `retryAfter` in seconds
function answer.refusal(problem)
  local wait = problem.retryAfter and { ["Retry-After"] = ("%d"):format(problem.retryAfter) }
  return answer.problem(problem.statusCode, problem.message, wait)
end

return answer
