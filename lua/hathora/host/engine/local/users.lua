--- The users that games run as. Who a user is and in which groups may be asked of other machines,
-- and takes a host's loop too long for each create. A user that was found is kept until the
-- machine's own lists change; one that was not, for some seconds, as other machines do not announce
-- new users.
-- @module hathora.host.engine.local.users

local loops = require "hathora.host.machine.loop"
local system = require "hathora.host.users"

local users = {}

local missingSeconds = 10

local Users = {}
Users.__index = Users

--- Look up the users of some apps.
function users.new(apps)
  local self = setmetatable({ known = {}, missing = {} }, Users)
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
  if now ~= self.version then self.version, self.known, self.missing = now, {}, {} end
  if not self.known[name] and (self.missing[name] or 0) <= loops.now() then
    local found, isCertain = system.find(name)
    self.known[name] = found and table.concat(found, ",")
    self.missing[name] = isCertain and loops.now() + missingSeconds or nil
  end
  return self.known[name]
end

return users
