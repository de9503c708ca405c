--- The JSON of what is shown again and again, written once. A service that keeps a table until what
-- it shows changes says so here; its text is in its metatable, so a new one is written anew.
-- Of a request for one process, or for a room's connection, the writing took three quarters.
-- @module hathora.host.kept

local json = require "hathora.json"
local write = require "hathora.schema.write"

local kept = {}

-- What is kept has a metatable of its own, with its texts by type. One weak table of them all would
-- be gone through at once whenever garbage is collected.
local function textsOf(value)
  local meta = getmetatable(value)
  return meta and meta.isKept and meta
end

--- A table stays as it is from now on.
-- @tparam table value
-- @treturn table the same table
function kept.keep(value)
  return setmetatable(value, { isKept = true })
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
  local ofValue = textsOf(value)
  local text = ofValue and ofValue[kind.name] or json.encode(write.shape(value, kind))
  if ofValue then ofValue[kind.name] = text end
  return text
end

return kept
