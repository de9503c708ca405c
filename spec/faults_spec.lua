local client = require "support.client"
local faults = require "support.faults"
local process = require "support.process"
local server = require "support.server"

-- Run Lua code in a process of its own; `...` in it are the arguments.
local function run(code, environment, ...)
  return process.run({ "lua5.4", "-e", "local url, more = arg[1], arg[2] " .. code, "/dev/null",
    ... }, environment)
end

local prelude = [[
local core, hathora = require "hathora.core", require "hathora"
local slowest = 0
local function timed(perform, ...)
  local began = core.now()
  local results = table.pack(perform(...))
  slowest = math.max(slowest, core.now() - began)
  return table.unpack(results, 1, results.n)
end
local function new(options)
  options.serverUrl, options.appId, options.retry = url, "a", false
  return hathora.new(options)
end
]]

-- A bound far above what any of these takes, and far below what they would take if they blocked.
local unblocked = 0.5

describe("a call never blocks its caller", function()
  local function stalls(name, url, environment)
    it("with " .. name, function()
      local output = run(prelude .. [[
        local sdk = new { timeout = 0.2, connectTimeout = 60 }
        local calls = {}
        for i = 1, 3 do
          calls[i] = timed(sdk.processesV2.createProcessAsync, sdk.processesV2,
            { region = "Tokyo" })
        end
        local ends = core.now() + 3
        timed(sdk.step, sdk, 0)
        timed(calls[1].cancel, calls[1])
        while not (calls[2]:isDone() and calls[3]:isDone()) and core.now() < ends do
          timed(sdk.step, sdk, 0)
        end
        local ok, problem = pcall(calls[2].result, calls[2])
        sdk.processesV2:createProcessAsync { region = "Tokyo" }
        timed(sdk.step, sdk, 0)
        timed(sdk.close, sdk)
        print(problem.name, slowest)
      ]], environment, url)
      local kind, slowest = output:match "^(%w+)%s+([%d.e-]+)"
      assert.equal("TimeoutError", kind, output)
      assert.is_true(tonumber(slowest) < unblocked, output)
    end)
  end

  stalls("a name look-up of 5 seconds", "https://slow.invalid",
    faults.environment { getaddrinfo = 5 })
  local silent = server.start { connections = { "hold" } }
  stalls("a server that accepts and says nothing", silent.url)
  stalls("a TLS handshake that is never answered", (silent.url:gsub("^http:", "https:")))
  local unreachable = server.start { unreachable = true }
  stalls("an address that swallows what is sent to it", unreachable.url)
  teardown(function()
    silent:close()
    unreachable:close()
  end)
end)

describe("a TLS connection", function()
  it("does not read all the authorities of the system, where each has its own file", function()
    if select(2, process.run "ls /etc/ssl/certs/????????.0") ~= 0 then
      return pending "no directory of authorities with hashes for names"
    end
    local scripted <close> = server.start { tls = true, { body = client.process } }
    local output = run(prelude .. [[
      local function read()
        return tonumber(io.open "/proc/self/io":read "a":match "rchar: (%d+)")
      end
      local sdk = new {}
      local function ask()
        return select(2, pcall(sdk.processesV2.getProcessInfo, sdk.processesV2,
          { processId = "p" })).message
      end
      ask()
      local before = read()
      local message = ask()
      print(read() - before, message)
    ]], nil, scripted.url)
    assert.truthy(output:find("CA directory /etc/ssl/certs", 1, true), output)
    assert.is_true(tonumber(output:match "^%d+") < 50000, output)
  end)
end)

describe("a wait", function()
  it("for a quick peer looks again before it sleeps, unless the option spin is false", function()
    local scripted <close> = server.start { { body = client.process } }
    for spin, status in pairs { [true] = 99, [false] = 0 } do
      local output, ended = run(prelude .. [[
        local sdk = new { spin = more == "true" }
        for i = 1, 300 do sdk.processesV2:getProcessInfo { processId = "p" } end
      ]], faults.environment { yield = "any" }, scripted.url, tostring(spin))
      assert.equal(status, ended, output)
    end
  end)
end)

