--- What an operation that does not exist was probably meant to be, over all groups.
-- @module hathora.schema.lookup

local schema = require "hathora.schema"
local suggest = require "hathora.suggest"

local lookup = {}

-- What is deprecated must be nearer by so many edits to be named first; what is of another group
-- than was asked, by less than one.
local deprecatedBy, elsewhereBy = 3, 0.5

local function distanceTo(group, operation, name, asked)
  local far = suggest.distance(name, operation)
  if not far then return math.huge end
  if schema.isDeprecated(group, operation) then far = far + deprecatedBy end
  return group == asked and far or far + elsewhereBy
end

-- The operation that a name was probably meant to be, and how far it is.
local function nearest(name, asked)
  local found, least = nil, math.huge
  for _, group in ipairs(schema.groups()) do
    for _, operation in ipairs(schema.names(group)) do
      local far = distanceTo(group, operation, name, asked)
      if far < least then
        least = far
        found = group == asked and operation or ("sdk.%s:%s"):format(group, operation)
      end
    end
  end
  return found, least
end

-- A sentence's end, with the nearer of an operation and of other names.
local function sentence(name, asked, others, listed)
  local hint = ";"
  if type(name) == "string" then
    local operation, far = nearest(name, asked)
    local other, otherFar = suggest.nearest(name, others)
    local meant = other and otherFar <= far and other or operation
    hint = meant and ("; did you mean %s?"):format(meant:find ":" and meant or ("%q"):format(meant))
      or hint
  end
  return ("%s There are: %s"):format(hint, table.concat(listed, ", "))
end

local function join(first, second)
  return table.move(second, 1, #second, #first + 1, table.move(first, 1, #first, 1, {}))
end

--- The names of a group's operations, those that are deprecated last.
local function listed(group)
  local current, deprecated = {}, {}
  for _, name in ipairs(schema.names(group)) do
    local list = schema.isDeprecated(group, name) and deprecated or current
    list[#list + 1] = name
  end
  return join(current, deprecated)
end

--- The end of a sentence that says a group has no such operation.
-- @tparam string group
-- @param name what was asked for
-- @tparam {string,...} waits names of the group that are no operations
-- @treturn string
function lookup.inGroup(group, name, waits)
  return sentence(name, group, waits, join(listed(group), waits))
end

--- The end of a sentence that says an sdk has no such group or method.
-- @param name what was asked for
-- @tparam {string,...} methods of an sdk
-- @treturn string
function lookup.inSdk(name, methods)
  local names = join(schema.groups(), methods)
  return sentence(name, nil, names, names)
end

return lookup
