--- What the core reads without lua-cjson, it must read as lua-cjson does. A list with an escape in
-- it is lua-cjson's to read, all of it.
-- @module support.plain_json

local json = require "hathora.json"

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return rawequal(a, b) and math.type(a) == math.type(b)
  end
  if getmetatable(a) ~= getmetatable(b) then return false end
  for key, value in pairs(a) do if not same(value, b[key]) then return false end end
  for key in pairs(b) do if a[key] == nil then return false end end
  return #a == #b
end

--- Read a text both ways.
-- @tparam string text
-- @treturn boolean whether it is JSON
-- @raise the text when the two differ
return function(text)
  local plain = json.decode(text)
  local other = json.decode('["\\n",' .. text .. "]")
  -- A text that is not one value may be well-formed inside a list.
  if plain ~= nil and not (other and same(plain, other[2])) then
    error("is read differently: " .. text, 0)
  end
  return plain ~= nil
end
