--- The fields of an operation read from a request's path and query.
-- @module hathora.host.api.parameters

local schema = require "hathora.schema"
local suggest = require "hathora.suggest"

local parameters = {}

-- How a type's text is read; nil when it cannot be.
local readers = {
  string = function(text) return utf8.len(text) and text or nil end,
  integer = function(text) return text:find "^-?%d+$" and math.tointeger(tonumber(text)) or nil end,
  number = tonumber,
  boolean = function(text)
    if text == "true" then return true elseif text == "false" then return false end
  end,
}

local allowed = {
  string = "text in UTF-8", integer = "a whole number", number = "a number",
  boolean = "true or false",
}

local function read(field, text)
  local name = field.type.name
  local members = schema.members[name]
  local value
  if members then value = members[text] and text else value = readers[name](text) end
  if value ~= nil then return value end
  local right = allowed[name]
  if members then right = "one of " .. table.concat(suggest.names(members), ", ") end
  return nil, ("%s is %q; it must be %s"):format(field.name, text, right)
end

-- A list is given as its key again and again; of a single value, the last counts.
local function readQuery(field, texts)
  if not field.type.list then return read(field, texts[#texts]) end
  local values = {}
  for index, text in ipairs(texts) do
    local value, problem = read(field, text)
    if problem then return nil, problem end
    values[index] = value
  end
  return values
end

--- Read what an operation takes. Query parameters it does not know are left alone.
-- @tparam table operation a row of `schema.operations`
-- @tparam table path texts by name
-- @tparam table query lists of texts by name
-- @treturn[1] table the fields that are there, in their types
-- @treturn[2] nil
-- @treturn[2] string every mistake, with what would be right
function parameters.read(operation, path, query)
  local fields, problems = {}, {}
  local function take(field, value, problem)
    fields[field.name] = value
    problems[#problems + 1] = problem
  end
  for _, field in ipairs(operation.pathFields) do take(field, read(field, path[field.name])) end
  for _, field in ipairs(operation.queryFields) do
    local texts = query[field.name]
    if texts then take(field, readQuery(field, texts))
    elseif not field.optional then take(field, nil, field.name .. " is missing") end
  end
  if problems[1] then return nil, table.concat(problems, "; ") end
  return fields
end

return parameters
