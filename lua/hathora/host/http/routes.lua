--- Which request is whose: a tree of path segments, with a handler for each method at its nodes.
-- @module hathora.host.http.routes

local path = require "hathora.host.path"
local target = require "hathora.host.http.target"

local Routes = {}
Routes.__index = Routes

local routes = {}

local function node() return { literals = {} } end

--- Make an empty tree.
function routes.new() return setmetatable({ root = node() }, Routes) end

--- Add a route.
-- @tparam string method
-- @tparam string template such as `/a/{name}/b`
-- @param handler whatever `find` shall return
function Routes:add(method, template, handler)
  local place, names = self.root, {}
  for depth, segment in ipairs(target.segments(template)) do
    local name = segment:match "^{(%w+)}$"
    if name then
      names[#names + 1] = name
      names[#names + 1] = depth
      place.parameter = place.parameter or node()
      place = place.parameter
    else
      place.literals[segment] = place.literals[segment] or node()
      place = place.literals[segment]
    end
  end
  place.handlers = place.handlers or {}
  place.handlers[method] = { handler = handler, names = names }
end

-- What a path says literally goes before what it says as a parameter. A parameter has a value,
-- unless it is looked for what was left out.
local function descend(place, segments, depth, emptyToo)
  for index = depth, #segments do
    local segment, parameter = segments[index], place.parameter
    local literal = place.literals[segment]
    if parameter and (segment ~= "" or emptyToo) then
      local found = literal and descend(literal, segments, index + 1, emptyToo)
      if found then return found end
      place = parameter
    elseif literal then place = literal
    else return nil end
  end
  return place.handlers and place
end

local function allowed(handlers)
  local methods = { "OPTIONS" }
  for method in pairs(handlers) do methods[#methods + 1] = method end
  if handlers.GET then methods[#methods + 1] = "HEAD" end
  table.sort(methods)
  return table.concat(methods, ", ")
end

--- Find who answers. HEAD is answered as GET is, its body is not sent (RFC 9110 section 9.3.2).
-- @tparam string method
-- @tparam {string,...} segments of the path, decoded
-- @return[1] the handler
-- @treturn[1] table the path's parameters by name
-- @treturn[2] nil
-- @treturn[2] ?string the methods the path allows, separated by commas; nil for an unknown path
function Routes:find(method, segments)
  local place = descend(self.root, segments, 1)
  if not place then return nil end
  local found = place.handlers[method == "HEAD" and "GET" or method]
  if not found then return nil, allowed(place.handlers) end
  return found.handler, path.named(segments, found.names)
end

--- What a path that is nobody's leaves out: `//` where a parameter belongs.
-- @tparam {string,...} segments
-- @treturn ?string the parameter's name
function Routes:missing(segments)
  local place = descend(self.root, segments, 1, true)
  local _, found = next(place and place.handlers or {})
  for index = 1, found and #found.names or 0, 2 do
    if segments[found.names[index + 1]] == "" then return found.names[index] end
  end
end

--- The methods a path allows, separated by commas; nil for an unknown path.
function Routes:allowed(segments)
  local place = descend(self.root, segments, 1)
  return place and allowed(place.handlers)
end

return routes
