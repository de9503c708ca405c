--- On which line of a configuration a setting stands, for messages.
-- The text is searched for the setting's names one after another: a configuration that is made by
-- a program of its own may have none of them.
-- @module hathora.host.config.lines

local lines = {}

-- Take the comments away, but no line.
local function code(text)
  return (text:gsub("%-%-%[%[.-%]%]", function(comment) return (comment:gsub("[^\n]", " ")) end)
    :gsub("%-%-[^\n]*", function(comment) return (" "):rep(#comment) end))
end

local function escape(name) return (name:gsub("%p", "%%%0")) end

local function find(text, name, from)
  return text:find("%f[%w_]" .. escape(name) .. "%s*=[^=]", from)
    or text:find("%[%s*[\"']" .. escape(name) .. "[\"']%s*%]%s*=", from)
end

--- Find the line.
-- @tparam string text the configuration's
-- @tparam string place such as `apps["my-game"].command`
-- @treturn ?integer nil when it is not known
function lines.of(text, place)
  local position, bare = nil, code(text)
  for bracketed, name in place:gmatch '%[?(["]?)([^%.%[%]"]+)' do
    local found = (bracketed ~= "" or not tonumber(name)) and find(bare, name, position or 1)
    position = found or position
  end
  return position and select(2, bare:sub(1, position):gsub("\n", "")) + 1
end

return lines
