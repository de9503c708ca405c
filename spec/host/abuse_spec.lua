local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local seed = require "support.seed"
local socket = require "socket"

local deadline = 1

describe("against misuse, the host #outside", function()
  local running, port, pid
  setup(function()
    running = host.start { requestDeadline = deadline, connections = 1000 }
    port = tonumber(running.url:match ":(%d+)$")
    pid = running.process.pid
  end)
  teardown(function() running:close() end)

  local function connect()
    local connection = assert(socket.connect("127.0.0.1", port))
    connection:settimeout(deadline + 5)
    return connection
  end

  -- What comes back: the status, or "closed"; an error when neither comes in time.
  local function send(bytes)
    local connection = connect()
    connection:send(bytes) -- it may be cut off while we still send: that is an answer too
    local line, problem = connection:receive "*l"
    connection:close()
    if line then return tonumber(line:match "^HTTP/1%.1 (%d+)") end
    assert.equal("closed", problem)
    return problem
  end

  local function resident()
    return tonumber(process.readFile("/proc/" .. pid .. "/statm"):match "%d+ (%d+)") * 4
  end

  -- The life of one process, as a healthy client sees it.
  local function worksWell()
    local sdk <close> = hathora.new(running:options { timeout = 5, retry = false })
    local id = { processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
    sdk.processesV2:waitUntilRunning(id)
    sdk.processesV2:stopProcess(id)
    sdk.processesV2:waitUntilStopped(id)
  end

  local list = "/processes/v2/" .. host.appId .. "/list/latest"
  local bearer = "Authorization: Bearer " .. host.token .. "\r\n"
  local function get(headers, path)
    return ("GET %s HTTP/1.1\r\n%s\r\n"):format(path or list, headers)
  end
  local function post(headers)
    return ("POST /processes/v2/%s/create/Tokyo HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n"):format(
      host.appId, bearer, headers)
  end
  local plain = "Host: localhost\r\n" .. bearer

  -- A stream may be silent for ever, and a peer may vanish without a word: that the kernel asks
  -- whether it is still there can be seen (proc_net_tcp in the kernel's networking documentation:
  -- timer 2 is the one that keeps alive, due in hundredths of a second).
  it("asks whether a silent peer is still there", function()
    local connection = connect()
    connection:send(get(plain))
    connection:receive "*l"
    local ours = (":%04X %%S+:%04X 01 %%S+ (%%x+):(%%x+)"):format(port,
      select(2, connection:getsockname()))
    local due = process.waitFor(function() -- it may still wait to hear that its answer arrived
      local timer, due = process.readFile("/proc/" .. pid .. "/net/tcp"):match(ours)
      return timer == "02" and tonumber(due, 16)
    end, "the timer")
    connection:close()
    assert.is_true(due <= 6000, due)
  end)

  -- What is sent, and what may come of it. None of these may start a process.
  local rows = {
    { "a proper request", get(plain), { 200 } },
    { "no request line", "\r\n\r\n\r\n", { 400, "closed" } },
    { "garbage for a request line", "\1\2\3 garbage\r\n\r\n", { 400, "closed" } },
    { "an unknown version", "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", { 400, 505, "closed" } },
    { "an unknown method", "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", { 405, 501, 400 } },
    { "no Host", get(bearer), { 400, "closed" } },
    { "two Hosts", get(plain .. "Host: localhost\r\n"), { 400, "closed" } },
    { "the name of another site", get("Host: evil.example\r\n" .. bearer), { 421 } },
    { "a blank before a header's colon", get "Host: localhost\r\nAuthorization : x\r\n",
      { 400, 401, "closed" } },
    { "two lengths", post "Content-Length: 0\r\nContent-Length: 5\r\n", { 400, "closed" } },
    { "a length and chunks", post "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      { 400, "closed" } },
    { "a negative length", post "Content-Length: -1\r\n", { 400, "closed" } },
    { "a length with a sign", post "Content-Length: +5\r\n", { 400, "closed" } },
    { "a length that overflows", post "Content-Length: 99999999999999999999\r\n",
      { 400, 413, "closed" } },
    { "a chunk that overflows", post "Transfer-Encoding: chunked\r\n"
      .. "FFFFFFFFFFFFFFFFFF\r\n", { 400, 413, "closed" } },
    { "a body that never comes", post "Content-Length: 1000\r\n", { 408, "closed" } },
    { "a body without end", post "Content-Length: 100000000\r\n" .. ("x"):rep(300000),
      { 413, "closed" } },
    { "a header of a megabyte", get(plain .. "X: " .. ("x"):rep(1 << 20) .. "\r\n"),
      { 431, "closed" } },
    { "ten thousand headers", get(plain .. ("X: y\r\n"):rep(10000)), { 431, "closed" } },
    { "a target of a megabyte", get(plain, "/" .. ("x"):rep(1 << 20)), { 414, 431, "closed" } },
    { "a request that is never finished", "GET / HTTP/1.1\r\nHost: local", { 408, "closed" } },
    { "nothing", "", { 408, "closed" } },
    { "dots in the path", get(plain, "/processes/v2/../v2/" .. host.appId .. "/list/latest"),
      { 404 } },
    { "encoded dots in the path", get(plain, list:gsub("v2", "%%2e%%2e/v2")), { 404 } },
    { "NUL in the path", get(plain, list .. "%00"), { 404 } },
    -- libmicrohttpd reads the target as a C string: what is behind the NUL is not there for it.
    { "a raw NUL in the path", get(plain, list .. "\0x"), { 200, 400, 404, "closed" } },
    { "a percent sign alone", get(plain, list .. "%"), { 400, 404 } },
    { "an encoded slash in an id", get(plain, list:gsub("/list", "%%2flist")), { 404 } },
    { "another's token", get "Host: localhost\r\nAuthorization: Bearer x\r\n", { 401 } },
    { "a token twice", get(plain .. bearer), { 200, 400, 401, "closed" } },
    { "no token", get "Host: localhost\r\n", { 401 } },
  }
  for _, row in ipairs(rows) do
    it("takes " .. row[1] .. " as it should", function()
      local got = send(row[2])
      local allowed = {}
      for _, value in ipairs(row[3]) do allowed[value] = true end
      assert.is_true(allowed[got], tostring(got))
    end)
  end

  it("has started nothing by all that", function()
    local sdk <close> = hathora.new(running:options())
    assert.equal(0, sdk.processesV2:getProcessesCountExperimental().count)
  end)

  it("lives through thousands of random texts, and stops growing", function()
    local random = math.random
    local function sendRandom()
      local bytes = {}
      for i = 1, random(400) do bytes[i] = string.char(random(0, 255)) end
      local text = table.concat(bytes)
      if random(2) == 1 then text = get(plain):sub(1, random(#get(plain))) .. text .. "\r\n\r\n" end
      local connection = connect()
      connection:send(text)
      connection:close()
    end
    local function descriptors()
      return select(2, process.run { "ls", "/proc/" .. pid .. "/fd" }:gsub("\n", ""))
    end
    local idle = descriptors()
    -- A hundred at a time, so that what is open at once is the same throughout.
    local function sendThousands(count)
      for _ = 1, count * 10 do
        for _ = 1, 100 do sendRandom() end
        process.waitFor(function() return descriptors() <= idle end, "their connections to end")
      end
      worksWell()
    end
    seed.with(function()
      sendThousands(2) -- until the collector's heap has its size
      local before = resident()
      sendThousands(2)
      assert.is_true(resident() - before < 1024, (resident() - before) .. " KiB")
    end)
  end)

  it("serves others while five hundred clients send a byte now and then", function()
    worksWell()
    local before, slow = resident(), {}
    for i = 1, 500 do
      slow[i] = connect()
      slow[i]:send "GET / HTTP/1.1\r\nX"
    end
    worksWell()
    local began, left = socket.gettime(), 500
    while left > 0 do
      left = 0
      for _, connection in ipairs(slow) do
        connection:settimeout(0)
        connection:send "x"
        local _, problem = connection:receive(1)
        if problem == "timeout" then left = left + 1 end
      end
      assert.is_true(socket.gettime() - began < deadline + 10, left .. " are still connected")
      socket.sleep(0.05)
    end
    for _, connection in ipairs(slow) do connection:close() end
    worksWell()
    assert.is_true(resident() - before < 8192, (resident() - before) .. " KiB")
  end)

  it("lets go of a client that does not take its answer", function()
    local connection = connect()
    connection:setoption("keepalive", true)
    for _ = 1, 2000 do
      if not connection:send(get(plain, "/")) then break end
    end
    connection:settimeout(0)
    process.waitFor(function()
      local _, problem = connection:send "x"
      return problem == "closed"
    end, "the host to close it", deadline + 10)
    connection:close()
    worksWell()
  end)
end)
