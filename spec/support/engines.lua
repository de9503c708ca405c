--- The host's engines for the specs: an app of each, and what each stands on, started when a spec
-- first asks for it.

local dockers = require "support.docker"
local host = require "support.host"
local needs = require "support.needs"
local process = require "support.process"
local socket = require "socket"
local swarms = require "support.swarm"

local engines = {
  --- Their names.
  names = { "local", "docker", "swarm" },
}

local function boxed(engine)
  return function(script)
    return { engine = engine, image = dockers.image, env = { GAME = "/game/server" },
      command = script and { "/bin/sh", "-c", script } or { "/game/server" } }
  end
end

local server = process.build .. "/examples/gameserver"
local apps = {
  ["local"] = function(script)
    return { user = host.user, env = { GAME = server },
      command = script and { "/bin/sh", "-c", script } or { server } }
  end,
  docker = boxed "docker", swarm = boxed "swarm",
}

--- An app of an engine: the example game server, or a shell's script, where that is $GAME.
-- @tparam string name the engine's
-- @tparam[opt] string script
-- @tparam[opt] table more settings
function engines.app(name, script, more)
  local app = apps[name](script)
  app.stopGrace = 1
  for setting, value in pairs(more or {}) do app[setting] = value end
  return app
end

local function occupy(port) return assert(socket.bind("*", port)) end

local makers = {
  ["local"] = function() return { left = function() return 0 end, occupy = occupy } end,
  docker = function()
    local daemon, why = dockers.start()
    if not daemon then return nil, why end
    daemon:makeImage()
    return { socket = daemon.socket, daemon = daemon, occupy = occupy,
      left = function() return #daemon:containers() end,
      lose = function()
        for _, container in ipairs(daemon:containers()) do
          daemon:ask("DELETE", "/containers/" .. container.Id .. "?force=1")
        end
      end }
  end,
  swarm = function()
    local nodes, why = swarms.start()
    if not nodes then return nil, why end
    return { socket = nodes.nodes[1].socket, daemon = nodes, left = function()
      local counts = nodes:counts()
      return #nodes:services() + counts[1] + counts[2] + counts[3]
    end, occupy = function(port) return nodes:occupy(port) end,
    lose = function()
      for _, service in ipairs(nodes:services()) do
        nodes.nodes[1]:ask("DELETE", "/services/" .. service.ID)
      end
    end }
  end,
}
local grounds, reasons = {}, {}

--- What an engine stands on.
-- @treturn[1] table `socket`, where Docker listens, if the engine is Docker's; `daemon`, see
-- spec/support/docker.lua and swarm.lua; `left()`, how much is left of games there;
-- `occupy(port)`, which takes a port wherever games are run, until the result is closed
-- @treturn[2] nil
-- @treturn[2] string why it cannot be had here
function engines.ground(name)
  if grounds[name] == nil then
    local ground
    ground, reasons[name] = makers[name]()
    grounds[name] = ground or false
  end
  return grounds[name] or nil, reasons[name]
end

--- What stands for `it` in specs that need an engine's ground, and are pending without it.
-- @tparam string name
-- @tparam table env the spec file's `_ENV`
-- @treturn function of a sentence, and of what is to be done with the ground
function engines.specsOn(name, env)
  return needs(env, function() return engines.ground(name) end, name)
end

--- Start a host for one app.
-- @tparam table app
-- @tparam[opt] table more settings of the host
-- @tparam[opt] table env variables to add to its environment
function engines.start(app, more, env)
  local config = { directory = true, portQuarantine = 0, apps = { [host.appId] = app },
    docker = engines.ground(app.engine or "local").socket }
  for setting, value in pairs(more or {}) do config[setting] = value end
  return host.start(config, env)
end

--- Why processes ended as they did, or do not run yet: what `hathora-host ps --all` prints.
function engines.tell(running)
  return (process.run { "bin/hathora-host", "ps", "--all", "--url", running.url, "--token",
    host.token })
end

--- What the example game server says to a player.
-- @tparam table port an ExposedPort
function engines.play(port)
  local player = socket[port.transportType]()
  player:settimeout(2)
  if port.transportType == "tcp" then
    assert(player:connect(port.host, port.port))
  else
    assert(player:setpeername(port.host, port.port))
    assert(player:send "ping")
  end
  local said = assert(player:receive())
  player:close()
  return (said:gsub("\n$", ""))
end

--- End what the engines stood on.
function engines.close()
  for name, ground in pairs(grounds) do
    if ground and ground.daemon then ground.daemon:close() end
    grounds[name] = nil
  end
end

return engines
