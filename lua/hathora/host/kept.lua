--- The JSON of what is shown again and again, written once. A service that keeps a table until what
-- it shows changes says so here; it is looked up by the table itself, so a new one is written anew.
-- Of a request for one process, or for a room's connection, the writing took three quarters.
-- @module hathora.host.kept

local json = require "hathora.json"
local write = require "hathora.schema.write"

local kept = {}

-- Texts by type, by table.
local texts = setmetatable({}, { __mode = "k" })

--- A table stays as it is from now on.
-- @tparam table value
-- @treturn table the same table
function kept.keep(value)
  texts[value] = {}
  return value
end

--- The JSON of a value of the contract.
-- @param value
-- @tparam table kind its type
-- @treturn string
function kept.json(value, kind)
  if kind.list then
    local element, items = { name = kind.name }, {}
    for index, item in ipairs(value) do items[index] = kept.json(item, element) end
    return "[" .. table.concat(items, ",") .. "]"
  end
  local ofValue = texts[value]
  local text = ofValue and ofValue[kind.name] or json.encode(write.shape(value, kind))
  if ofValue then ofValue[kind.name] = text end
  return text
end

return kept
