--- JSON both ways, the same whatever release of lua-cjson is installed.
-- Packaged lua-cjson 2.1.0 writes an empty list as `{}`, an integer of 16 digits with an
-- exponent, and bytes that are not UTF-8 as they are; the walk is therefore ours, the escaping
-- of text is lua-cjson's. Reading is done in C (`src/core/json.c`).
-- @module hathora.json

local core = require "hathora.core"
local types = require "hathora.schema.types"
local cjson = require "cjson".new()

local json = {}

local listMetatable = { __name = "hathora.list" }
core.markLists(types.listFields, listMetatable)

--- Read JSON text: null is nil, whole numbers below 2^53 are integers.
-- @function json.decode
-- @tparam string text
-- @return[1] the value
-- @treturn[2] nil when it is not JSON
-- @treturn[2] string why
json.decode = core.decode

--- Mark a table as a list, so that it is written as `[]` even when empty.
-- @tparam table values
-- @treturn table the same table
function json.list(values)
  return setmetatable(values, listMetatable)
end

--- Is this table written as a list? Marked tables and those with a first element are.
function json.isList(value)
  return getmetatable(value) == listMetatable or value[1] ~= nil
end

--- What stands for JSON's null when a record's field must be written as null.
json.null = cjson.null

local textMetatable = { __name = "hathora.json" }

--- Mark JSON text, which is written as it is in place of a value.
-- @tparam string text that is known to be JSON
function json.text(text) return setmetatable({ text }, textMetatable) end

local encode

-- Where a value is: its key, and the place of the record or list that it is in. It is put into
-- words for an error alone.
local function pathOf(place, key)
  if key == nil then return "" end
  local before = place and pathOf(place.place, place.key) or ""
  if math.type(key) == "integer" then return ("%s[%d]"):format(before, key) end
  return before == "" and key or before .. "." .. key
end

local function refuse(place, key, why)
  local path = pathOf(place, key)
  error(("cannot write %s as JSON: %s"):format(path == "" and "this value" or path, why), 0)
end

local function encodeList(values, place, depth)
  local count, out = #values, {}
  for key in pairs(values) do
    if math.type(key) ~= "integer" or key < 1 or key > count then
      refuse(place.place, place.key,
        ("a list with a key %s beside 1 to %d"):format(tostring(key), count))
    end
  end
  for index = 1, count do out[index] = encode(values[index], place, index, depth) end
  return "[" .. table.concat(out, ",") .. "]"
end

-- The same names come again and again. Those of a program's own records may be any.
local names, namesKept, maxNames, maxNameLength = {}, 0, 1000, 40

local function encodeName(name, place)
  local text = names[name]
  if text then return text end
  text = encode(name, place, name, 0) .. ":"
  if namesKept < maxNames and #name <= maxNameLength then
    names[name], namesKept = text, namesKept + 1
  end
  return text
end

local function encodeRecord(values, place, depth)
  local out, count = {}, 0
  for key in pairs(values) do
    if type(key) ~= "string" then
      refuse(place.place, place.key, ("a record with a key of type %s"):format(
        math.type(key) or type(key)))
    end
    count = count + 1
    out[count] = key
  end
  table.sort(out)
  for index = 1, count do
    local key = out[index]
    out[index] = encodeName(key, place) .. encode(values[key], place, key, depth)
  end
  return "{" .. table.concat(out, ",") .. "}"
end

local maxDepth = 100

local writers = {
  string = function(value, place, key)
    if not utf8.len(value) then refuse(place, key, "text that is not UTF-8") end
    return cjson.encode(value)
  end,
  number = function(value, place, key)
    if math.type(value) == "integer" then return ("%d"):format(value) end
    if value ~= value or value == math.huge or value == -math.huge then
      refuse(place, key, "the number " .. value)
    end
    -- A process may run under a locale with a decimal comma.
    return (("%.17g"):format(value):gsub(",", "."))
  end,
  boolean = tostring,
  table = function(value, place, key, depth)
    if getmetatable(value) == textMetatable then return value[1] end
    if depth > maxDepth then
      refuse(place, key, ("nested more than %d deep"):format(maxDepth))
    end
    return (json.isList(value) and encodeList or encodeRecord)(value,
      { place = place, key = key }, depth + 1)
  end,
  ["nil"] = function() return "null" end,
}

function encode(value, place, key, depth)
  if value == json.null then return "null" end
  local write = writers[type(value)]
  if not write then refuse(place, key, "a " .. type(value)) end
  return write(value, place, key, depth)
end

--- Write a value as JSON text, the keys of records in order.
-- @param value text, a number, a boolean, nil, `json.null`, or a table of these
-- @treturn string
-- @raise text that names the place of what JSON cannot say
function json.encode(value)
  return encode(value, nil, nil, 0)
end

return json
