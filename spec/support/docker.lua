--- A Docker daemon of the specs' own, with an image made on the spot, for as long as a spec needs
-- it. Needs root, dockerd and a static busybox.

local host = require "support.host"
local json = require "hathora.json"
local process = require "support.process"

local docker = {
  --- The image: busybox's shell, and the example game server as /game/server.
  image = "game:1",
}

local Docker = {}
Docker.__index = Docker

local function succeed(command)
  local output, status = process.run(command)
  assert(status == 0, output)
  return output
end

local makeImage = [[
  root=%s && mkdir -p $root/bin $root/tmp $root/game && cp /bin/busybox $root/bin &&
  for applet in sh sleep cat echo env id; do ln -s busybox $root/bin/$applet; done &&
  cc -std=c11 -D_GNU_SOURCE -static -O2 -o $root/game/server examples/gameserver.c &&
  tar -C $root -c . | curl -s -S -f --unix-socket %s -X POST -H 'Content-Type: application/x-tar' \
    --data-binary @- 'http://docker/images/create?fromSrc=-&repo=game&tag=1']]

--- Begin to start one: `ready` waits for it.
-- @tparam[opt=""] string within what to run it within: a command that runs the rest of its line,
-- in a network of its own, where it makes a bridge for containers that want a network
-- @treturn[1] Docker with `socket`
-- @treturn[2] nil
-- @treturn[2] string why there can be none here
function docker.begin(within)
  if host.user ~= "root" then return nil, host.unprivileged end
  if select(2, process.run "command -v dockerd && command -v ip && test -x /bin/busybox") ~= 0 then
    return nil, "there is no dockerd, ip or static busybox: make peers installs them"
  end
  local self = setmetatable({ base = process.temporaryDirectory() }, Docker)
  self.socket = self.base .. "/docker.sock"
  self.daemon = process.hold { command = { "sh", "-c", ([[
    exec %s dockerd --data-root %s/data --exec-root %s/exec -H unix://%s -p %s/pid \
      --iptables=false --ip-forward=false %s --storage-driver=vfs 2>&1]]):format(within or "",
    self.base, self.base, self.socket, self.base, within and "" or "--bridge=none") } }
  return self
end

--- Wait until it serves.
-- @treturn[1] Docker itself
-- @treturn[2] nil
-- @treturn[2] string why it cannot be had here
function Docker:ready()
  local ok, problem = pcall(self.daemon.waitForOutput, self.daemon, "API listen on")
  if ok then return self end
  self:close()
  return nil, "dockerd does not work here: " .. tostring(problem):sub(1, 300)
end

--- Start one.
-- @return as `begin`
function docker.start()
  local self, why = docker.begin()
  if not self then return nil, why end
  return self:ready()
end

--- Make the image there.
function Docker:makeImage()
  succeed(makeImage:format(self.base .. "/root", self.socket))
end

--- Ask it something.
-- @treturn any what it answered, decoded
function Docker:ask(method, path, body)
  local text = succeed { "curl", "-s", "-S", "--unix-socket", self.socket, "-X", method, "-H",
    "Content-Type: application/json", "-d", body and json.encode(body) or "",
    "http://docker" .. path }
  return text ~= "" and json.decode(text) or nil
end

--- Give other daemons an image of this one's, with the id it has.
function Docker:giveImage(others)
  local gifts = {}
  for index, other in ipairs(others) do
    gifts[index] = ("curl -s -S --unix-socket %s http://docker/images/%s/get | curl -s -S -f "
      .. "--unix-socket %s -X POST -H 'Content-Type: application/x-tar' --data-binary @- "
      .. 'http://docker/images/load & all="$all $!"'):format(self.socket, docker.image,
      other.socket)
  end
  succeed(table.concat(gifts, "; ") .. "; for one in $all; do wait $one || exit; done")
end

--- Every container there is, running or not, as Docker lists them.
function Docker:containers()
  return self:ask("GET", "/containers/json?all=1")
end

--- End it, its containers, and remove its files.
function Docker:close()
  if self.daemon then
    pcall(function()
      for _, container in ipairs(self:containers()) do
        self:ask("DELETE", "/containers/" .. container.Id .. "?force=1")
      end
    end)
    -- Asked to end, it would take leave of its Swarm for seconds; nothing of it is kept.
    pcall(self.daemon.signal, self.daemon, "KILL")
    self.daemon:close()
  end
  self.daemon = nil
  if self.base then
    -- It leaves its network namespace mounted.
    process.run(("awk '$2 ~ \"^%s/\" { print $2 }' /proc/mounts | xargs -r umount")
      :format(self.base))
    process.removeDirectory(self.base)
  end
  self.base = nil
end
Docker.__close = Docker.close
Docker.__gc = Docker.close

return docker
