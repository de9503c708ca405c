--- How a game is described to Docker: as a container, or as a Swarm's service of one.
--
-- Both are hardened: no rights, no writing but to /tmp, so many tasks and no more, never started
-- again by Docker. Both have an init: a program that runs as pid 1 without handling SIGTERM never
-- receives it (pid_namespaces(7)).
-- @module hathora.host.engine.docker.describe

local environment = require "hathora.host.engine.environment"
local json = require "hathora.json"
local portText = require "hathora.host.engine.port"

local description = {}

local mebibyte, nanosecond, tasks = 1024 * 1024, 1e9, 4096
local noRights = json.list { "ALL" }

local function nano(seconds) return seconds and math.floor(seconds * nanosecond) end

local function memoryOf(app) return app.memoryMB and app.memoryMB * mebibyte end

-- Nothing, so that the image's own is run, where there is no command.
local function listOf(command) return command[1] and json.list(command) or nil end

local function logOptions(logBytes)
  return { ["max-size"] = tostring(logBytes), ["max-file"] = "1" }
end

-- The ports of a container with a network of its own, and where each is published.
local function publishForContainer(row, app)
  local exposed, bindings = {}, {}
  for _, port in ipairs(portText.read(row.ports)) do
    local name = ("%d/%s"):format(portText.inside(port, app), portText.protocol(port))
    exposed[name] = {}
    bindings[name] = json.list { { HostPort = tostring(portText.leading(port)) } }
  end
  return exposed, bindings
end

--- Describe a container (POST /containers/create).
-- @tparam table row
-- @tparam table app
-- @tparam table options `labels`, `logBytes`, and `hostname`, where players come to
-- @treturn table
function description.container(row, app, options)
  local variables, command = environment.of(row, app, options.hostname)
  local memory = memoryOf(app)
  local exposed, bindings
  if app.containerPort then exposed, bindings = publishForContainer(row, app) end
  return {
    Image = app.image, Cmd = listOf(command), Env = json.list(variables), User = app.user,
    WorkingDir = app.cwd, Labels = options.labels, StopTimeout = math.ceil(app.stopGrace),
    ExposedPorts = exposed,
    HostConfig = {
      NetworkMode = bindings and "bridge" or "host", PortBindings = bindings, Init = true,
      RestartPolicy = { Name = "no" }, CapDrop = noRights, ReadonlyRootfs = true,
      SecurityOpt = json.list { "no-new-privileges" }, Tmpfs = { ["/tmp"] = "" },
      Memory = memory, MemorySwap = memory, NanoCpus = nano(app.cpus), PidsLimit = tasks,
      LogConfig = { Type = "json-file", Config = logOptions(options.logBytes) },
    },
  }
end

-- Swarm takes an environment for templates, which a game's is not. Of the node it is asked for one
-- thing, for where a game will be is not known before.
local function templates(variables)
  for index, variable in ipairs(variables) do
    variables[index] = variable:gsub("{{", '{{"{{"}}')
  end
  variables[#variables + 1] = "HATHORA_HOSTNAME={{.Node.Hostname}}"
  return json.list(variables)
end

-- On the service's node, not on all of them, as Swarm's mesh would have it.
local function publishForService(row, app)
  local ports = json.list {}
  for index, port in ipairs(portText.read(row.ports)) do
    ports[index] = { Protocol = portText.protocol(port), PublishedPort = port.port,
      TargetPort = portText.inside(port, app), PublishMode = "host" }
  end
  return { Ports = ports }
end

--- Describe a service (POST /services/create).
-- @tparam table row
-- @tparam table app
-- @tparam table options `name`, `labels`, `logBytes`
-- @treturn table
function description.service(row, app, options)
  local variables, command = environment.of(row, app)
  local network = not app.containerPort and json.list { { Target = "host" } } or nil
  return {
    Name = options.name, Labels = options.labels, Mode = { Replicated = { Replicas = 1 } },
    EndpointSpec = not network and publishForService(row, app) or nil,
    TaskTemplate = {
      ContainerSpec = {
        Image = app.image, Args = listOf(command), Env = templates(variables), User = app.user,
        Dir = app.cwd, Labels = options.labels, StopGracePeriod = nano(app.stopGrace),
        Init = true, CapabilityDrop = noRights, ReadOnly = true,
        -- Since Docker 25; before, it is passed over.
        Privileges = { NoNewPrivileges = true },
        Mounts = json.list { { Type = "tmpfs", Target = "/tmp" } },
      },
      Networks = network, RestartPolicy = { Condition = "none" },
      Placement = { Constraints = json.list { "node.labels.region==" .. row.region } },
      Resources = { Limits = {
        MemoryBytes = memoryOf(app), NanoCPUs = nano(app.cpus), Pids = tasks,
      } },
      LogDriver = { Name = "json-file", Options = logOptions(options.logBytes) },
    },
  }
end

return description
