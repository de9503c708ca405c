--- Ids of which only the beginning is given.
-- @module hathora.cli.abbreviation

local abbreviation = {}

local maxNamed = 5

local function name(found, what, beginning)
  local named = table.concat(found, ", ", 1, math.min(#found, maxNamed))
  local more = #found > maxNamed and (" and %d more"):format(#found - maxNamed) or ""
  return ("more than one %s begins with %s: %s%s"):format(what, beginning, named, more)
end

--- The only id that begins so. An id that is given whole is itself, whichever others begin with it;
-- an empty beginning, as of a variable that is not set, stands for none.
-- @tparam {string,...} ids
-- @tparam string beginning
-- @tparam string what what they are the ids of
-- @treturn ?string
-- @raise a table with `usage` that names them, where there are several
function abbreviation.resolve(ids, beginning, what)
  local found = {}
  for _, id in ipairs(ids) do
    if id == beginning then return id end
    if beginning ~= "" and id:sub(1, #beginning) == beginning then found[#found + 1] = id end
  end
  if found[2] then error({ usage = name(found, what, beginning) }, 0) end
  return found[1]
end

return abbreviation
