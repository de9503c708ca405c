--- The contract made ready for use, each operation on first use.
-- Both sides read the API through this: the client to make and check a request, the host to
-- route and check what arrives.
--
-- An operation has `group`, `name`, `doc`, `method`, `path`, `deprecated`, `idempotent`, `security`
-- (`developer`, `player` or `none`); `pieces`, the path taken apart: `{ "/a/", "appId", "/b" }`,
-- parameters at the even places; `fields`, all that a request may hold, in the order path, query,
-- body, and by name, each with its `place`; `body`, the name of the record that goes into the body,
-- or nil; `success`, its `status` and the `type` of what comes with it, or nil; `errors`, a set of
-- statuses; `answer`, what its success carries: `json`, `bytes`, `text` or `none`.
-- @module hathora.schema

local contract = require "hathora.contract"
local types = require "hathora.schema.types"

local schema = {
  enums = types.enums, members = types.members, records = types.records, parse = types.parse,
  values = types.values,  listFields = types.listFields,
}

--- The statuses a process never leaves, as a set.
schema.terminal = {}
for _, status in ipairs(contract.resource "common".terminal) do schema.terminal[status] = true end

-- Take a path apart: `/a/{b}/c` gives `{ "/a/", "b", "/c" }`.
local function parsePath(path)
  local pieces, position = {}, 1
  for before, name, after in path:gmatch "()%{(%w+)%}()" do
    pieces[#pieces + 1] = path:sub(position, before - 1)
    pieces[#pieces + 1] = name
    position = after
  end
  pieces[#pieces + 1] = path:sub(position)
  return pieces
end

local function add(fields, field)
  fields[#fields + 1], fields[field.name] = field, field
end

local function fieldsOf(row, pieces)
  local fields, parameters = {}, contract.resource "common".parameters
  for index = 2, #pieces, 2 do
    local name = pieces[index]
    add(fields, types.field({ name, table.unpack(parameters[name]) }, "path"))
  end
  for _, field in ipairs(row.query or {}) do add(fields, types.field(field, "query")) end
  for _, field in ipairs(row.body and types.records[row.body] or {}) do
    add(fields, { name = field.name, type = field.type, optional = field.optional,
      doc = field.doc, place = "body" })
  end
  return fields
end

-- Read every record that an answer can hold, so that its lists are known to be lists.
local function readRecords(kind, seen)
  local fields = not seen[kind.name] and types.records[kind.name]
  if not fields then return end
  seen[kind.name] = true
  for _, field in ipairs(fields) do readRecords(field.type, seen) end
end

local idempotentMethods = {
  GET = true, HEAD = true, OPTIONS = true, TRACE = true, PUT = true, DELETE = true,
}

local function isIdempotent(row, method)
  if row.idempotent ~= nil then return row.idempotent end
  return idempotentMethods[method] or false
end

local plain = { bytes = "bytes", text = "text" }

local function answerOf(kind)
  if not kind then return "none" end
  readRecords(kind, {})
  return plain[kind.name] or "json"
end

local function statusSet(text)
  local set = {}
  for status in text:gmatch "%d+" do set[math.tointeger(tonumber(status))] = true end
  return set
end

local function make(group, row)
  local method, path = row[2]:match "^(%u+) (.+)$"
  local pieces = parsePath(path)
  local kind = row.success[2] and types.parse(row.success[2])
  return {
    group = group, name = row[1], doc = row[3], method = method, path = path, pieces = pieces,
    fields = fieldsOf(row, pieces), body = row.body,
    success = { status = row.success[1], type = kind }, errors = statusSet(row.errors),
    answer = answerOf(kind), idempotent = isIdempotent(row, method),
    security = row.security or "developer", deprecated = row.deprecated or false,
  }
end

local groups = {}
for _, name in ipairs(contract.groups) do groups[name] = false end

--- A group: its operations' names in the contract's order, and by name each operation's row.
local function group(name)
  local known = groups[name]
  if known == false then
    known = { names = {}, rows = {}, made = {} }
    groups[name] = known
    types.read((name:gsub("V%d+$", "")))
    for index, row in ipairs(contract.resourceOf(name).groups[name]) do
      known.names[index], known.rows[row[1]] = row[1], row
    end
  end
  return known
end

--- The names of all groups, in the order they are shown.
-- @treturn {string,...}
function schema.groups() return contract.groups end

--- Is this the name of a group?
function schema.isGroup(name) return groups[name] ~= nil end

--- The names of a group's operations, in the contract's order.
-- @tparam string name of a group
-- @treturn {string,...}
function schema.names(name) return group(name).names end

--- An operation.
-- @tparam string groupName
-- @tparam string name
-- @treturn ?table nil when there is none of this name
function schema.operation(groupName, name)
  local known = group(groupName)
  local operation = known and known.made[name]
  if not operation and known and known.rows[name] then
    operation = make(groupName, known.rows[name])
    known.made[name] = operation
  end
  return operation
end

--- Is an operation deprecated? Told without making it.
function schema.isDeprecated(groupName, name)
  return group(groupName).rows[name].deprecated or false
end

--- Every operation, in the contract's order: `for operation in schema.each() do`.
-- @treturn function an iterator
function schema.each()
  return coroutine.wrap(function()
    for _, groupName in ipairs(contract.groups) do
      for _, name in ipairs(schema.names(groupName)) do
        coroutine.yield(schema.operation(groupName, name))
      end
    end
  end)
end

return schema
