--- Plain data as Lua source and back: how a spec and a process of its own speak.

local literal = {}

--- Write text, numbers, booleans and tables of these as a Lua expression.
function literal.write(value)
  if type(value) ~= "table" then return ("%q"):format(value) end
  local fields = {}
  for key, field in pairs(value) do
    fields[#fields + 1] = ("[%s]=%s"):format(literal.write(key), literal.write(field))
  end
  return "{" .. table.concat(fields, ",") .. "}"
end

--- Read an expression that `literal.write` wrote.
function literal.read(text)
  return assert(load("return " .. text, "=literal", "t", {}))()
end

return literal
