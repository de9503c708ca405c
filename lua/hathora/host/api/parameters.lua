--- The fields of an operation read from a request's path, query and body.
-- @module hathora.host.api.parameters

local json = require "hathora.json"
local members = require "hathora.host.members"
local read = require "hathora.schema.read"
local suggest = require "hathora.suggest"

local parameters = {}

local function parameter(operation, name)
  local field = name and operation.fields[name]
  return field and field.place == "query" and field or nil
end

-- Clients write a list as its name again and again, some with `[]` or `[0]` behind it.
local function join(operation, query)
  local joined = {}
  for _, name in ipairs(suggest.names(query)) do
    local field = parameter(operation, name:match "^(%a+)%[%d*%]$")
    local key = field and field.type.list and field.name or name
    joined[key] = joined[key] or {}
    table.move(query[name], 1, #query[name], #joined[key] + 1, joined[key])
  end
  return joined
end

-- A filter that is misspelt must not mean everything. What is like no known name is left alone.
local function nearest(operation, name)
  local bare = name:match "^[^%[]*"
  for _, field in ipairs(operation.fields) do
    local near = field.place == "query" and math.abs(#bare - #field.name) <= 2
      and suggest.nearest(bare, { field.name })
    if near then return near end
  end
end

local function misspelt(operation, query, problems)
  for _, name in ipairs(suggest.names(query)) do
    local near = not parameter(operation, name) and nearest(operation, name)
    if near then
      problems[#problems + 1] = { path = ("%q"):format(name),
        message = ("is no parameter here; did you mean %q?"):format(near) }
    end
  end
end

local function sentence(problems)
  local lines = {}
  for index, problem in ipairs(problems) do
    lines[index] = problem.path .. " " .. problem.message
  end
  return table.concat(lines, "; ")
end

local function isAnything(field) return field.place == "body" and field.type.name == "any" end

local function takesAnything(operation)
  for _, field in ipairs(operation.fields) do
    if isAnything(field) then return true end
  end
end

-- A body with fields that hold anything: those stay the JSON texts that they are, and are given
-- back as they came.
local function readTexts(operation, text, fields, problems)
  local names = {}
  for index, field in ipairs(operation.fields) do names[index] = field.name end
  local texts = utf8.len(text) and members(text:find "%S" and text or "{}", names)
  if not texts then
    return "the body is not a JSON object in UTF-8, such as {\"name\": \"value\"}"
  end
  local body, kept = {}, {}
  for _, field in ipairs(operation.fields) do
    local given = texts[field.name]
    if not isAnything(field) then
      body[field.name] = given and json.decode(given)
    elseif given and given ~= "null" then
      body[field.name] = given:find "^{" and {} or true
      kept[field.name] = json.text(given)
    end
  end
  read.body(operation, body, fields, problems)
  for name, value in pairs(kept) do fields[name] = value end
end

local function readBody(operation, text, fields, problems)
  if takesAnything(operation) then return readTexts(operation, text, fields, problems) end
  local body, why = read.decode(text)
  if not body then return why end
  read.body(operation, body, fields, problems)
end

--- Read what an operation takes. Query parameters that are like none it knows are left alone.
-- @tparam table operation of `hathora.schema`
-- @tparam table path texts by name
-- @tparam table query lists of texts by name
-- @tparam[opt] string text the body, JSON whatever its Content-Type says
-- @treturn[1] table the fields that are there, in their types
-- @treturn[2] nil
-- @treturn[2] table a problem: every mistake, with what would be right; of status 400 for a body
-- that is no JSON object, else 422
function parameters.read(operation, path, query, text)
  local hasQuery = next(query) ~= nil
  if hasQuery then query = join(operation, query) end
  local fields, problems = read.target(operation, path, query)
  if hasQuery then misspelt(operation, query, problems) end
  if operation.body then
    local why = readBody(operation, text, fields, problems)
    if why then return nil, { statusCode = 400, message = why } end
  end
  if problems[1] then return nil, { statusCode = 422, message = sentence(problems) } end
  return fields
end

return parameters
