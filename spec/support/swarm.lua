--- A Docker Swarm of three nodes on this machine: each daemon in a network and a UTS namespace of
-- its own, joined to a bridge in a fourth. The machine has one interface there, which goes with
-- the bridge. Needs what spec/support/docker.lua needs, and iproute2.
--
-- The first node is the manager, in the region Frankfurt; the others are workers in Tokyo.

local core = require "hathora.core"
local dockers = require "support.docker"
local host = require "support.host"
local process = require "support.process"

local swarm = {
  --- Where the nodes are.
  regions = { "Frankfurt", "Tokyo", "Tokyo" },
}

local Swarm = {}
Swarm.__index = Swarm

local function succeed(line, ...)
  local output, status = process.run(line:format(...))
  assert(status == 0, output)
  return output
end

--- A node's address.
function Swarm:address(index) return ("%s.%d"):format(self.subnet, index) end

local function makeNetwork(self)
  local number = tonumber(core.uuid():sub(1, 4), 16)
  self.prefix, self.subnet = "hs" .. number, "10.99." .. number % 256
  self.network = self.prefix .. "-net"
  succeed("ip netns add %s && ip -n %s link add br0 type bridge && ip -n %s link set br0 up",
    self.network, self.network, self.network)
  succeed("ip -n %s link add p0 type veth peer name %s netns $$ "
    .. "&& ip -n %s link set p0 master br0 up && ip addr add %s/24 dev %s && ip link set %s up",
    self.network, self.prefix, self.network, self:address(254), self.prefix, self.prefix)
  for index in ipairs(swarm.regions) do
    local name = self.prefix .. "-" .. index
    succeed("ip netns add %s && ip -n %s link add p%d type veth peer name e0 netns %s "
      .. "&& ip -n %s link set p%d master br0 up && ip -n %s addr add %s/24 dev e0 "
      .. "&& ip -n %s link set e0 up && ip -n %s link set lo up", name, self.network, index, name,
      self.network, index, name, self:address(index), name, name)
    self.namespaces[index] = name
  end
end

local function join(self)
  local manager = self.nodes[1]
  manager:ask("POST", "/swarm/init", { ListenAddr = self:address(1) .. ":2377",
    AdvertiseAddr = self:address(1), DataPathAddr = self:address(1) })
  -- A node that is cut off is noticed sooner.
  local inspected = manager:ask("GET", "/swarm")
  inspected.Spec.Dispatcher.HeartbeatPeriod = 2000000000
  manager:ask("POST", "/swarm/update?version=" .. inspected.Version.Index, inspected.Spec)
  for index = 2, #self.nodes do
    self.nodes[index]:ask("POST", "/swarm/join", { ListenAddr = self:address(index) .. ":2377",
      AdvertiseAddr = self:address(index), DataPathAddr = self:address(index),
      RemoteAddrs = { self:address(1) .. ":2377" }, JoinToken = inspected.JoinTokens.Worker })
  end
  for index in ipairs(self.nodes) do
    self:change(index, { Labels = { region = swarm.regions[index] } })
  end
end

--- Make one.
-- @treturn[1] Swarm with `nodes` (see spec/support/docker.lua), the first the manager
-- @treturn[2] nil
-- @treturn[2] string why there can be none here
function swarm.start()
  if host.user ~= "root" then return nil, host.unprivileged end
  local self = setmetatable({ nodes = {}, namespaces = {} }, Swarm)
  local ok, problem = pcall(function()
    makeNetwork(self)
    for index, name in ipairs(self.namespaces) do
      -- nsenter, not `ip netns exec`: that mounts another /sys, without the control groups.
      self.nodes[index] = assert(dockers.begin(("nsenter --net=/run/netns/%s unshare --uts sh -c "
        .. "'hostname node-%d; exec \"$@\"' sh"):format(name, index)))
    end
    for _, node in ipairs(self.nodes) do assert(node:ready()) end
    self.nodes[1]:makeImage()
    self.nodes[1]:giveImage { table.unpack(self.nodes, 2) }
    join(self)
  end)
  if ok then return self end
  self:close()
  return nil, "no Swarm of three nodes works here: " .. tostring(problem):sub(1, 300)
end

--- Change a node's specification, such as its `Labels` or its `Availability`.
function Swarm:change(index, changes)
  local manager, id = self.nodes[1], self.nodes[index]:ask("GET", "/info").Swarm.NodeID
  process.waitFor(function()
    local known = manager:ask("GET", "/nodes/" .. id)
    if not known.Spec then return false end
    for name, value in pairs(changes) do known.Spec[name] = value end
    return not manager:ask("POST", ("/nodes/%s/update?version=%d"):format(id, known.Version.Index),
      known.Spec)
  end, "the node's change")
end

--- Cut a node off, or join it again.
function Swarm:setLink(index, state)
  succeed("ip -n %s link set p%d %s", self.network, index, state)
end

--- How many containers run, on each node.
function Swarm:counts()
  local counts = {}
  for index, node in ipairs(self.nodes) do counts[index] = #node:ask("GET", "/containers/json") end
  return counts
end

--- Take a port of every node, until the result is closed.
function Swarm:occupy(port)
  local held = {}
  for index, name in ipairs(self.namespaces) do
    held[index] = process.hold { command = { "nsenter", "--net=/run/netns/" .. name, "lua5.4", "-e",
      ([[socket = require "socket"; taken = assert(socket.bind("*", %d)); print "taken"
        socket.sleep(600)]]):format(port) }, ready = "(taken)" }
  end
  return { close = function()
    for _, one in ipairs(held) do one:close() end
  end }
end

--- All services.
function Swarm:services() return self.nodes[1]:ask("GET", "/services") end

function Swarm:close()
  for _, node in ipairs(self.nodes) do pcall(node.close, node) end
  for _, name in ipairs(self.namespaces) do process.run { "ip", "netns", "del", name } end
  if self.network then process.run { "ip", "netns", "del", self.network } end
  self.nodes, self.namespaces = {}, {}
end
Swarm.__close = Swarm.close
Swarm.__gc = Swarm.close

return swarm
