--- The contract's types, read on first use.
-- A type is a table: `name` (of a basic type, an enum or a record), `list` or `map` when it is one
-- of these, `optional` (it may be left out), `nullable`, `members` (of an enum: a set), and of a
-- scalar its bounds: `minimum`, `maximum`, `minLength`, `maxLength`, `pattern`, and maybe `allowed`
-- (the bounds in words).
-- @module hathora.schema.types

local contract = require "hathora.contract"

local types = {
  --- The names of fields that are lists, over all records read so far: they distinguish an empty
  -- JSON array from an empty object.
  listFields = {},
}

local basic = {
  string = true, integer = true, number = true, boolean = true, ["date-time"] = true, any = true,
  bytes = true, text = true,
}

-- What each name stands for, from the files read so far.
local definitions, unread = {}, {}
for index, name in ipairs(contract.resources) do unread[index] = name end

local function define(kind, rows)
  for name, row in pairs(rows or {}) do
    definitions[name] = definitions[name] or { kind = kind, row = row }
  end
end

--- Make the types of a resource known.
-- @tparam string name of `contract.resources`
function types.read(name)
  for index, other in ipairs(unread) do
    if other == name then
      table.remove(unread, index)
      local resource = contract.resource(name)
      define("enum", resource.enums)
      define("scalar", resource.scalars)
      define("record", resource.types)
    end
  end
end

-- What a name stands for, nil for nothing; files are read until one of them says it.
local function definition(name)
  while not definitions[name] and unread[1] do types.read(unread[1]) end
  return definitions[name]
end

local function ofKind(name, kind)
  local found = not basic[name] and definition(name)
  return found and found.kind == kind and found.row or nil
end

--- Every type of one kind.
-- @tparam string kind `enum`, `scalar` or `record`
-- @treturn {string,...} names, sorted
function types.names(kind)
  while unread[1] do types.read(unread[1]) end
  local names = {}
  for name, found in pairs(definitions) do
    if found.kind == kind then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- A table whose values are worked out when they are first asked for.
local function onFirstUse(make)
  return setmetatable({}, { __index = function(known, key)
    local value = make(key)
    rawset(known, key, value)
    return value
  end })
end

--- The values of each enum as a set: `types.members.Region["Los_Angeles"]`; nil for other types.
types.members = onFirstUse(function(name)
  local values = ofKind(name, "enum")
  if not values then return nil end
  local set = {}
  for _, value in ipairs(values) do set[value] = true end
  return set
end)

--- The values of an enum, in the API's order.
function types.values(name) return ofKind(name, "enum") end

local suffixes = { { "%?$", "optional" }, { "|null$", "nullable" } }

--- Read a type.
-- @tparam string text such as `[Region]?`
-- @treturn table as above
function types.parse(text)
  local kind = {}
  for _, suffix in ipairs(suffixes) do
    local bare, count = text:gsub(suffix[1], "")
    if count > 0 then text, kind[suffix[2]] = bare, true end
  end
  local list, map = text:match "^%[(.+)%]$", text:match "^{(.+)}$"
  kind.list, kind.map = list ~= nil, map ~= nil
  kind.name = list or map or text
  if not basic[kind.name] and not definition(kind.name) then
    error("the contract has no type " .. kind.name, 0)
  end
  for key, value in pairs(ofKind(kind.name, "scalar") or {}) do
    kind[key == 1 and "name" or key] = value
  end
  kind.members = types.members[kind.name]
  return kind
end

--- A field from the contract's row for it.
-- @treturn table `name`, `type`, `optional`, `doc`, and `place` when one is given
function types.field(row, place)
  local kind = types.parse(row[2])
  return { name = row[1], type = kind, optional = kind.optional or false, doc = row[3],
    place = place }
end

-- A row that is the name of another record stands for all of its fields.
local function addFields(fields, rows)
  for _, row in ipairs(rows) do
    if type(row) == "string" then
      addFields(fields, definition(row).row)
    else
      local field = types.field(row)
      fields[#fields + 1], fields[field.name] = field, field
      if field.type.list then types.listFields[field.name] = true end
    end
  end
  return fields
end

--- The fields of each record, in the API's order and by name; nil for other types.
types.records = onFirstUse(function(name)
  local rows = ofKind(name, "record")
  return rows and addFields({}, rows)
end)

local function memberName(value)
  return (value:gsub("^%l", string.upper):gsub("_", ""))
end

--- An enum's members by name, as the official SDKs name them, and by themselves:
-- `types.enums.Region.LosAngeles`, `types.enums.Region.Los_Angeles`. Asking for another raises.
types.enums = onFirstUse(function(name)
  local set = types.members[name]
  if not set then return nil end
  local byName = {}
  for value in pairs(set) do byName[memberName(value)] = value end
  return setmetatable(byName, { __index = function(_, key)
    if set[key] then return key end
    local suggest = require "hathora.suggest"
    error(("hathora.%s has no member %s%s"):format(name, tostring(key),
      suggest.sentence(key, suggest.names(byName))), 2)
  end })
end)

return types
