-- Where players measure how far away a region is: the API's discovery, and web sockets that give
-- back what they are sent.

local certificates = require "support.certificates"
local hathora = require "hathora"
local host = require "support.host"
local httpd = require "hathora.host.httpd"
local loops = require "hathora.host.machine.loop"
local process = require "support.process"
local raw = require "support.raw"
local websocket = require "support.websocket"

local modules = process.build .. "/node/node_modules"

describe("discovery #outside", function()
  it("names this host for each region, but for those that the configuration gives", function()
    local running <close> = host.start { pingEndpoints = { Tokyo = "tokyo.example.org:443" } }
    local sdk <close> = hathora.new { serverUrl = running.url }
    local found = sdk.discoveryV2:getPingServiceEndpoints {}
    assert.same(found, (sdk.discoveryV1:getPingServiceEndpointsDeprecated {}))
    assert.equal(14, #found)
    for _, endpoint in ipairs(found) do
      local name, port = endpoint.host, endpoint.port
      if endpoint.region == "Tokyo" then
        assert.same({ "tokyo.example.org", 443 }, { name, port })
      else
        assert.equal(running.url, ("http://%s:%d"):format(name, port))
      end
    end
    assert.equal(200, raw.send(running,
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").status)
  end)
end)

describe("a web socket #outside", function()
  local running
  setup(function() running = host.start() end)
  teardown(function() running:close() end)

  it("gives back what it is sent, at any path", function()
    for _, path in ipairs { "/", "/ws", "/any/path?x=1", "/processes/v2/a/list/latest" } do
      local socket <close> = websocket.open(running, path)
      assert.equal("hello", socket:ask "hello")
      assert.equal(("x"):rep(4096), socket:ask(("x"):rep(4096)))
    end
  end)

  it("takes what comes along with its handshake, and in pieces", function()
    local connection = raw.connect(running)
    local bytes = websocket.handshake() .. websocket.frame(websocket.text, "at once")
    for index = 1, #bytes do connection:send(bytes:sub(index, index)) end
    assert.equal(101, raw.head(connection).status)
    assert.equal("\x81\x07at once", connection:receive(9))
    connection:close()
  end)

  it("answers a ping, and a close with the same code", function()
    local socket <close> = websocket.open(running)
    socket:send(websocket.frame(websocket.ping, "p"))
    assert.same({ websocket.pong, "p" }, { socket:read() })
    socket:send(websocket.frame(websocket.close, "\x03\xe8"))
    assert.same({ websocket.close, "\x03\xe8" }, { socket:read() })
    assert.is_nil(socket:read())
  end)

  it("is closed, with the reason as a code, when what is sent is not right", function()
    for code, bytes in pairs {
      [1009] = websocket.frame(websocket.text, ("x"):rep(4097)),
      [1007] = websocket.frame(websocket.text, "\xff"),
      [1002] = "\x81\x01x", -- not masked
    } do
      local socket <close> = websocket.open(running)
      socket:send(bytes)
      local kind, reason = socket:read()
      assert.equal(websocket.close, kind)
      assert.equal(code, (string.unpack(">I2", reason)))
      assert.is_nil(socket:read())
    end
    for _, bytes in ipairs { "\x83\x80\0\0\0\0", "\xc1\x80\0\0\0\0", "\x89\xfe\1\0\0\0\0\0",
      "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0" }
    do
      local socket <close> = websocket.open(running)
      socket:send(bytes)
      repeat local kind = socket:read() until not kind
    end
    assert.equal("", running.process:errors())
  end)

  it("is refused when its handshake is not right", function()
    local function status(changes)
      changes.Connection = changes.Connection or "Upgrade, close"
      return raw.send(running, websocket.handshake("/", changes)).status
    end
    assert.equal(426, status { ["Sec-WebSocket-Version"] = "8" })
    assert.equal(426, status { ["Sec-WebSocket-Version"] = false })
    assert.equal(400, status { ["Sec-WebSocket-Key"] = false })
    assert.equal(400, status { ["Sec-WebSocket-Key"] = ("x"):rep(2000) })
    assert.equal(400, status { Connection = "close" })
    assert.equal(421, status { Host = "evil.example" })
    assert.equal(400, raw.send(running, (websocket.handshake("/", { Connection = "Upgrade, close" })
      :gsub("^GET", "POST"))).status)
    assert.equal(413, raw.send(running, websocket.handshake("/", { ["Content-Length"] = "1" })
      .. "x").status)
    assert.equal(413, raw.send(running, websocket.handshake("/",
      { ["Transfer-Encoding"] = "chunked" }) .. "0\r\n\r\n").status)
    assert.equal("", running.process:errors())
  end)

  it("that takes nothing of what it is given back is not read on", function()
    local socket <close> = websocket.open(running)
    socket.connection:settimeout(0.5)
    local bytes, sent = websocket.frame(websocket.text, ("x"):rep(4096)):rep(256), 0
    repeat
      local last, _, partial = socket:send(bytes)
      sent = sent + (last or partial)
    until not last or sent > 64 * 1024 * 1024
    assert.is_true(sent < 64 * 1024 * 1024)
    local memory = process.readFile("/proc/" .. running.process.pid .. "/status")
    assert.is_true(tonumber(memory:match "VmRSS:%s*(%d+)") < 64 * 1024)
  end)

  it("is ended with its host", function()
    local other <close> = host.start()
    local socket <close> = websocket.open(other)
    assert.equal("x", socket:ask "x")
    other:stop()
    assert.is_nil(socket:read())
    assert.equal("", other.earlier[1]:errors())
  end)

  it("counts among the connections, and the most silent one gives way", function()
    local small <close> = host.start { connections = 8, connectionsPerAddress = 0 }
    local first <close> = websocket.open(small)
    local second <close> = websocket.open(small)
    assert.equal("x", first:ask "x")
    local more = {}
    for index = 1, 6 do more[index] = websocket.open(small) end
    assert.equal("x", first:ask "x")
    more[7] = websocket.open(small)
    assert.is_nil(second:read())
    assert.equal("x", first:ask "x")
    for _, socket in ipairs(more) do assert.equal("x", socket:ask "x") end
    for index = 8, 100 do more[index] = websocket.open(small) end
    assert.equal(200, raw.send(small,
      "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").status)
    for _, socket in ipairs(more) do socket:close() end
  end)

  it("is understood by the package ws, over TLS too", function()
    if not process.readFile(modules .. "/ws/package.json") then
      return pending "there is no ws: make peers installs it"
    end
    local directory = process.temporaryDirectory()
    local files = certificates.make(directory, "localhost")
    local secure <close> = host.start { certificate = files.certificate, key = files.key }
    for _, one in ipairs { running, secure } do
      assert.equal("same true false\nsame true false\nsame true false\npong p\nclosed 1009\n",
        (process.run({ "timeout", "20", "node", "spec/support/websocket.mjs", modules,
          (one.url:gsub("^http", "ws")) .. "/ws" }, { NODE_EXTRA_CA_CERTS = files.authority })))
    end
    process.removeDirectory(directory)
  end)
end)

describe("a web socket of the server itself", function()
  it("is closed when it was silent too long, and not before", function()
    local daemon <close> = httpd.listen { host = "127.0.0.1", port = 0, deadline = 5,
      silence = 0.5, connections = 8, connectionsPerAddress = 0, memory = 16384, body = 0 }
    local loop <close> = loops.new()
    local function turn()
      daemon:run()
      for request, event in daemon.next, daemon do
        assert.equal("request", event)
        request:echo { Upgrade = "websocket", ["Sec-WebSocket-Accept"] = websocket.accept }
      end
      daemon:run()
    end
    loop:watch(daemon:descriptor(), "r", turn)
    local connection = raw.connect { url = "http://127.0.0.1:" .. daemon:port() }
    connection:settimeout(0)
    local function receive()
      local bytes, problem, partial = connection:receive(1 << 16)
      return bytes or partial, problem
    end
    local function step()
      loop:step(daemon:timeout() or 1)
      turn()
    end
    connection:send(websocket.handshake())
    local head, problem = ""
    repeat step() head = head .. receive() until head:find "\r\n\r\n$"
    for index = 1, 10 do
      local till = loops.now() + 0.1
      repeat loop:step(0.01) turn() until loops.now() > till
      connection:send(websocket.frame(websocket.text, tostring(index)))
      local reply = ""
      repeat step() reply = reply .. receive() until #reply > 2
      assert.equal(tostring(index), reply:sub(3))
    end
    local began = loops.now()
    repeat step() problem = select(2, receive()) until problem == "closed"
    assert.is_true(loops.now() - began > 0.4)
    connection:close()
  end)
end)
