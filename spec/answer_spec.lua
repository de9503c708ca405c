local client = require "support.client"
local process = require "support.process"
local server = require "support.server"

local info = { processId = "p-1" }

local function answerOf(body)
  return ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    .. "Content-Length: %d\r\n\r\n%s"):format(#body, body)
end

-- Answers that end with the connection after each number of their bytes.
local function cutEverywhere(whole)
  local script = {}
  for length = 1, #whole - 1 do
    script[length] = { raw = whole:sub(1, length), ending = "close" }
  end
  return script
end

describe("an answer", function()
  it("is whole only if its head has ended: one cut there is no success", function()
    local head = "HTTP/1.1 204 No Content\r\nDate: Sat, 1 Jan 2000 00:00:00 GMT\r\n\r\n"
    local script = cutEverywhere(head)
    local scripted <close> = server.start(script)
    local sdk <close> = client.new(scripted, { retry = false })
    for length = 1, #script do
      local problem = client.failure(sdk.processesV2.stopProcess, sdk.processesV2, info)
      assert.equal("ConnectionError", problem.name, "cut after " .. length)
      assert.is_true(problem.sent ~= "no")
    end
  end)

  it("that is cut anywhere is asked for again, where that is safe", function()
    local log = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
      .. "Content-Length: 7\r\n\r\na line\n"
    for _, cut in ipairs(cutEverywhere(log)) do
      local scripted <close> = server.start { cut, { raw = log } }
      local sdk <close> = client.new(scripted)
      assert.equal("a line\n", (sdk.logsV1:getLogsForProcess(info)))
      assert.equal(2, #scripted:requests())
    end
  end)

  it("is not an interim one", function()
    for _, interim in ipairs { "100 Continue", "103 Early Hints" } do
      local scripted <close> = server.start { { raw = "HTTP/1.1 " .. interim .. "\r\n\r\n",
        ending = "close" }, { body = client.process } }
      local sdk <close> = client.new(scripted)
      assert.equal("p-1", sdk.processesV2:getProcessInfo(info).processId)
      assert.equal(2, #scripted:requests())
    end
  end)

  it("without a length is as long as the connection lives", function()
    local scripted <close> = server.start { { body = client.process, framing = "close" } }
    local sdk <close> = client.new(scripted)
    assert.equal("p-1", sdk.processesV2:getProcessInfo(info).processId)
  end)

  -- Until the answer has been read, also under valgrind: under TLS, what comes in one read with it
  -- is in OpenSSL, where nobody sees it.
  local pause = 0.5

  local transports = { ["over TCP"] = {}, ["under TLS"] = { tls = true },
    ["under TLS that may speak HTTP/2"] = { tls = true, http2 = true },
    ["over a Unix socket"] = { unix = true } }
  for name, transport in pairs(transports) do
    it("is never what came before it was asked for, " .. name, function()
      local right = answerOf(client.process)
      local scripted <close> = server.start { tls = transport.tls, unix = transport.unix,
        { raw = right, pause = pause,
          unasked = answerOf((client.process:gsub("p%-1", "p-2"))) },
        { raw = right } }
      local sdk <close> = client.new(scripted, { http2 = transport.http2,
        serverUrl = transport.unix and "unix:" .. scripted.socketPath })
      for count = 1, 3 do
        assert.equal("p-1", sdk.processesV2:getProcessInfo(info).processId)
        scripted:waitForAnswers(count)
      end
      assert.equal(2, scripted:connections())
      assert.equal(3, #scripted:requests())
    end)
  end

  it("that is a stream is asked for on a new connection, and comes whole", function()
    local right, log = answerOf(client.process), ("a line\n"):rep(100)
    local scripted <close> = server.start { { raw = right, unasked = right, pause = pause },
      { body = log, bytesPerSecond = 4000 } }
    local sdk <close> = client.new(scripted)
    sdk.processesV2:getProcessInfo(info)
    scripted:waitForAnswers(1)
    local got = ""
    assert.is_true((sdk.logsV1:getLogsForProcess(info, { onData = function(piece)
      got = got .. piece
    end })))
    assert.equal(log, got)
    assert.equal(2, scripted:connections())
  end)

  it("that is not asked for in time on a new connection says so, and nothing else", function()
    local right = answerOf(client.process)
    local scripted <close> = server.start { { raw = right, unasked = right, pause = pause },
      server.silence }
    local sdk <close> = client.new(scripted, { retry = false, maxInFlight = 1 })
    sdk.processesV2:getProcessInfo(info)
    scripted:waitForAnswers(1)
    local call = sdk.processesV2:getProcessInfoAsync(info, { timeout = 0.3 })
    sdk.processesV2:getProcessInfoAsync { processId = "first" }
    call:wait()
    local problem = client.failure(call.result, call)
    assert.equal("TimeoutError: no answer in time", problem.name .. ": " .. problem.message)
    assert.equal("no", problem.sent)
    assert.equal(2, #scripted:requests())
  end)

  it("is asked for on one new connection, not on one after another when that fails", function()
    local right = answerOf(client.process)
    local scripted <close> = server.start { tls = true, connections = { "serve", "close" },
      { raw = right, unasked = right, pause = pause } }
    local sdk <close> = client.new(scripted, { retry = false, timeout = 1 })
    sdk.processesV2:getProcessInfo(info)
    scripted:waitForAnswers(1)
    local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
    assert.equal("ConnectionError", problem.name)
    assert.equal("no", problem.sent)
    assert.equal(2, scripted:connections())
  end)
end)

describe("a proxy that refuses", function()
  it("has sent nothing on", function()
    local proxy <close> = server.start { { status = 403 } }
    local output = process.run({ "lua5.4", "-e", [[
      local sdk = require "hathora".new { serverUrl = "https://game.invalid", appId = "a",
        security = { hathoraDevToken = "a-token" }, retry = false }
      local _, problem = pcall(sdk.processesV2.createProcess, sdk.processesV2,
        { region = "Tokyo" })
      print(problem.name, problem.sent)
    ]] }, { https_proxy = proxy.url })
    assert.equal("ConnectionError\tno\n", output)
    local request = proxy:requests()[1]
    assert.equal("CONNECT", request.method)
    assert.matches("^hathora%-lua/", request.headers["user-agent"])
    assert.is_nil(request.headers.authorization)
  end)
end)
