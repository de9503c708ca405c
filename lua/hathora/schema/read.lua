--- A request that has arrived, read back into its fields.
-- @module hathora.schema.read

local check = require "hathora.schema.check"
local json = require "hathora.json"

local read = {}

-- How a basic type is read from the text of a path or a query; nil when it cannot be.
local readers = {
  integer = function(text) return text:find "^-?%d+$" and math.tointeger(tonumber(text)) or nil end,
  number = function(text) return text:find "^[-%d.eE+]+$" and tonumber(text) or nil end,
  boolean = function(text)
    if text == "true" then return true elseif text == "false" then return false end
  end,
}

-- Text that cannot be read stays text, and is found wrong when it is checked.
local function valueOf(kind, text)
  local reader = readers[kind.name]
  local value
  if reader then value = reader(text) end
  if value == nil then return text end
  return value
end

-- A list is given as its name again and again; of a single value, the last counts.
local function valueOfTexts(kind, texts)
  if not kind.list then return valueOf(kind, texts[#texts]) end
  local values = {}
  for index, text in ipairs(texts) do values[index] = valueOf(kind, text) end
  return values
end

-- A field of the path or the query: its value, if it is there and right.
local function take(problems, field, value)
  if value == nil then
    if field.optional then return nil end
    problems[#problems + 1] = { path = field.name, message = "is missing" }
    return nil
  end
  local wrong = check.value(field.type, value, field.name)
  if not wrong then return value end
  table.move(wrong, 1, #wrong, #problems + 1, problems)
end

--- The fields of a path and a query. Query parameters the operation does not know are left alone.
-- @tparam table operation of `hathora.schema`
-- @tparam table path texts by name; it becomes what is returned
-- @tparam table query lists of texts by name
-- @treturn table the fields that are there and right, in their types
-- @treturn table what is wrong: a list of `{ path, message }`
function read.target(operation, path, query)
  local problems, fields = {}, operation.fields
  for index = 1, #fields do
    local field = fields[index]
    local name, place = field.name, field.place
    if place == "path" then
      path[name] = take(problems, field, valueOf(field.type, path[name]))
    elseif place == "query" then
      local texts = query[name]
      path[name] = take(problems, field, texts and valueOfTexts(field.type, texts))
    end
  end
  return path, problems
end

--- The JSON object in a body. No body at all is an empty object.
-- @tparam ?string text
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] string why
function read.decode(text)
  if not text or not text:find "%S" then return {} end
  local body, why = json.decode(text)
  if body == nil then return nil, "the body is not JSON: " .. (why or "it is null") end
  -- An empty list and an empty object are the same table.
  if not text:find "^%s*{" then
    return nil, "the body is not a JSON object, such as {\"name\": \"value\"}"
  end
  return body
end

local passed = { ignoreUnknown = true }

--- The fields of a decoded body, added to those read already. Fields the operation does not know
-- are left alone.
-- @tparam table operation
-- @tparam table body
-- @tparam table fields from `read.target`
-- @tparam table problems from `read.target`
function read.body(operation, body, fields, problems)
  local wrong = check.body(operation, body, passed)
  if wrong then table.move(wrong, 1, #wrong, #problems + 1, problems) end
  for _, field in ipairs(operation.fields) do
    if field.place == "body" then fields[field.name] = body[field.name] end
  end
end

return read
