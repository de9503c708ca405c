--- What a misspelt name was probably meant to be.
-- @module hathora.suggest

local suggest = {}

local maxLength = 60

-- Edits between two words: characters put in, taken out, changed, or two neighbours swapped.
local function distance(a, b)
  local rows = { [0] = {} }
  for j = 0, #b do rows[0][j] = j end
  for i = 1, #a do
    rows[i] = { [0] = i }
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local best = math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1,
        rows[i - 1][j - 1] + (same and 0 or 1))
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        best = math.min(best, rows[i - 2][j - 2] + 1)
      end
      rows[i][j] = best
    end
  end
  return rows[#a][#b]
end

local function plain(name) return name:lower():sub(1, maxLength) end

--- How far a given word is from a name: 0 when they differ in case at most, below 1 when the name
-- begins with it, else the edits between them; nil when they are too far apart.
-- @tparam string given
-- @tparam string name
-- @treturn ?number
function suggest.distance(given, name)
  local a, b = plain(given), plain(name)
  if a == b then return 0 end
  if #a >= 3 and b:sub(1, #a) == a then return 1 - #a / #b end
  local edits = distance(a, b)
  return edits < #a // 3 + 2 and edits or nil
end

--- The known name nearest to a given one; of two as near, the first.
-- @tparam string given
-- @tparam {string,...} names
-- @treturn ?string nil when none is near enough to be meant
-- @treturn ?number how far it is, as `suggest.distance` says
function suggest.nearest(given, names)
  local nearest, least = nil, math.huge
  for _, name in ipairs(names) do
    local far = suggest.distance(given, name)
    if far and far < least then nearest, least = name, far end
  end
  return nearest, nearest and least
end

--- A sentence's end that helps: `; did you mean "x"? There are: x, y`.
-- @param given what was given; only text is compared
-- @tparam {string,...} names
-- @treturn string
function suggest.sentence(given, names)
  local nearest = type(given) == "string" and suggest.nearest(given, names)
  local hint = nearest and ("; did you mean %q?"):format(nearest) or ";"
  return ("%s There are: %s"):format(hint, table.concat(names, ", "))
end

--- The keys of a table, sorted.
function suggest.names(set)
  local names = {}
  for name in pairs(set) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

return suggest
