--- The contract made ready for use: types parsed, paths taken apart, rows indexed.
-- Both sides read the API through this: the client to build and check a request, the host to
-- route and check what arrives.
-- @module hathora.schema

local contract = require "hathora.contract"

local schema = {
  --- Enum members by name, as the official SDKs name them: `schema.enums.Region.LosAngeles`.
  enums = {},
  --- The values of each enum as a set: `schema.members.Region["Los_Angeles"]`.
  members = {},
  --- Record and request fields, parsed: lists of `{ name, type, optional, doc }`.
  records = {},
  --- Every operation, ready for use, in the contract's order.
  operations = {},
}

--- Parse a type's text.
-- @tparam string text such as `[Region]?`
-- @treturn table `{ name = "Region", list = true, optional = true }`
function schema.parse(text)
  local bare, optional = text:match "^(.-)(%??)$"
  local element = bare:match "^%[(.+)%]$"
  return { name = element or bare, list = element ~= nil, optional = optional == "?" }
end

local function memberName(value)
  return (value:gsub("^%l", string.upper):gsub("_", ""))
end

for name, values in pairs(contract.enums) do
  local byName, set = {}, {}
  for _, value in ipairs(values) do
    byName[memberName(value)], set[value] = value, true
  end
  schema.enums[name], schema.members[name] = byName, set
end

-- A row that is the name of another record stands for all of its fields.
local function parseFields(rows, fields)
  fields = fields or {}
  for _, row in ipairs(rows) do
    if type(row) == "string" then
      parseFields(contract.types[row], fields)
    else
      local field = { name = row[1], type = schema.parse(row[2]), doc = row[3] }
      field.optional = field.type.optional
      fields[#fields + 1], fields[field.name] = field, field
    end
  end
  return fields
end

for _, source in ipairs { contract.types, contract.requests } do
  for name, rows in pairs(source) do schema.records[name] = parseFields(rows) end
end

--- Take a path's template apart: `/a/{b}/c` gives `{ "/a/", "{b}", "/c" }`, parameters at the
-- even places.
local function parsePath(path)
  local pieces, names, position = {}, {}, 1
  for before, name, after in path:gmatch "()%{(%w+)%}()" do
    pieces[#pieces + 1] = path:sub(position, before - 1)
    pieces[#pieces + 1] = name
    names[#names + 1], names[name] = name, true
    position = after
  end
  pieces[#pieces + 1] = path:sub(position)
  return pieces, names
end

local function prepare(row)
  local pieces, inPath = parsePath(row.path)
  local operation = {
    group = row.group, name = row.name, doc = row.doc, method = row.method, path = row.path,
    takes = row.takes, fields = schema.records[row.takes], pieces = pieces,
    pathFields = {}, queryFields = {},
    successStatus = row.gives[1], answer = row.gives[2] and schema.parse(row.gives[2]),
    raises = {}, repeatable = row.repeatable, open = row.open,
  }
  for _, field in ipairs(operation.fields) do
    local place = inPath[field.name] and operation.pathFields or operation.queryFields
    place[#place + 1] = field
  end
  for _, status in ipairs(row.raises) do operation.raises[status] = true end
  return operation
end

for index, row in ipairs(contract.operations) do schema.operations[index] = prepare(row) end

--- The statuses a process never leaves, as a set.
schema.terminal = {}
for _, status in ipairs(contract.terminal) do schema.terminal[status] = true end

--- The names of a record's fields that are lists, over all records: what an empty JSON
-- array is told from an empty object by.
schema.listFields = {}
for _, fields in pairs(schema.records) do
  for _, field in ipairs(fields) do
    if field.type.list then schema.listFields[field.name] = true end
  end
end

return schema
