local lfs = require "lfs"
local loops = require "hathora.host.machine.loop"
local procfs = require "hathora.host.machine.procfs"
local readiness = require "hathora.host.engine.local.readiness"
local socket = require "socket"
local sockets = require "hathora.host.sockets"

local function inodeOf(descriptor)
  local target = lfs.symlinkattributes(("/proc/self/fd/%d"):format(descriptor:getfd()), "target")
  return math.tointeger(tonumber(target:match "%d+"))
end

local function portOf(listener)
  return math.tointeger(tonumber((select(2, listener:getsockname()))))
end

local ours = math.tointeger(tonumber(lfs.symlinkattributes("/proc/self", "target")))

-- As many connections to a listener as asked for, until it is closed.
local function crowd(listener, count)
  local held = {}
  for _ = 1, count do
    held[#held + 1] = assert(socket.connect("127.0.0.1", portOf(listener)))
    held[#held + 1] = assert(listener:accept())
  end
  return setmetatable(held, { __close = function()
    for _, one in ipairs(held) do one:close() end
  end })
end

describe("the machine's sockets", function()
  for _, way in ipairs { { "asked of the kernel", 0 }, { "read from /proc", ours } } do
    it("are found by their ports, " .. way[1], function()
      local tcp, udp = socket.bind("127.0.0.1", 0), socket.udp()
      local six = socket.bind("::1", 0)
      udp:setsockname("*", 0)
      for protocol, one in pairs { tcp = tcp, udp = udp } do
        local port = portOf(one)
        assert.same({ [port] = { inodeOf(one) } }, (sockets.bound(protocol, port, port, way[2])))
      end
      if six then
        assert.same({ inodeOf(six) }, sockets.bound("tcp", 1, 65535, way[2])[portOf(six)])
      end
      local port = portOf(tcp)
      tcp:close()
      assert.is_nil(sockets.bound("tcp", 1, 65535, way[2])[port])
    end)
  end

  it("are counted by the port that a connection is to", function()
    local listener <close> = setmetatable({ socket.bind("127.0.0.1", 0, 100) }, { __close =
      function(self) self[1]:close() end })
    local port = portOf(listener[1])
    local connections <close> = crowd(listener[1], 7)
    assert.equal(14, #connections)
    assert.same({ [port] = 7 }, (sockets.connected(port, port)))
  end)

  it("of others cost nothing: what is read does not grow with them", function()
    local quiet, busy = socket.bind("127.0.0.1", 0), socket.bind("127.0.0.1", 0, 100)
    local port = portOf(quiet)
    local function read()
      local bound = select(2, sockets.bound("tcp", port, port))
      return bound + select(2, sockets.connected(port, port))
    end
    local before = read()
    local connections <close> = crowd(busy, 200)
    assert.equal(400, #connections)
    assert.equal(before, read())
    assert.truthy(select(2, sockets.bound("tcp", port, port, ours)) > 400 * 100)
    quiet:close()
    busy:close()
  end)

  it("are asked for once a look, however many processes wait, and less often when that takes long",
    function()
      local loop <close> = loops.new()
      local looks, real = 0, sockets.bound
      local waiting = readiness.new(loop, function() end)
      for id = 1, 100 do
        waiting:add(tostring(id), { pid = ours, port = 1 + id, transportType = "tcp" })
      end
      sockets.bound = function(...)
        looks = looks + 1
        local until_ = loops.now() + 0.02
        repeat local now = loops.now() until now > until_
        return real(...)
      end
      local deadline = loops.now() + 1
      repeat loop:step(0.05) until loops.now() > deadline
      sockets.bound = real
      waiting:close()
      assert.truthy(looks >= 1 and looks <= 3, looks .. " looks in a second")
    end)

  it("cannot be seen for a process whose own network cannot be read, and can for others", function()
    local loop <close> = loops.new()
    local waiting = readiness.new(loop, function() end)
    for index = 1, 8 do
      waiting:add(tostring(index), { pid = index % 2 == 0 and ours or 1 << 22 | 1, port = index,
        transportType = "tcp", isApart = index % 2 == 1 })
    end
    loop:step(1)
    for index = 1, 8 do
      assert.equal(index % 2 == 1, waiting:cannotObserve(tostring(index)), index)
    end
    waiting:close()
  end)

  it("are asked for again when whoever was told of one failed", function()
    local loop <close> = loops.new()
    local told, listeners = 0, {}
    local waiting = readiness.new(loop, function()
      told = told + 1
      error "whoever is told fails"
    end)
    for index = 1, 3 do
      listeners[index] = assert(socket.bind("127.0.0.1", 0))
      waiting:add(tostring(index), { pid = ours, port = portOf(listeners[index]),
        transportType = "tcp" })
    end
    local ends = loops.now() + 10
    repeat loop:step(0.1) until told == 3 or loops.now() > ends
    waiting:close()
    for _, listener in ipairs(listeners) do listener:close() end
    assert.equal(3, told)
  end)

  it("are followed through /proc a few at a look, in turns, so that many that start hold up nobody",
    function()
      local loop <close> = loops.new()
      local ready, listeners, taken, real = 0, {}, 0, procfs.holdsSocket
      local waiting = readiness.new(loop, function() ready = ready + 1 end)
      for index = 1, 60 do
        listeners[index] = assert(socket.bind("127.0.0.1", 0))
        waiting:add(tostring(index), { pid = ours, port = portOf(listeners[index]),
          transportType = "tcp" })
      end
      -- Of every third the port is a stranger's, and stays one's to look at again.
      function procfs.holdsSocket()
        taken = taken + 1
        return taken % 3 ~= 0
      end
      local looks, most = 0, 0
      repeat
        local before = taken
        loop:step(1)
        looks, most = looks + 1, math.max(most, taken - before)
      until ready == 60 or looks == 200
      procfs.holdsSocket = real
      waiting:close()
      for _, listener in ipairs(listeners) do listener:close() end
      assert.equal(60, ready)
      assert.equal(16, most)
    end)
end)
