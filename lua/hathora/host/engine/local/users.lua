--- The users that games run as. Who a user is and in which groups may be asked of other machines,
-- and takes a host's loop too long for each create: it is kept until the machine's own list
-- changes.
-- @module hathora.host.engine.local.users

local system = require "hathora.host.users"

local users = {}

local Users = {}
Users.__index = Users

--- Look up the users of some apps.
function users.new(apps)
  local self = setmetatable({ known = {} }, Users)
  for _, app in pairs(apps) do
    if app.user then self:numbers(app.user) end
  end
  return self
end

--- A user's number and those of its groups, its own first.
-- @tparam string name
-- @treturn ?string nil when there is no such user
function Users:numbers(name)
  local now = system.version()
  if now ~= self.version then self.version, self.known = now, {} end
  if not self.known[name] then
    local found = system.find(name)
    self.known[name] = found and table.concat(found, ",")
  end
  return self.known[name]
end

return users
