-- What one request may do to the others that the host answers in the same turn.

local certificates = require "support.certificates"
local faults = require "support.faults"
local hosts = require "support.host"
local httpd = require "hathora.host.httpd"
local process = require "support.process"
local raw = require "support.raw"
local socket = require "socket"

describe("a request whose answer fails #outside", function()
  -- A host that cannot answer one request with what its route gave, nor another at all.
  local function start(environment)
    environment.LUA_INIT_5_4 = [[
      if arg[1] ~= "serve" then return end
      local cors = require "hathora.host.http.cors"
      local headers = cors.headers
      function cors.headers(origins, origin, isOpen, own)
        if origin == "http://once.example" and own.Allow then return { Bad = "line\nline" } end
        if origin == "http://always.example" then error "no headers at all" end
        return headers(origins, origin, isOpen, own)
      end ]]
    return hosts.start({ requestDeadline = 60 }, environment)
  end
  local function head(method, more)
    return ("%s /processes/v2/%s/create/Tokyo HTTP/1.1\r\nHost: localhost\r\n%s\r\n"):format(method,
      hosts.appId, more)
  end

  it("is told so", function()
    local running <close> = start {}
    running.process.expected = "HTTP does not allow the header Bad"
    local reply = raw.send(running, head("OPTIONS", "Connection: close\r\n"
      .. "Origin: http://once.example\r\n"))
    assert.equal(500, reply.status)
    assert.matches("the host failed; its standard error says why", reply.body, 1, true)
  end)

  it("keeps no other from its own", function()
    local file = os.tmpname()
    process.writeFile(file, "1")
    local running <close> = start(faults.environment { sync = file })
    running.process.expected = "no headers at all"
    local create = raw.connect(running)
    create:send(head("POST", "Authorization: Bearer " .. hosts.token .. "\r\n"))
    assert.is_nil(raw.send(running, head("OPTIONS", "Origin: http://always.example\r\n")).status)
    create:settimeout(10)
    assert.equal(201, raw.head(create).status)
    create:close()
    os.remove(file)
  end)
end)

describe("handshakes of TLS", function()
  it("that arrive together are taken a few at a time, and others between them", function()
    local directory = process.temporaryDirectory()
    local files = certificates.make(directory, "localhost")
    local daemon <close> = httpd.listen { host = "127.0.0.1", port = 0, deadline = 30, silence = 60,
      connections = 1000, connectionsPerAddress = 0, memory = 16384, body = 0,
      certificate = process.readFile(files.certificate), key = process.readFile(files.key) }
    local hello, waiting = certificates.clientHello(), {}
    for index = 1, 200 do
      waiting[index] = assert(socket.connect("127.0.0.1", daemon:port()))
      waiting[index]:send(hello)
    end
    local answered, most = 0, 0
    while answered < #waiting do
      daemon:run()
      local count = #socket.select(waiting, nil, 0)
      answered, most = count, math.max(most, count - answered)
    end
    for _, connection in ipairs(waiting) do connection:close() end
    process.removeDirectory(directory)
    assert.is_true(most <= 20, most)
  end)
end)
