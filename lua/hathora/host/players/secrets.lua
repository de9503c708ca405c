--- The secrets by which an app's player tokens are signed and its game checks them.
-- @module hathora.host.players.secrets

local secrets = {}

--- Give each app that its configuration gives no secret the one that the store has for it.
-- @tparam table store
-- @tparam table apps complete; each has a `secret` afterwards
-- @raise text when the store fails
function secrets.complete(store, apps)
  store:transaction(function()
    for appId, app in pairs(apps) do app.secret = app.secret or store.apps:secret(appId) end
  end)
end

return secrets
