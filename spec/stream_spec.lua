local client = require "support.client"
local hathora = require "hathora"
local host = require "support.host"
local server = require "support.server"

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

  it("follows a running process's log until the process has ended", function()
    local running <close> = host.start()
    local sdk <close> = hathora.new(running:options())
    local process = sdk.processesV2:createProcess { region = "Tokyo" }
    local id = { processId = process.processId }
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
