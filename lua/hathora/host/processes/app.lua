--- Finds an app of the configuration.
-- @module hathora.host.processes.app

local refusal = require "hathora.host.processes.refusal"

--- Find it.
-- @tparam table self a service with `apps`
-- @tparam string appId
-- @treturn[1] table
-- @treturn[2] nil
-- @treturn[2] table refusal
return function(self, appId)
  local app = self.apps[appId]
  if app then return app end
  return nil, refusal.notFound("there is no app %q", appId)
end