describe("a stream that goes on and on", function()
  it("is read without a nap between its pieces", function()
    local scripted <close> = server.start { { endless = ("x"):rep(100),
      raw = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n" } }
    local output, status = run(prelude .. [[
      local sdk, pieces = new {}, 0
      sdk.logsV1:getLogsForProcessAsync({ processId = "p" },
        { onData = function() pieces = pieces + 1 end })
      while pieces < 500 do sdk:step(1) end
    ]], faults.environment { nap = "any" }, scripted.url)
    assert.equal("", output)
    assert.equal(0, status)
  end)
end)

describe("the reactor", function()
  it("ends what is in flight when libcurl's loop fails, and begins anew", function()
    local scripted <close> = server.start { { body = client.process } }
    local output = run(prelude .. [[
      local sdk = new {}
      local kinds = {}
      for i = 1, 3 do
        local ok, problem = pcall(sdk.processesV2.getProcessInfo, sdk.processesV2,
          { processId = "p" })
        kinds[i] = ok and "ok" or problem.name
      end
      print(table.concat(kinds, " "))
    ]], faults.environment { socketAction = 4 }, scripted.url)
    assert.truthy(output:find "ConnectionError", output)
    assert.truthy(output:find "ok\n$", output)
  end)

  it("looks no more at sockets of a loop that has failed", function()
    local scripted <close> = server.start { { body = client.process, delay = 0.3 } }
    local hits = 0
    for failing = 4, 10 do
      local output = run(prelude .. [[
        local failed = 0
        local sdk = hathora.new { serverUrl = url, appId = "a", retry = { initialDelay = 1e6,
          maxDelay = 1e6 }, timeout = 1e9, onRetry = function() failed = failed + 1 end }
        for _ = 1, 3 do sdk.processesV2:getProcessInfoAsync { processId = "p" } end
        for _ = 1, 10 do sdk:step(0.01) end
        require "socket".sleep(0.3) -- all have been answered
        local ends = core.now() + 1
        while sdk:inFlight() > 0 and failed < 3 and core.now() < ends do sdk:step(0.1) end
        print(failed, failed == 3 and sdk:timeout() > 0.001)
      ]], faults.environment { socketAction = failing }, scripted.url)
      assert.not_equal("3\tfalse\n", output, failing)
      if output == "3\ttrue\n" then hits = hits + 1 end
    end
    assert.is_true(hits > 0, "no loop has failed with all three under way")
  end)

  it("does not spin on a socket that libcurl leaves ready, and deadlines hold", function()
    local scripted <close> = server.start { { body = client.process:rep(100),
      bytesPerSecond = 4000 } } -- something to read all the time, and never all of it
    local code = prelude .. [[
      local sdk = new {}
      local _, problem = pcall(sdk.processesV2.getProcessInfo, sdk.processesV2,
        { processId = "p" }, { timeout = 1 })
      print(problem.name)
    ]]
    assert.equal("TimeoutError\n", run(code, faults.environment { ignoredSockets = "any" },
      scripted.url))
    local _, status = run(code, faults.environment { ignoredSockets = "any", nap = "any" },
      scripted.url)
    assert.equal(99, status)
  end)

  it("takes what it had no time for as no news of the next socket of that number", function()
    local scripted <close> = server.start { { on = "/die", raw = "", ending = "reset", delay = 0.1,
      times = 10 }, { body = client.process } }
    local output, status = run(prelude .. [[
      local socket = require "socket"
      local function waitFor(count, event, pause, ...)
        local ends = core.now() + 10
        repeat
          assert(core.now() < ends, event)
          pause(...)
        until select(2, io.open(more):read "a":gsub(event, "")) == count
      end
      for round = 1, 5 do
        local sdk <close> = new { stepBudget = 1e-9 } -- a step does one thing
        local doomed = {}
        for i = 1, 2 do doomed[i] = sdk.processesV2:getProcessInfoAsync { processId = "die" } end
        waitFor(2 * round, 'die"', sdk.step, sdk, 0)
        waitFor(2 * round, '"reset"', socket.sleep, 0.01) -- the first before the second
        repeat sdk:step(0) until doomed[1]:isDone() or doomed[2]:isDone()
        local first <close> = io.open "/dev/null" -- in the place of the one that is done with
        for _, call in ipairs(doomed) do call:cancel() end
        assert(sdk.processesV2:getProcessInfo({ processId = "p" }).processId == "p-1")
      end
      print "all"
    ]], faults.environment { staleEvent = "any" }, scripted.url, scripted.record)
    assert.equal(0, status)
    assert.equal("all\n", output)
  end)

  for _, errno in ipairs { "EEXIST", "ENOENT", "EBADF" } do
    it("outlives " .. errno .. " from epoll_ctl", function()
      local scripted <close> = server.start { { body = client.process, ending = "close" } }
      local output = run(prelude .. [[
        local sdk = new {}
        for i = 1, 20 do sdk.processesV2:getProcessInfo({ processId = "p" }, { timeout = 5 }) end
        print "all"
      ]], faults.environment { epollCtl = errno .. ":3" }, scripted.url)
      assert.equal("epoll_ctl fails\nall\n", output)
    end)
  end

  it("ends a call whose socket epoll refuses, says why, and begins anew", function()
    local scripted <close> = server.start { { body = client.process } }
    local output = run(prelude .. [[
      local sdk = new { timeout = 5 }
      for _ = 1, 2 do
        local ok, problem = pcall(sdk.processesV2.getProcessInfo, sdk.processesV2,
          { processId = "p" })
        print(ok and "ok" or problem.name .. ": " .. problem.message)
      end
    ]], faults.environment { epollCtl = "ENOSPC:2" }, scripted.url) -- the first is the timer's
    assert.matches("^epoll_ctl fails\nConnectionError: [^\n]*No space left on device[^\n]*\n"
      .. "ok\n$", output)
  end)

  it("leaves no descriptor to programs started meanwhile", function()
    local scripted <close> = server.start { { body = client.process }, server.silence }
    local output = run(prelude .. [[
      local function listing() return io.popen("ls /proc/self/fd"):read "a" end
      local before = listing()
      local sdk = new {}
      sdk:pollfd()
      sdk.processesV2:getProcessInfo { processId = "p" }
      local call = sdk.processesV2:getProcessInfoAsync { processId = "p" }
      call:wait(0.05)
      print(listing() == before)
    ]], nil, scripted.url)
    assert.equal("true\n", output)
  end)

  it("keeps SIGPIPE from a program that has it at its default", function()
    local scripted <close> = server.start { tls = true, connections = { "serve" },
      { body = client.process, ending = "close" } }
    local output, status = run(prelude .. [[
      local sdk = hathora.new { serverUrl = url, appId = "a", caFile = more, retry = false }
      for i = 1, 20 do
        pcall(sdk.processesV2.getProcessInfo, sdk.processesV2, { processId = "p" })
      end
      sdk:close()
      print "alive"
    ]], nil, (scripted.url:gsub("127.0.0.1", "localhost")), scripted.caFile)
    assert.equal("alive\n", output)
    assert.equal(0, status)
  end)

  it("keeps memory and descriptors flat over success, failure and cancel #memory", function()
    local scripted <close> = server.start { { on = "/ok", body = client.process },
      { status = 404, body = '{"message":"no"}' } }
    local output = run(prelude .. [[
      local function measure()
        collectgarbage() collectgarbage()
        local size, count = io.open("/proc/self/statm"):read "a":match "%d+ (%d+)", 0
        -- Sockets and epolls: the pipe to this very shell may be there or not.
        for line in io.popen("ls -l /proc/$PPID/fd 2>/dev/null"):lines() do
          if line:find "%-> [sa]" then count = count + 1 end
        end
        local entries = 0
        for _ in pairs(debug.getregistry()) do entries = entries + 1 end
        return tonumber(size), count, entries
      end
      local sdk = new {}
      local function round(n)
        for i = 1, n do
          local calls = {}
          for j, id in ipairs { "ok", "no", "ok" } do
            calls[j] = sdk.processesV2:getProcessInfoAsync { processId = id }
          end
          calls[3]:cancel()
          hathora.all(calls)
        end
      end
      round(300)
      local size, files, entries = measure()
      round(tonumber(more))
      local size2, files2, entries2 = measure()
      print(size2 - size, files2 - files, entries2 - entries)
    ]], nil, scripted.url, os.getenv "HATHORA_SPEC_ROUNDS" or "1000")
    local pages, files, entries = output:match "^(-?%d+)%s+(-?%d+)%s+(-?%d+)"
    assert.truthy(pages, output)
    assert.is_true(tonumber(pages) < 256, output)
    assert.equal("0", files)
    assert.equal("0", entries)
  end)
end)

describe("running out of memory", function()
  it("is Lua's own error at every allocation of a create, and leaks nothing", function()
    local scripted <close> = server.start { { status = 201, body = client.process } }
    local script <close> = setmetatable({ path = os.tmpname() }, { __close = function(self)
      os.remove(self.path)
    end })
    process.writeFile(script.path, [[
      local url = ...
      return function()
        local sdk <close> = require "hathora".new { serverUrl = url, appId = "a" }
        local call = sdk.processesV2:createProcessAsync { region = "Tokyo" }
        while not call:isDone() do sdk:step(1) end
        assert((call:result()).processId == "p-1")
      end]])
    local output, status = process.run { process.build .. "/spec/failing_allocator", script.path,
      scripted.url }
    assert.equal(0, status, output)
  end)
end)

describe("closing a state", function()
  it("with a look-up under way lets the program live on", function()
    local script = os.tmpname()
    process.writeFile(script, [[
      local sdk = require "hathora".new { serverUrl = "https://slow.invalid", appId = "a" }
      sdk.processesV2:createProcessAsync { region = "Tokyo" }
      sdk:step(0) sdk:step(0.01)]])
    local program = process.build .. "/spec/closing_host"
    local output, status = process.run({ program, script, "30", "1.5" },
      faults.environment { getaddrinfo = 1 })
    os.remove(script)
    assert.equal(0, status, output)
  end)
end)

describe("a fork in mid-request", function()
  it("that keeps a connection open keeps nobody awake", function()
    local scripted <close> = server.start { { body = client.process, delay = 0.3,
      ending = "close" } }
    local script = os.tmpname()
    process.writeFile(script, [[
      local socket = require "socket"
      local sdk = require "hathora".new { serverUrl = ..., appId = "a" }
      local pollfd = sdk:pollfd()
      local pollable = { getfd = function() return pollfd end }
      local call = sdk.processesV2:getProcessInfoAsync { processId = "p" }
      call:wait(0.1)
      if fork() == 0 then return socket.sleep(2) end
      call:cancel()
      socket.sleep(0.5) -- its answer comes all the same, for the child
      assert(not socket.select({ pollable }, nil, 0.2)[1], "readable")
      wait()]])
    local output, status = process.run { process.build .. "/spec/forking_host", script,
      scripted.url }
    os.remove(script)
    assert.equal("", output)
    assert.equal(0, status)
  end)

  it("leaves the parent its alarm when the child cancels a call", function()
    local scripted <close> = server.start { server.silence }
    local script = os.tmpname()
    process.writeFile(script, [[
      local url = ...
      local socket = require "socket"
      local sdk = require "hathora".new { serverUrl = url, appId = "a" }
      local pollable = { getfd = function() return sdk:pollfd() end }
      local call = sdk.processesV2:getProcessInfoAsync({ processId = "p" },
        { timeout = 3, onDone = function() end })
      repeat sdk:step(0) until not socket.select({ pollable }, nil, 0.3)[1]
      if fork() == 0 then
        call:cancel()
        os.exit(true)
      end
      assert(wait() == 0)
      assert(not socket.select({ pollable }, nil, 0.2)[1], "woken by the child")
      while not call:isDone() do
        assert(socket.select({ pollable }, nil, 5)[1], "the deadline was missed")
        sdk:step(0)
      end]])
    local output, status = process.run { process.build .. "/spec/forking_host", script,
      scripted.url }
    os.remove(script)
    assert.equal("", output)
    assert.equal(0, status)
  end)

  it("is refused in the child, and harms nothing in the parent", function()
    local scripted <close> = server.start { { status = 201, body = client.process, delay = 0.1 } }
    local script = os.tmpname()
    process.writeFile(script, [[
      local url = ...
      local sdk = require "hathora".new { serverUrl = url, appId = "a" }
      local call = sdk.processesV2:createProcessAsync { region = "Tokyo" }
      call:wait(0.05)
      if fork() == 0 then
        local ok, why = pcall(sdk.step, sdk, 0)
        assert(not ok and tostring(why):find "another process", why)
        ok, why = pcall(sdk.processesV2.createProcess, sdk.processesV2, { region = "Tokyo" })
        assert(not ok and tostring(why):find "another process", why)
        sdk, call = nil, nil
        collectgarbage()
        return
      end
      assert(wait() == 0)
      assert(call:wait(5) and (call:result()).processId == "p-1")]])
    local output, status = process.run { process.build .. "/spec/forking_host", script,
      scripted.url }
    os.remove(script)
    assert.equal("", output)
    assert.equal(0, status)
    assert.equal(1, #scripted:requests())
    assert.equal(1, scripted:connections())
  end)
end)
