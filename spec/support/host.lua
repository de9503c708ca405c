--- A real host with real game processes, for as long as a spec needs it.
--
--     local host <close> = support.start { apps = { ["app-a"] = { command = { ... } } } }
--     local sdk <close> = hathora.new(host:options())

local literal = require "support.literal"
local process = require "support.process"

local host = {
  --- The token that a host accepts unless its configuration says otherwise.
  token = "the-specs-own-token",
  --- The app it has unless its configuration says otherwise: the example game server.
  appId = "app-spec",
  --- Whom games may run as: a host run by root must be told, and another user has no choice.
  user = process.run({ "id", "-un" }):match "%S+",
  --- Why a spec is skipped that only root can run.
  unprivileged = "the user is not root",
}

local Host = {}
Host.__index = Host

local function configure(given)
  local config = {
    listen = "127.0.0.1:0",
    tokens = { host.token },
    apps = {
      [host.appId] = { command = { process.build .. "/examples/gameserver" }, user = host.user },
    },
  }
  for key, value in pairs(given or {}) do config[key] = value end
  return config
end

local function serve(self, env)
  self.process = process.hold {
    command = { "bin/hathora-host", "serve", "--config", self.configFile }, env = env,
    ready = "listening on (%S+)",
  }
  self.url = self.process.found
end

--- Start a host.
-- @tparam[opt] table config its configuration, over the defaults above; `directory = true`
-- keeps its records in a directory of the spec's own, so that it can be restarted
-- @tparam[opt] table env variables to add to its environment
-- @treturn Host with `url`, `process` and `directory`
function host.start(config, env)
  local self = setmetatable({ base = process.temporaryDirectory() }, Host)
  local full = configure(config)
  if full.directory == true then full.directory = self.base .. "/state" end
  self.directory, self.configFile = full.directory, self.base .. "/host.lua"
  process.writeFile(self.configFile, "return " .. literal.write(full))
  serve(self, env)
  return self
end

--- What `hathora.new` needs to talk to it.
-- @tparam[opt] table more options to add
function Host:options(more)
  local options = {
    serverUrl = self.url, appId = host.appId, security = { hathoraDevToken = host.token },
  }
  for key, value in pairs(more or {}) do options[key] = value end
  return options
end

--- End the host alone, by a signal such as `"KILL"`, unless it has ended, and wait for that; its
-- games go on.
function Host:stop(signal)
  pcall(self.process.signal, self.process, signal or "TERM")
  self.process:wait()
  self.earlier = self.earlier or {}
  table.insert(self.earlier, self.process)
end

--- Start it again after `stop`, on the same configuration.
-- @tparam[opt] table env variables to add
function Host:restart(env) serve(self, env) end

--- End the host, every game it started, and remove its files.
-- @raise text when its own code has failed, see `support.failures`
function Host:close(raised)
  if not self.process then return end
  local all, first = self.earlier or {}, nil
  table.insert(all, self.process)
  self.process = nil
  for _, held in ipairs(all) do
    local ok, failure = pcall(held.close, held, raised or first)
    first = first or not ok and failure or nil
  end
  process.removeDirectory(self.base)
  if first then error(first, 0) end
end

Host.__close = Host.close
Host.__gc = Host.close

return host
