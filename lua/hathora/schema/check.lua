--- What is wrong with a value: every mistake at once, each with its path, what was given and what
-- would be right.
--
-- `rules` say what is passed over: `allowUnknown`, text that is no member of an enum (the API may
-- have added one); `ignoreUnknown`, fields that a record does not have.
-- @module hathora.schema.check

local suggest = require "hathora.suggest"
local types = require "hathora.schema.types"

local check = {}

local maxShown = 60

local function show(value)
  if type(value) == "table" then return "a table" end
  if type(value) ~= "string" then return tostring(value) end
  if #value > maxShown then return ("text of %d bytes"):format(#value) end
  return (("%q"):format(value):gsub("\\\n", "\\n"))
end

local function add(problems, path, message)
  problems = problems or {}
  problems[#problems + 1] = { path = path, message = message }
  return problems
end

-- It goes on for so many mistakes only: what is wrong ten thousand times is corrected no faster
-- than it is read.
local maxProblems = 20

local function isEnough(problems) return problems and #problems >= maxProblems end

local function addWrong(problems, path, value, allowed)
  return add(problems, path, ("is %s; it must be %s"):format(show(value), allowed))
end

local function isWithin(value, least, most)
  return (not least or value >= least) and (not most or value <= most)
end

-- Words for a number or a length within bounds.
local function range(least, most, format)
  if least and most then return ("from " .. format .. " to " .. format):format(least, most) end
  if least then return ("of at least " .. format):format(least) end
  return ("of at most " .. format):format(most)
end

-- What would be right, when a number of some sort is not within its bounds.
local function boundsOfNumber(value, kind, sort)
  if isWithin(value, kind.minimum, kind.maximum) then return nil end
  return ("%s %s"):format(sort, range(kind.minimum, kind.maximum, "%g"))
end

local function boundsOfText(value, length, kind)
  local least, most = kind.minLength, kind.maxLength
  if least and length < least or most and length > most then
    return kind.allowed or ("text %s characters"):format(range(least, most, "%d"))
  end
  if kind.pattern and not value:find(kind.pattern) then
    return kind.allowed or "text that matches " .. kind.pattern
  end
end

local function isText(value, kind)
  if type(value) ~= "string" then return "text" end
  local length = utf8.len(value)
  if not length then return "text in UTF-8" end
  return boundsOfText(value, length, kind)
end

local function canBeWritten(value)
  local ok, why = pcall(require "hathora.json".encode, value)
  if not ok then return "what JSON can say (" .. tostring(why) .. ")" end
end

-- What each type takes; a test returns what would have been right, or nothing.
local tests = {
  string = isText,
  ["date-time"] = function(value)
    if type(value) ~= "string" or not require "hathora.time"(value) then
      return "a time such as 2026-01-31T12:00:00.000Z"
    end
  end,
  integer = function(value, kind)
    if math.type(value) ~= "integer" then return "a whole number" end
    return boundsOfNumber(value, kind, "a whole number")
  end,
  number = function(value, kind)
    if type(value) ~= "number" or value ~= value or math.abs(value) == math.huge then
      return "a number"
    end
    return boundsOfNumber(value, kind, "a number")
  end,
  boolean = function(value)
    if type(value) ~= "boolean" then return "true or false" end
  end,
  any = canBeWritten,
}

local function memberList(members)
  return "one of " .. table.concat(suggest.names(members), ", ")
end

local function checkMember(problems, path, kind, value, rules)
  if kind.members[value] or rules.allowUnknown and not isText(value, kind) and value ~= "" then
    return problems
  end
  local nearest = type(value) == "string" and suggest.nearest(value, suggest.names(kind.members))
  if not nearest then return addWrong(problems, path, value, memberList(kind.members)) end
  return add(problems, path, ("is %s; did you mean %q? It must be %s"):format(show(value), nearest,
    memberList(kind.members)))
end

local checkFields

-- A value that is no list and no map; or the one element of such.
local function checkOne(problems, path, kind, value, rules)
  if kind.members then return checkMember(problems, path, kind, value, rules) end
  local test = tests[kind.name]
  if test then
    local allowed = test(value, kind)
    return allowed and addWrong(problems, path, value, allowed) or problems
  end
  if type(value) ~= "table" then
    return addWrong(problems, path, value, "a table of named fields")
  end
  return checkFields(problems, path, types.records[kind.name], value, rules)
end

-- How long a list would be if it had no gaps and no other keys.
local function lengthOf(list)
  local length = 0
  for key in pairs(list) do
    if math.type(key) == "integer" and key > length then length = key end
  end
  return length
end

local maxListLength = 100000

local function checkList(problems, path, kind, list, rules)
  if type(list) ~= "table" then return addWrong(problems, path, list, "a list") end
  for key in pairs(list) do
    if isEnough(problems) then return problems end
    if math.type(key) ~= "integer" or key < 1 or key > maxListLength then
      problems = add(problems, ("%s[%s]"):format(path, tostring(key)),
        "has no place in a list: its keys are 1, 2, 3 and so on")
    end
  end
  for index = 1, math.min(lengthOf(list), maxListLength) do
    if isEnough(problems) then return problems end
    local place = ("%s[%d]"):format(path, index)
    if list[index] == nil then
      problems = add(problems, place, "is missing: a list has no gaps")
    else
      problems = checkOne(problems, place, kind, list[index], rules)
    end
  end
  return problems
end

local function checkMap(problems, path, kind, map, rules)
  if type(map) ~= "table" then return addWrong(problems, path, map, "a table of named values") end
  for key, value in pairs(map) do
    if isEnough(problems) then return problems end
    if type(key) ~= "string" or not utf8.len(key) then
      problems = add(problems, ("%s[%s]"):format(path, show(key)),
        "has a name that is not text in UTF-8")
    else
      problems = checkOne(problems, path .. "." .. key, kind, value, rules)
    end
  end
  return problems
end

local none = {}

local function checkValue(problems, path, kind, value, rules)
  if kind.list then return checkList(problems, path, kind, value, rules) end
  if kind.map then return checkMap(problems, path, kind, value, rules) end
  return checkOne(problems, path, kind, value, rules)
end

--- What is wrong with a value of some type.
-- @tparam table kind as `hathora.schema.types` reads it
-- @param value not nil
-- @tparam string path what the value is called
-- @tparam[opt] table rules
-- @treturn ?table nil when all is right, else a list of `{ path, message }`
function check.value(kind, value, path, rules)
  local test = not kind.list and not kind.map and tests[kind.name]
  if test and not test(value, kind) then return nil end -- as mostly
  return checkValue(nil, path, kind, value, rules or none)
end

local function fieldNames(fields)
  local names = {}
  for index, field in ipairs(fields) do names[index] = field.name end
  return names
end

local function nested(path, name) return path == "" and name or path .. "." .. name end

local function checkMissing(problems, path, field)
  if field.optional or field.type.nullable then return problems end
  local members = field.type.members
  return add(problems, path, "is missing" .. (members and "; it must be " .. memberList(members)
    or ""))
end

local function checkUnknown(problems, path, fields, value)
  for name in pairs(value) do
    if type(name) ~= "string" then
      problems = add(problems, ("%s[%s]"):format(path, tostring(name)),
        "has no name: fields are given as name = value"
        .. suggest.sentence(nil, fieldNames(fields)))
    elseif not fields[name] then
      problems = add(problems, nested(path, name), "is not a field of this "
        .. (path == "" and "request" or "record") .. suggest.sentence(name, fieldNames(fields)))
    end
  end
  return problems
end

function checkFields(problems, path, fields, value, rules)
  for index = 1, #fields do
    local field = fields[index]
    local place = nested(path, field.name)
    local given = value[field.name]
    if given == nil then problems = checkMissing(problems, place, field)
    else problems = checkValue(problems, place, field.type, given, rules) end
  end
  if rules.ignoreUnknown then return problems end
  return checkUnknown(problems, path, fields, value)
end

-- What stands in the URL is not there at all when it is empty.
local function checkEmpty(problems, field)
  return add(problems, field.name, "is empty; it must be text that is not empty")
end

--- What is wrong with a request.
-- @tparam table operation of `hathora.schema`
-- @tparam table request
-- @tparam table defaults what stands in for an absent field
-- @tparam[opt] table rules
-- @treturn ?table nil when all is right, else a list of `{ path, message }`
function check.request(operation, request, defaults, rules)
  local problems
  local fields = operation.fields
  for index = 1, #fields do
    local field = fields[index]
    local value = request[field.name]
    if value == nil then value = defaults[field.name] end
    if value == nil then problems = checkMissing(problems, field.name, field)
    elseif value == "" and field.place ~= "body" then problems = checkEmpty(problems, field)
    else problems = checkValue(problems, field.name, field.type, value, rules or none) end
  end
  return checkUnknown(problems, "", fields, request)
end

--- What is wrong with the body of a request that has arrived.
-- @tparam table operation
-- @tparam table body decoded
-- @tparam[opt] table rules
-- @treturn ?table as of `check.request`
function check.body(operation, body, rules)
  return checkFields(nil, "", types.records[operation.body], body, rules or none)
end

return check
