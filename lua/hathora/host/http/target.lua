--- A request's target taken apart: path and query, percent-encoding undone (RFC 3986).
-- @module hathora.host.http.target

local path = require "hathora.host.path"

local target = {}

-- More than any client needs, few enough for each to be checked with care.
local maxParameters = 100

local slash = ("/"):byte()

-- Nothing when a % has no two hexadecimal digits behind it, or what comes of it is not UTF-8.
local function decode(text)
  if not text:find("%", 1, true) then return text end
  if text:gsub("%%%x%x", ""):find("%", 1, true) then return nil end
  local plain = text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end)
  return utf8.len(plain) and plain
end

--- Split a path at its slashes, then decode: an encoded slash stays inside its segment, and dots
-- are but characters.
-- @tparam string text
-- @treturn ?{string,...} nil when it is no path, or wrongly encoded
function target.segments(text) return (path.split(text, decode)) end

--- The values of each query parameter, in their order. `+` is a space, as forms write it.
-- @tparam string query
-- @treturn ?table lists by name; nil when it is wrongly encoded, or has more than 100
function target.query(query)
  local values, count = {}, 0
  for pair in query:gmatch "[^&]+" do
    local plain = pair:gsub("+", " ")
    local name, value = plain:match "^([^=]*)=?(.*)$"
    name, value = decode(name), decode(value)
    count = count + 1
    if not name or not value or count > maxParameters then return nil end
    values[name] = values[name] or {}
    table.insert(values[name], value)
  end
  return values
end

--- The host that an absolute target names, and the rest of it (RFC 9112 section 3.2.2).
-- @tparam string text as the client wrote it
-- @treturn ?string nil when it is not absolute, as usual
-- @treturn string
function target.origin(text)
  if text:byte() == slash then return nil, text end
  local host, rest = text:match "^[Hh][Tt][Tt][Pp][Ss]?://([^/?]*)(.*)$"
  if not host then return nil, text end
  return host, rest:sub(1, 1) == "/" and rest or "/" .. rest
end

local noQuery = {}

--- Take a target apart. Neither blanks nor a fragment (#) may stand in it.
-- @tparam string text as the client wrote it
-- @treturn ?{string,...} the path's segments; nil when the target cannot be read
-- @treturn ?table lists of values by query parameter; leave it as it is
function target.parse(text)
  local segments, query = path.split(text, decode)
  if not query then return segments, noQuery end
  local values = target.query(query)
  if values then return segments, values end
end

return target
