--- The players: who they are is in their token, which the host signs and the game checks by
-- itself with the same secret. Nothing of them is kept.
--
--     players:login { appId =, type =, nickname =, idToken = }   -> token | nil, refusal
--     players:authenticate(appId, header)                        -> player | nil, refusal
--
-- A token's claims are `type` (`anonymous`, `nickname`, `google`), `id`, `name` and `iat`, the Unix
-- second it was made in. Any server of the game may sign such tokens itself.
-- @module hathora.host.players

local findApp = require "hathora.host.processes.app"
local google = require "hathora.host.players.google"
local jwt = require "hathora.host.players.jwt"
local makeId = require "hathora.host.machine.id"
local makeName = require "hathora.host.players.names"
local poll = require "hathora.host.poll"
local refusal = require "hathora.host.processes.refusal"
local security = require "hathora.contract".security

local players = {}

local maxNicknameLength, maxIdLength = 100, 200

local Players = {}
Players.__index = Players

--- Make the service.
-- @tparam table parts `apps`, complete, each with its secret; `time`, a clock that says Unix
-- seconds, unless it is the machine's
function players.new(parts)
  return setmetatable({ apps = parts.apps, time = parts.time or poll.time }, Players)
end

-- Who logs in, by the kind of login: an id and a name, or nothing and a refusal.
local identify = {
  anonymous = function() return makeId(), makeName() end,

  nickname = function(_, wanted)
    local length = utf8.len(wanted.nickname)
    if length and length >= 1 and length <= maxNicknameLength then
      return makeId(), wanted.nickname
    end
    return nil, refusal.malformed("nickname must be 1 to %d characters", maxNicknameLength)
  end,

  google = function(self, wanted, settings)
    local claims, why = google.verify(wanted.idToken, settings, self.time())
    if not claims then return nil, refusal.unproven("the idToken is refused: %s", why) end
    return claims.sub, type(claims.name) == "string" and claims.name or makeName()
  end,
}

--- Log a player in.
-- @tparam table wanted `appId`; `type` of login; `nickname` or `idToken`, if it takes one
-- @treturn[1] string token
-- @treturn[2] nil
-- @treturn[2] table refusal
function Players:login(wanted)
  local app, problem = findApp(self, wanted.appId)
  if not app then return nil, problem end
  local settings = app.authConfiguration[wanted.type]
  if not settings then
    return nil, refusal.notFound("app %q has no %s login: its authConfiguration does not name it",
      wanted.appId, wanted.type)
  end
  local id, name = identify[wanted.type](self, wanted, settings)
  if not id then return nil, name end
  return jwt.sign({ type = wanted.type, id = id, name = name, iat = self.time() // 1 | 0 },
    app.secret)
end

local function isText(value, maxLength)
  return type(value) == "string" and value ~= "" and #value <= maxLength
end

local function hasPassed(time, now) return time ~= nil and not (tonumber(time) and now < time) end

-- Why a token that is signed rightly is refused all the same.
local function mistake(claims, app, now)
  if not identify[claims.type] then return "its type must be anonymous, nickname or google" end
  if not isText(claims.id, maxIdLength) then
    return ("its id must be text of up to %d bytes"):format(maxIdLength)
  end
  if hasPassed(claims.exp, now) then return "it has expired" end
  if not app.playerTokenLifetime then return nil end
  if type(claims.iat) ~= "number" or claims.iat + app.playerTokenLifetime <= now then
    return "it has expired"
  end
end

-- Clients by others send it with and without the scheme. Neighbours in these patterns match no
-- character in common, so they are linear.
local function tokenOf(header)
  local scheme, token = header:match "^(%a+) +(%S+)%s*$"
  if scheme and scheme:lower() == security.scheme:lower() then return token end
  return header:match "^(%S+)%s*$"
end

--- Who sends a request.
-- @tparam string appId the app it is for
-- @tparam ?string header what its Authorization header says
-- @treturn[1] table player: `id`, `name`, `type`
-- @treturn[2] nil
-- @treturn[2] table refusal
function Players:authenticate(appId, header)
  local app, problem = findApp(self, appId)
  if not app then return nil, problem end
  local token = header and tokenOf(header)
  if not token then
    return nil, refusal.unproven("a player's token must be sent, from a login of app %q, as "
      .. "%s: %s TOKEN", appId, security.header, security.scheme)
  end
  local claims, why = jwt.verify(token, app.secret)
  why = why or mistake(claims, app, self.time())
  if why then
    return nil, refusal.unproven("this is not a player's token of app %q: %s", appId, why)
  end
  return { id = claims.id, name = claims.name, type = claims.type }
end

return players
