local client = require "support.client"
local core = require "hathora.core"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local server = require "support.server"
local socket = require "socket"

local logs = { processId = "p-1", follow = true }

-- A piece of a chunked answer, whose end is left to the script.
local function begun(text, ending)
  return { raw = ("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
    .. "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n"):format(#text, text), ending = ending }
end

describe("a streamed answer", function()
  it("comes in pieces, as they arrive, and then the call returns true", function()
    local scripted <close> = server.start { { body = ("a line\n"):rep(2000), framing = "chunked",
      bytesPerSecond = 100000, headers = { ["Content-Type"] = "application/octet-stream" } } }
    local sdk <close> = client.new(scripted)
    local pieces = {}
    local payload, response = sdk.logsV1:getLogsForProcess(logs, {
      onData = function(piece) pieces[#pieces + 1] = piece end,
    })
    assert.is_true(payload)
    assert.equal(200, response.statusCode)
    assert.equal(("a line\n"):rep(2000), table.concat(pieces))
    assert.is_true(#pieces > 1, #pieces .. " pieces")
    assert.equal("/logs/v1/app-1/process/p-1?follow=true", scripted:requests()[1].target)
    assert.equal("*/*", scripted:requests()[1].headers.accept)
  end)

  it("reaches a call in flight from step, past the deadline, until it is cancelled", function()
    local scripted <close> = server.start { begun("first\n", "hold") }
    local sdk <close> = client.new(scripted, { timeout = 0.2 })
    local got = ""
    local call = sdk.logsV1:getLogsForProcessAsync(logs, {
      onData = function(piece) got = got .. piece end,
    })
    assert.is_false(call:wait(0.5))
    assert.equal("first\n", got)
    assert.equal(1, sdk:inFlight())
    call:cancel()
    assert.equal("CancelledError", client.failure(call.result, call).name)
    assert.equal(0, sdk:inFlight())
  end)

  it("has a deadline for its beginning", function()
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted, { timeout = 0.1, retry = false })
    local problem = client.failure(sdk.logsV1.getLogsForProcess, sdk.logsV1, logs,
      { onData = error })
    assert.equal("TimeoutError", problem.name)
  end)

  local function headsThatStall()
    local ok = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
    return {
      ["a 100 and nothing more"] = "HTTP/1.1 100 Continue\r\n\r\n",
      ["a 103 and nothing more"] = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
      ["a head that does not end"] = ok,
      ["an error whose body does not come"] = "HTTP/1.1 404 Not Found\r\n"
        .. "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    }
  end

  for name, raw in pairs(headsThatStall()) do
    it("has not begun with " .. name, function()
      local scripted <close> = server.start { { raw = raw, ending = "hold" } }
      local sdk <close> = client.new(scripted, { retry = false })
      local call = sdk.logsV1:getLogsForProcessAsync(logs, { onData = error, timeout = 0.2 })
      assert.is_true(call:wait(5))
      assert.equal("TimeoutError", client.failure(call.result, call).name)
    end)
  end

  it("has not begun while a proxy has only agreed to pass it on", function()
    local proxy <close> = server.start { { raw = "HTTP/1.1 200 Established\r\n\r\n",
      ending = "hold" } }
    local output = process.run({ "lua5.4", "-e", [[
      local sdk = require "hathora".new { serverUrl = "https://game.invalid", appId = "a",
        retry = false }
      local call = sdk.logsV1:getLogsForProcessAsync({ processId = "p" },
        { onData = error, timeout = 0.2 })
      print(call:wait(5), select(2, pcall(call.result, call)).name)
    ]] }, { https_proxy = proxy.url })
    assert.equal("true\tTimeoutError\n", output)
  end)

  it("that falls silent ends after its idleTimeout, and what it gave stays given", function()
    local scripted <close> = server.start { begun("first\n", "hold") }
    local sdk <close> = client.new(scripted)
    local got = ""
    local call = sdk.logsV1:getLogsForProcessAsync(logs, { idleTimeout = 0.2,
      onData = function(piece) got = got .. piece end })
    assert.is_true(call:wait(5))
    assert.equal("TimeoutError", client.failure(call.result, call).name)
    assert.equal("first\n", got)
    assert.equal(1, #scripted:requests())
  end)

  it("is silent from its head on, not from when it was asked for", function()
    local head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"
    local scripted <close> = server.start { { on = "/logs/", raw = head, delay = 0.8,
      ending = "hold" }, server.silence }
    local sdk <close> = client.new(scripted, { retry = false })
    local ended = {}
    sdk.logsV1:getLogsForProcessAsync(logs, { idleTimeout = 1, onData = error,
      onDone = function() ended[#ended + 1] = "stream" end })
    sdk.processesV2:getProcessInfoAsync({ processId = "p-1" }, { timeout = 1.4,
      onDone = function() ended[#ended + 1] = "other" end })
    while #ended < 2 do sdk:step(1) end
    assert.same({ "other", "stream" }, ended)
  end)

  it("whose reader is slow is not silent", function()
    local fast = { raw = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\nfirst\n",
      on = "/logs/", endless = ("x"):rep(0x4000) }
    local scripted <close> = server.start { fast, server.silence }
    local sdk <close> = client.new(scripted)
    local other = sdk.processesV2:getProcessInfoAsync({ processId = "p-1" }, { timeout = 20 })
    local pieces, call = 0, nil
    call = sdk.logsV1:getLogsForProcessAsync(logs, { idleTimeout = 0.5, onData = function()
      pieces = pieces + 1
      other:wait(pieces <= 2 and 1.2 or 0) -- more comes than is held
      if pieces == 6 then call:cancel() end
    end })
    call:wait(20)
    assert.equal("CancelledError", client.failure(call.result, call).name)
  end)

  -- Which piece is the first not to fit, and what it comes with, depends on how the bytes arrive.
  it("goes on wherever it was held back", function()
    local rest = ("y"):rep(0x10000)
    for size = 300000, 308000, 250 do
      local scripted <close> = server.start { { on = "/logs/", ending = "close", unasked = rest,
        raw = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"
          .. ("x"):rep(size) }, server.silence }
      local sdk <close> = client.new(scripted)
      local other = sdk.processesV2:getProcessInfoAsync({ processId = "p-1" }, { timeout = 20 })
      local got, pieces = 0, 0
      local call = sdk.logsV1:getLogsForProcessAsync(logs, { onData = function(piece)
        got, pieces = got + #piece, pieces + 1
        if pieces == 1 then other:wait(0.1) end
      end })
      assert.is_true(call:wait(10), size)
      assert.equal(size + #rest, got)
    end
  end)

  it("that is slow but not silent goes on past its deadline and its idleTimeout", function()
    local scripted <close> = server.start { { body = ("a line\n"):rep(100), framing = "chunked",
      bytesPerSecond = 1000, headers = { ["Content-Type"] = "application/octet-stream" } } }
    local sdk <close> = client.new(scripted)
    local got = ""
    sdk.logsV1:getLogsForProcess(logs, { timeout = 0.3, idleTimeout = 0.3,
      onData = function(piece) got = got .. piece end })
    assert.equal(("a line\n"):rep(100), got)
  end)

  it("that breaks off is not asked for again: what came would come twice", function()
    local scripted <close> = server.start { begun("first\n", "reset") }
    local sdk <close> = client.new(scripted)
    local got = ""
    local problem = client.failure(sdk.logsV1.getLogsForProcess, sdk.logsV1, logs,
      { onData = function(piece) got = got .. piece end })
    assert.equal("ConnectionError", problem.name)
    assert.equal("first\n", got)
    assert.equal(1, problem.attempts)
    assert.equal(1, #scripted:requests())
  end)

  it("that never began is asked for again", function()
    local scripted <close> = server.start { { status = 503, body = '{"message":"later"}' },
      { body = "a log" } }
    local sdk <close> = client.new(scripted)
    local got = ""
    sdk.logsV1:getLogsForProcess(logs, { onData = function(piece) got = got .. piece end })
    assert.equal("a log", got)
  end)

  it("keeps an error's body for the error", function()
    local scripted <close> = server.start { { status = 404, body = '{"message":"no such"}' } }
    local sdk <close> = client.new(scripted)
    local problem = client.failure(sdk.logsV1.getLogsForProcess, sdk.logsV1, logs,
      { onData = error })
    assert.equal("ApiError", problem.name)
    assert.equal("no such", problem.message)
  end)

  it("ends with the error of a callback that fails", function()
    local scripted <close> = server.start { begun("first\n", "hold") }
    local sdk <close> = client.new(scripted)
    local reason = {}
    local problem = client.failure(sdk.logsV1.getLogsForProcess, sdk.logsV1, logs,
      { onData = function() error(reason) end })
    assert.equal(reason, problem)
    assert.equal(0, sdk:inFlight())
  end)

  for _, reason in ipairs { "nil", "false" } do
    it("ends with an error, even if a callback raises " .. reason, function()
      local scripted <close> = server.start { begun("first\n", "hold") }
      local sdk <close> = client.new(scripted)
      local values = { ["false"] = false }
      local ok, problem = pcall(sdk.logsV1.getLogsForProcess, sdk.logsV1, logs,
        { onData = function() error(values[reason]) end })
      assert.is_false(ok)
      assert.truthy(tostring(problem):find(reason, 1, true))
    end)
  end

  it("may be longer than the largest answer that is kept whole", function()
    local scripted <close> = server.start { { body = ("x"):rep(300000),
      headers = { ["Content-Type"] = "application/octet-stream" } } }
    local sdk <close> = client.new(scripted, { maxResponseSize = 100000 })
    local length = 0
    sdk.logsV1:getLogsForProcess(logs, { onData = function(piece) length = length + #piece end })
    assert.equal(300000, length)
  end)

  it("is for operations that answer with bytes", function()
    local sdk <close> = hathora.new { appId = "app-1" }
    local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2,
      { processId = "p-1" }, { onData = print })
    assert.equal("RequestError", problem.name)
    assert.equal("onData", problem.problems[1].path)
  end)

  local function endless()
    local answer = begun("first\n")
    answer.endless = ("1000\r\n%s\r\n"):format(("x"):rep(0x1000))
    return answer
  end

  it("that never pauses keeps no other call from its deadline or its retry", function()
    local fast = endless()
    fast.on = "/logs/"
    local scripted <close> = server.start { fast, { on = "/silent", raw = "", ending = "hold" },
      { status = 503 }, { body = client.process } }
    local sdk <close> = client.new(scripted)
    local pieces = 0
    local stream = sdk.logsV1:getLogsForProcessAsync(logs,
      { onData = function() pieces = pieces + 1 end })
    while pieces == 0 do sdk:step(1) end
    local silent = sdk.processesV2:getProcessInfoAsync({ processId = "silent" },
      { timeout = 0.2, retry = false })
    local again = sdk.processesV2:getProcessInfoAsync({ processId = "again" }, { timeout = 20 })
    local ends = core.now() + 10
    while not (silent:isDone() and again:isDone()) and core.now() < ends do
      socket.sleep(0.016)
      sdk:step(0)
    end
    assert.equal("TimeoutError", client.failure(silent.result, silent).name)
    assert.equal("p-1", (again:result()).processId)
    assert.is_false(stream:isDone())
  end)

  it("shares with other streams and calls, and holds no more than a bound", function()
    local fast = endless()
    fast.on, fast.times = "/logs/", 2
    local scripted <close> = server.start { fast, { body = client.process } }
    local sdk <close> = client.new(scripted)
    local pieces, longest, calls = { 0, 0 }, 0, 0
    for stream = 1, 2 do
      sdk.logsV1:getLogsForProcessAsync(logs, { onData = function(piece)
        pieces[stream] = pieces[stream] + 1
        longest = math.max(longest, #piece)
      end })
    end
    local function ask()
      sdk.processesV2:getProcessInfoAsync({ processId = "p-1" }, { onDone = function(call)
        calls = calls + (call:result() and 1)
        ask()
      end })
    end
    for _ = 1, 4 do ask() end
    local ends = core.now() + 20
    while math.min(pieces[1], pieces[2], calls) < 50 and core.now() < ends do
      sdk:step(0)
      socket.sleep(0.001)
    end
    assert.is_true(math.min(pieces[1], pieces[2], calls) >= 50,
      ("%d, %d pieces, %d calls"):format(pieces[1], pieces[2], calls))
    assert.is_true(longest <= 2 * 256 * 1024, longest .. " bytes in one piece")
  end)

  it("whose reader is slow is kept waiting, and loses nothing", function()
    local body = {}
    for line = 1, 300000 do body[line] = ("line %d\n"):format(line) end
    body = table.concat(body)
    local scripted <close> = server.start { { body = body, framing = "chunked",
      headers = { ["Content-Type"] = "application/octet-stream" } } }
    local sdk <close> = client.new(scripted)
    local pieces, longest = {}, 0
    sdk.logsV1:getLogsForProcess(logs, { onData = function(piece)
      pieces[#pieces + 1] = piece
      longest = math.max(longest, #piece)
      socket.sleep(0.005)
    end })
    assert.is_true(body == table.concat(pieces))
    assert.is_true(longest <= 2 * 256 * 1024, longest .. " bytes in one piece")
  end)

  it("follows a running process's log until the process has ended", function()
    local running <close> = host.start()
    local sdk <close> = hathora.new(running:options())
    local created = sdk.processesV2:createProcess { region = "Tokyo" }
    local id = { processId = created.processId }
    sdk.processesV2:waitUntilRunning(id)
    local got = ""
    local call = sdk.logsV1:getLogsForProcessAsync({ processId = id.processId, follow = true },
      { onData = function(piece) got = got .. piece end })
    repeat sdk:step(1) until got ~= ""
    sdk.processesV2:stopProcess(id)
    assert.is_true(call:wait(20))
    assert.is_true((call:result()))
  end)
end)
