local client = require "support.client"
local server = require "support.server"

-- What a call says of whether the server may have acted, whatever happens beside it.

local create = { region = "Tokyo" }
local keyed = { attempts = 3, initialDelay = 0.001, idempotencyKeys = true }

describe("sent is the worst of all attempts", function()
  local firsts = {
    ["reset before an answer"] = { server.reset, "maybe" },
    ["answered 503"] = { { status = 503, body = '{"message":"later"}', ending = "close" }, "yes" },
  }
  for name, row in pairs(firsts) do
    it("of a create whose first was " .. name .. " and whose others were refused", function()
      local scripted <close> = server.start { row[1] }
      local sdk <close> = client.new(scripted, { retry = keyed, onRetry = function()
        scripted:close()
      end })
      local problem = client.failure(sdk.processesV2.createProcess, sdk.processesV2, create)
      assert.equal(3, problem.attempts)
      assert.equal(row[2], problem.sent)
    end)
  end

  it("of one that is cancelled while it waits for its next attempt", function()
    local scripted <close> = server.start { { status = 503, body = '{"message":"later"}' } }
    local waits = false
    local sdk <close> = client.new(scripted, { retry = { attempts = 3, initialDelay = 30,
      maxDelay = 30, idempotencyKeys = true }, timeout = 100,
      onRetry = function() waits = true end })
    local call = sdk.processesV2:createProcessAsync(create)
    repeat sdk:step(1) until waits
    assert.is_false(call:isDone())
    call:cancel()
    assert.equal("yes", client.failure(call.result, call).sent)
  end)

  it("of those that were answered and cancelled before anybody was told", function()
    local scripted <close> = server.start { { status = 201, body = client.process } }
    local sdk <close> = client.new(scripted, { stepBudget = 10 })
    local calls = {}
    for i = 1, 8 do
      calls[i] = sdk.processesV2:createProcessAsync(create, { onDone = function(done)
        for _, other in ipairs(calls) do if other ~= done then other:cancel() end end
      end })
    end
    sdk:step(0)
    scripted:waitForAnswers(8)
    while sdk:inFlight() > 0 do sdk:step(1) end
    local cancelled = 0
    for _, call in ipairs(calls) do
      local ok, problem = pcall(call.result, call)
      if not ok then
        assert.equal("CancelledError", problem.name)
        assert.truthy(problem.sent == "yes" or problem.sent == "maybe")
        cancelled = cancelled + 1
      end
    end
    assert.is_true(cancelled > 0)
  end)
end)

describe("a plain create that is broken off while it waits", function()
  local function broken(options, break_)
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted, options)
    local problem = break_(sdk, scripted)
    assert.equal("CancelledError", problem.name)
    assert.truthy(problem.idempotencyKey)
    assert.equal(0, sdk:inFlight())
    return problem
  end

  it("by a poll that raises is cancelled, and says sent and its key", function()
    local polls = 0
    local problem = broken({ poll = function(sdk)
      polls = polls + 1
      if polls > 20 then error "the loop is broken" end
      require "socket".select(nil, nil, 0.01)
      return sdk
    end }, function(sdk)
      return client.failure(sdk.processesV2.createProcess, sdk.processesV2, create)
    end)
    assert.equal("maybe", problem.sent)
    assert.truthy(tostring(problem):find("the loop is broken", 1, true))
    assert.truthy(tostring(problem.cause):find("the loop is broken", 1, true))
  end)

  it("by a yield outside a coroutine is cancelled: nothing was sent", function()
    local problem = broken({ poll = coroutine.yield }, function(sdk)
      return client.failure(sdk.processesV2.createProcess, sdk.processesV2, create)
    end)
    assert.equal("no", problem.sent)
  end)

  for _, safe in ipairs { false, true } do
    local where = safe and " where the sdk is safe" or ""

    it("by its coroutine's end is cancelled, and whoever ends it is told" .. where, function()
      local problem = broken({ safe = safe, poll = coroutine.yield }, function(sdk, scripted)
        local thread = coroutine.create(function() sdk.processesV2:createProcess(create) end)
        coroutine.resume(thread)
        while #scripted:requests() == 0 do coroutine.resume(thread) end
        local ok, problem = coroutine.close(thread)
        assert.is_false(ok)
        return problem
      end)
      assert.equal("maybe", problem.sent)
    end)

    it("by its coroutine's end while it is queued is never sent" .. where, function()
      local scripted <close> = server.start { { on = "^GET", raw = "", ending = "hold" },
        { status = 201, body = client.process } }
      local sdk <close> = client.new(scripted, { safe = safe, poll = coroutine.yield,
        maxInFlight = 1 })
      local first = sdk.processesV2:getProcessInfoAsync { processId = "p" }
      sdk:step(0.01)
      local thread = coroutine.create(function() sdk.processesV2:createProcess(create) end)
      coroutine.resume(thread)
      local ok, problem = coroutine.close(thread)
      assert.is_false(ok)
      assert.equal("no", problem.sent)
      first:cancel()
      for _ = 1, 5 do sdk:step(0.02) end
      for _, request in ipairs(scripted:requests()) do assert.equal("GET", request.method) end
    end)
  end

  it("is given back where the sdk is safe", function()
    broken({ safe = true, poll = function() error "the loop is broken" end }, function(sdk)
      local process, problem = sdk.processesV2:createProcess(create)
      assert.is_nil(process)
      return problem
    end)
  end)
end)

describe("a plain create", function()
  it("outlives another call's failing onDone, which the next step raises", function()
    local scripted <close> = server.start { { on = "^GET", body = client.process },
      { status = 201, body = client.process, delay = 0.1 } }
    local sdk <close> = client.new(scripted)
    sdk.processesV2:getProcessInfoAsync({ processId = "p" },
      { onDone = function() error "a bug of the game's" end })
    assert.equal("p-1", sdk.processesV2:createProcess(create).processId)
    local problem = client.failure(sdk.step, sdk, 0)
    assert.truthy(problem:find("a bug of the game's", 1, true))
    sdk:step(0)
  end)
end)
