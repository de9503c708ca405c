local client = require "support.client"
local server = require "support.server"

-- A coroutine is closed while it runs a callback that has yielded.

local info = { processId = "p-1" }

local function outcome(call)
  local ok, problem = pcall(call.result, call)
  return ok and "done" or problem.name
end

describe("a coroutine closed within", function()
  -- Run until the callback has yielded, and close.
  local function breakOff(sdk, hasYielded, first)
    local thread = coroutine.create(function()
      if first then first() end
      while true do sdk:step(1) end
    end)
    while not hasYielded() do assert(coroutine.resume(thread)) end
    coroutine.close(thread)
  end

  for _, name in ipairs { "onResponse", "onRetry" } do
    it(name .. " takes no call with it: it is told again, and the call goes on", function()
      local scripted <close> = server.start { { status = 503, body = '{"message":"later"}' },
        { body = client.process } }
      local told, done = 0, 0
      local sdk <close> = client.new(scripted, { [name] = function()
        told = told + 1
        if told == 1 then coroutine.yield() end
      end })
      local call = sdk.processesV2:getProcessInfoAsync(info,
        { onDone = function() done = done + 1 end })
      breakOff(sdk, function() return told > 0 end)
      assert.is_true(call:wait(5))
      assert.equal("done", outcome(call))
      assert.equal(1, done)
      assert.equal(2, #scripted:requests())
    end)
  end

  it("onResponse of a success leaves it one", function()
    local scripted <close> = server.start { { status = 201, body = client.process } }
    local told = 0
    local sdk <close> = client.new(scripted, { onResponse = function()
      told = told + 1
      if told == 1 then coroutine.yield() end
    end })
    local call = sdk.processesV2:createProcessAsync { region = "Tokyo" }
    breakOff(sdk, function() return told > 0 end)
    assert.is_true(call:wait(5))
    assert.equal("done", outcome(call))
    assert.equal(1, #scripted:requests())
  end)

  it("onRequest cancels the call that nobody has then", function()
    local scripted <close> = server.start { { status = 201, body = client.process } }
    local told, ended = 0, nil
    local sdk <close> = client.new(scripted, { onRequest = function()
      told = told + 1
      coroutine.yield()
    end })
    breakOff(sdk, function() return told > 0 end, function()
      sdk.processesV2:createProcess({ region = "Tokyo" },
        { onDone = function(call) ended = call end })
    end)
    sdk:step(0)
    assert.equal("CancelledError", outcome(ended))
    assert.equal("no", ended.sent)
    sdk:step(0.05)
    assert.equal(0, #scripted:requests())
  end)

  it("onData leaves the pieces that came meanwhile to be handed on", function()
    local scripted <close> = server.start { { raw = "HTTP/1.1 200 OK\r\n"
      .. "Content-Type: application/octet-stream\r\n\r\n" .. ("x"):rep(1000),
      bytesPerSecond = 4000, ending = "hold" } }
    local sdk <close> = client.new(scripted)
    local got = 0
    local call = sdk.logsV1:getLogsForProcessAsync(info, { onData = function(piece)
      local first = got == 0
      got = got + #piece
      if first then coroutine.yield() end
    end })
    local thread = coroutine.create(function() while true do sdk:step(1) end end)
    while got == 0 do assert(coroutine.resume(thread)) end
    call:wait(0.6) -- the peer has sent all by now
    coroutine.close(thread)
    call:wait(0.1)
    assert.equal(1000, got)
  end)
end)

describe("a call cancelled by its onResponse", function()
  it("is not tried again, and nobody is told that it would be", function()
    local scripted <close> = server.start { { status = 503, body = '{"message":"later"}' } }
    local call, retries = nil, 0
    local sdk <close> = client.new(scripted, { onResponse = function() call:cancel() end,
      onRetry = function() retries = retries + 1 end })
    call = sdk.processesV2:getProcessInfoAsync(info)
    assert.is_true(call:wait(5))
    assert.equal("CancelledError", outcome(call))
    assert.equal(0, retries)
    assert.equal(1, #scripted:requests())
  end)
end)
