--- Requests and options held against what they may be: every mistake at once, each with its
-- path, what was given and what is allowed.
-- @module hathora.check

local schema = require "hathora.schema"
local suggest = require "hathora.suggest"

local check = {}

local function show(value)
  if type(value) == "string" then return ("%q"):format(value):gsub("\\\n", "\\n") end
  return tostring(value)
end

local function isText(value)
  if type(value) ~= "string" then return "text" end
  if value == "" then return "text that is not empty" end
  if not utf8.len(value) then return "text in UTF-8" end
end

-- What each type takes; a test returns what would have been right, or nothing.
local tests = {
  string = isText,
  ["date-time"] = isText,
  integer = function(value)
    if math.type(value) ~= "integer" then return "a whole number" end
  end,
  number = function(value)
    if type(value) ~= "number" or value ~= value then return "a number" end
  end,
  boolean = function(value)
    if type(value) ~= "boolean" then return "true or false" end
  end,
}

local function memberList(enum)
  return "one of " .. table.concat(suggest.names(schema.members[enum]), ", ")
end

-- The API may add members to an enum: unknown text passes.
for name in pairs(schema.members) do
  tests[name] = function(value)
    if isText(value) then return memberList(name) end
  end
end

local function add(problems, path, message)
  problems = problems or {}
  problems[#problems + 1] = { path = path, message = message }
  return problems
end

local function addWrong(problems, path, value, allowed)
  return add(problems, path, ("is %s; it must be %s"):format(show(value), allowed))
end

local function checkList(problems, field, list)
  if type(list) ~= "table" then return addWrong(problems, field.name, list, "a list") end
  local test = tests[field.type.name]
  for key, value in pairs(list) do
    local allowed
    if math.type(key) ~= "integer" or key < 1 or key > #list then
      allowed = "left out: a list has the keys 1, 2, 3 and so on"
    else
      allowed = test(value)
    end
    if allowed then
      problems = addWrong(problems, ("%s[%s]"):format(field.name, tostring(key)), value, allowed)
    end
  end
  return problems
end

local function fieldNames(fields)
  local names = {}
  for index, field in ipairs(fields) do names[index] = field.name end
  return names
end

local function checkMissing(problems, field)
  if field.optional then return problems end
  local allowed = schema.members[field.type.name] and "; it must be " .. memberList(field.type.name)
  return add(problems, field.name, "is missing" .. (allowed or ""))
end

--- Hold a request against an operation's fields.
-- @tparam table fields as in `schema.records`
-- @tparam table request
-- @tparam table defaults what stands in for an absent field
-- @treturn ?table nil when all is right, else a list of `{ path, message }`
function check.request(fields, request, defaults)
  local problems
  for index = 1, #fields do
    local field = fields[index]
    local name, kind = field.name, field.type
    local value = request[name]
    if value == nil then value = defaults[name] end
    if value == nil then
      problems = checkMissing(problems, field)
    elseif kind.list then
      problems = checkList(problems, field, value)
    else
      local allowed = tests[kind.name](value)
      if allowed then problems = addWrong(problems, name, value, allowed) end
    end
  end
  for name in pairs(request) do
    if not fields[name] then
      problems = add(problems, tostring(name), "is no field of this request"
        .. suggest.sentence(name, fieldNames(fields)))
    end
  end
  return problems
end

local function areRight(known, options)
  for name, value in pairs(options) do
    if not known[name] or known[name](value) then return false end
  end
  return true
end

--- Hold options against what they may be.
-- @tparam table known name to a function that returns what would be right, or nothing
-- @tparam table options
-- @treturn ?table nil when all is right, else a list of `{ path, message }`
function check.options(known, options)
  if areRight(known, options) then return nil end
  local problems, names = nil, suggest.names(options)
  for key in pairs(options) do
    if type(key) ~= "string" then names[#names + 1] = key end
  end
  for _, name in ipairs(names) do
    local allowed = known[name] and known[name](options[name])
    if not known[name] then
      problems = add(problems, tostring(name),
        "is no option" .. suggest.sentence(name, suggest.names(known)))
    elseif allowed then
      -- The value is shown by its type alone: it may be a secret.
      problems = add(problems, name, ("is a %s that will not do; it must be %s"):format(
        type(options[name]), allowed))
    end
  end
  return problems
end

return check
