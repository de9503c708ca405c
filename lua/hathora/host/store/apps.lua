--- What the store knows of apps: the secret of each, made once.
-- @module hathora.host.store.apps

local apps = {}

local Apps = {}
Apps.__index = Apps

local bytes = 32

local function make()
  local random <close> = assert(io.open("/dev/urandom", "rb"))
  return (random:read(bytes):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

--- Make the table's reader and writer.
-- @tparam table store
function apps.new(store)
  return setmetatable({ store = store }, Apps)
end

--- An app's secret, the same for as long as the store is.
-- @tparam string appId
-- @treturn string
function Apps:secret(appId)
  self.store:statement "INSERT OR IGNORE INTO app (appId, secret) VALUES (?, ?)" (appId, make())
  return self.store:statement "SELECT secret FROM app WHERE appId = ?" (appId)[1].secret
end

return apps
