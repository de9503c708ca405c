local keepers = require "support.keeper"
local lfs = require "lfs"
local portLedger = require "hathora.host.processes.ports"
local socket = require "socket"
local sockets = require "hathora.host.sockets"

local function ledger(first, last, quarantine)
  return portLedger.new { first = first, last = last, quarantine = quarantine or 0 }
end

describe("a port #outside", function()
  it("is given to one process at a time, and to all in turn", function()
    local ports, seen = ledger(26500, 26509), {}
    for _ = 1, 10 do
      local port = assert(ports:take())
      assert.is_nil(seen[port])
      seen[port] = true
    end
    assert.is_nil(ports:take())
    ports:release(26503)
    assert.equal(26503, ports:take())
  end)

  it("rests before it is given again, also when it was freed before the host started", function()
    local ports = ledger(26500, 26500, 10)
    ports:release(26500, 9.8)
    assert.is_nil(ports:take())
    socket.sleep(0.25)
    assert.equal(26500, ports:take())
  end)

  it("that a stranger has bound, by TCP or UDP and on one address alone, is passed over", function()
    local tcp, udp, six = assert(socket.bind("127.0.0.1", 26500)), assert(socket.udp()),
      assert(socket.udp6())
    assert(udp:setsockname("127.0.0.1", 26501))
    assert(six:setsockname("::1", 26502))
    local ports = ledger(26500, 26503)
    assert.equal(26503, ports:take())
    assert.is_nil(ports:take())
    for _, opened in ipairs { tcp, udp, six } do opened:close() end
  end)

  it("comes with as many as are asked for, or not at all", function()
    local ports = ledger(26500, 26502)
    assert.is_nil(ports:takeAll { {}, {}, {}, {} })
    local wanted = { {}, {}, {} }
    assert.is_true(ports:takeAll(wanted))
    assert.same({ { port = 26500 }, { port = 26501 }, { port = 26502 } }, wanted)
  end)

  it("from a range that the system takes ports of itself from is warned of", function()
    local file <close> = assert(io.open "/proc/sys/net/ipv4/ip_local_port_range")
    local first = file:read "n"
    assert.matches("overlap", ledger(first, first + 1):warning())
    assert.is_nil(ledger(1024, 1025):warning())
  end)

  it("is told with the sockets that hold it", function()
    local server = assert(socket.bind("127.0.0.1", 26510))
    local link = ("/proc/self/fd/%d"):format(server:getfd())
    local inode = lfs.symlinkattributes(link, "target"):match "socket:%[(%d+)%]"
    assert.same({ math.tointeger(tonumber(inode)) }, sockets.bound("tcp", 26510, 26510, 0)[26510])
    assert.is_nil(sockets.bound("udp", 26510, 26510, 0)[26510])
    assert.is_nil(sockets.connected(26510, 26510)[26510])
    local player = assert(socket.connect("127.0.0.1", 26510))
    assert.equal(1, sockets.connected(26510, 26510)[26510])
    player:close()
    server:close()
  end)
end)

describe("a hundred creates #outside", function()
  it("have a hundred ports, each bound by its own game", function()
    local keeper <close> = keepers.start({ game = { command = keepers.server } },
      { ports = { 26100, 26250 } })
    local strangers, processes, seen = {}, {}, {}
    for index = 1, 30 do strangers[index] = assert(socket.bind("127.0.0.1", 26099 + 5 * index)) end
    for index = 1, 100 do processes[index] = keeper:create "game" end
    for _, process in ipairs(processes) do
      local port = keeper:waitForStatus(process, "running", 30).exposedPort.port
      assert.is_nil(seen[port])
      assert.not_equal(0, (port - 26099) % 5)
      seen[port] = true
    end
    for _, stranger in ipairs(strangers) do stranger:close() end
    for _, process in ipairs(processes) do keeper.processes:stop(process) end
  end)
end)
