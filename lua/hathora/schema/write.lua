--- From the fields of a request to its path, its query and its body; and the JSON of any value of
-- the contract. What is written has been checked.
-- @module hathora.schema.write

local core = require "hathora.core"
local json = require "hathora.json"
local types = require "hathora.schema.types"

local write = {}

local escape = core.escape

--- The path of a request, its query included.
-- @tparam table operation of `hathora.schema`
-- @tparam table request
-- @tparam table defaults what stands in for an absent field
-- @treturn string
function write.path(operation, request, defaults)
  local pieces = operation.pieces
  local path = pieces[1]
  for index = 2, #pieces, 2 do
    local name = pieces[index]
    path = path .. escape(request[name] or defaults[name]) .. pieces[index + 1]
  end
  return path .. write.query(operation, request)
end

local function textOf(value)
  -- A process may run under a locale with a decimal comma.
  if math.type(value) == "float" then return (("%.17g"):format(value):gsub(",", ".")) end
  return value
end

--- The query of a request: `?a=1&b=2`, or "". A list is its name again and again.
function write.query(operation, request)
  local query, separator = "", "?"
  for _, field in ipairs(operation.fields) do
    local value = request[field.name]
    if field.place == "query" and value ~= nil then
      for _, item in ipairs(field.type.list and value or { value }) do
        query = query .. separator .. field.name .. "=" .. escape(textOf(item))
        separator = "&"
      end
    end
  end
  return query
end

local shape

local function shapeFields(fields, value)
  local record = {}
  for _, field in ipairs(fields) do
    local given = value[field.name]
    if given ~= nil or not field.optional then
      record[field.name] = shape(given, field.type)
    end
  end
  return record
end

local function shapeList(list, kind)
  local element, shaped = { name = kind.name }, {}
  for index, item in ipairs(list) do shaped[index] = shape(item, element) end
  return json.list(shaped)
end

--- A value as `json.encode` is to be given it: each list marked as one; of a record the fields it
-- has and no others, null where one that must be there is absent.
-- @param value
-- @tparam table kind as `hathora.schema.types` reads it
function shape(value, kind)
  if value == nil then return json.null end
  if kind.list then return shapeList(value, kind) end
  local fields = not kind.map and types.records[kind.name]
  return fields and shapeFields(fields, value) or value
end
write.shape = shape

--- The body of a request.
-- @treturn ?string JSON; nil for an operation without a body
function write.body(operation, request)
  if not operation.body then return nil end
  return json.encode(shapeFields(types.records[operation.body], request))
end

return write
