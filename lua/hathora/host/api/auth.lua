--- The API's logins. So many an address may make in a minute.
-- @module hathora.host.api.auth

local guards = require "hathora.host.http.guard"

--- The operations.
-- @tparam table config complete
-- @treturn table
return function(config)
  local guard = guards.new("too many logins came from this address", config.loginsPerMinute)
  local function login(kind)
    return function(services, fields, request)
      local wait = guard:refuse(request:address())
      if wait then return nil, wait end
      local token, problem = services.players:login { appId = fields.appId, type = kind,
        nickname = fields.nickname, idToken = fields.idToken }
      return token and { token = token }, problem
    end
  end
  return { authV1 = { loginAnonymous = login "anonymous", loginNickname = login "nickname",
    loginGoogle = login "google" } }
end
