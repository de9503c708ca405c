local client = require "support.client"
local core = require "hathora.core"
local hathora = require "hathora"
local server = require "support.server"
local socket = require "socket"

local info = { processId = "p" }

describe("a call in flight", function()
  it("is moved on by step, and gives what the plain call gives", function()
    local scripted <close> = server.start { { body = client.process }, { status = 404,
      body = '{"message":"no such process"}' } }
    local sdk <close> = client.new(scripted)
    local call = sdk.processesV2:getProcessInfoAsync(info)
    assert.is_false(call:isDone())
    assert.equal("RequestError", client.failure(call.result, call).name)
    while not call:isDone() do sdk:step(0) end
    assert.equal("p-1", (call:result()).processId)
    assert.equal("p-1", (call:result()).processId)
    local failing = sdk.processesV2:getProcessInfoAsync(info)
    assert.is_true(failing:wait())
    assert.equal(404, client.failure(failing.result, failing).statusCode)
    assert.equal(0, sdk:inFlight())
  end)

  it("shows what has come of its answer, and loses none of it", function()
    local scripted <close> = server.start { { body = client.process, bytesPerSecond = 1500 } }
    local sdk <close> = client.new(scripted)
    local call, seen = sdk.processesV2:getProcessInfoAsync(info), 0
    while not call:isDone() do
      seen = math.max(seen, #call.rawResponse)
      sdk:step(0.02)
    end
    assert.is_true(seen > 0)
    assert.equal("p-1", (call:result()).processId)
    assert.equal(client.process, call.rawResponse)
  end)

  it("lets Lua's collector know of an answer that is large", function()
    local scripted <close> = server.start { { body = ("x"):rep(1000000),
      headers = { ["Content-Type"] = "application/octet-stream" } } }
    local sdk <close> = client.new(scripted)
    collectgarbage()
    local before = collectgarbage "count"
    local call = sdk.logsV1:getLogsForProcessAsync { processId = "p-1" }
    assert.is_true(call:wait(10))
    assert.is_true(collectgarbage "count" - before > 900)
  end)

  do
    local ways = {
      ["plain"] = function(sdk) return select(2, sdk.processesV2:getProcessInfo(info)) end,
      ["in flight"] = function(sdk)
        local call = sdk.processesV2:getProcessInfoAsync(info)
        assert.is_true(call:wait(10))
        return call
      end,
      ["a wait"] = function(sdk) return select(2, sdk.processesV2:waitUntilRunning(info)) end,
      ["in a coroutine"] = function(sdk)
        local call
        local thread = coroutine.wrap(function()
          call = select(2, sdk.processesV2:getProcessInfo(info))
        end)
        while not call do thread() end
        return call
      end,
    }
    for way, make in pairs(ways) do
      it("keeps all of a large answer that a hook was told of: " .. way, function()
        local body = client.process:gsub('"addition":', '"text":"' .. ("x"):rep(5000) .. '",%0')
        local scripted <close> = server.start { { body = body } }
        local sdk <close> = client.new(scripted, { onResponse = function() end,
          poll = way == "in a coroutine" and coroutine.yield or nil })
        local call = make(sdk)
        assert.equal("p-1", (call:result()).processId)
        assert.equal(body, call.rawResponse)
      end)
    end
  end

  it("that fails at once ends the step that waits for it", function()
    local sdk <close> = hathora.new { appId = "a", serverUrl = "unix:/nowhere/socket",
      retry = false, timeout = 100 }
    local call, before = sdk.processesV2:getProcessInfoAsync(info), core.now()
    sdk:step(20)
    assert.is_true(core.now() - before < 10)
    assert.equal("ConnectionError", client.failure(call.result, call).name)
  end)

  it("can be waited for with a limit, and cancelled", function()
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted)
    local call = sdk.processesV2:createProcessAsync { region = "Tokyo" }
    assert.is_false(call:wait(0.05))
    scripted:waitForRequests(1)
    assert.is_true(call:cancel())
    assert.is_false(call:cancel())
    local problem = client.failure(call.result, call)
    assert.equal("CancelledError", problem.name)
    assert.equal("maybe", problem.sent)
    assert.equal(0, sdk:inFlight())
  end)

  it("cancelled before it left says that nothing was sent", function()
    local scripted <close> = server.start { {} }
    local sdk <close> = client.new(scripted)
    local call = sdk.processesV2:createProcessAsync { region = "Tokyo" }
    call:cancel()
    assert.equal("no", client.failure(call.result, call).sent)
    assert.equal(0, #scripted:requests())
  end)

  it("ends at its deadline, over all attempts", function()
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted, { timeout = 0.1 })
    local problem = client.failure(sdk.processesV2.createProcess, sdk.processesV2,
      { region = "Tokyo" })
    assert.equal("TimeoutError", problem.name)
    assert.equal("maybe", problem.sent)
  end)

  it("succeeds when the program stalled past the deadline with the answer there", function()
    local scripted <close> = server.start { { status = 201, body = client.process } }
    local sdk <close> = client.new(scripted, { timeout = 0.3 })
    local call = sdk.processesV2:createProcessAsync { region = "Tokyo" }
    while #scripted:requests() == 0 do sdk:step(0) end
    socket.sleep(0.5)
    sdk:step(0)
    assert.is_true(call:isDone())
    assert.equal("p-1", (call:result()).processId)
  end)

  it("waits its turn beyond maxInFlight, with its deadline running", function()
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted, { maxInFlight = 2 })
    local calls = {}
    for i = 1, 2 do calls[i] = sdk.processesV2:createProcessAsync { region = "Tokyo" } end
    calls[3] = sdk.processesV2:createProcessAsync({ region = "Tokyo" }, { timeout = 0.2 })
    assert.is_true(calls[3]:wait(5))
    scripted:waitForRequests(2)
    calls[1]:cancel()
    calls[2]:cancel()
    local results, failures = hathora.all(calls)
    assert.same({}, results)
    assert.equal("CancelledError", failures[1].name)
    assert.equal("TimeoutError", failures[3].name)
    assert.equal("no", failures[3].sent)
    assert.equal(2, #scripted:requests())
  end)

  it("is not sent when its time was over before its turn came", function()
    local scripted <close> = server.start { server.silence }
    -- So small that each step does no more than one thing.
    local sdk <close> = client.new(scripted, { maxInFlight = 1, stepBudget = 1e-9 })
    local calls = { sdk.processesV2:createProcessAsync { region = "Tokyo" } }
    sdk:step(0)
    for i = 2, 5 do
      calls[i] = sdk.processesV2:createProcessAsync({ region = "Tokyo" }, { timeout = 0.2 })
    end
    require "socket".sleep(0.3)
    calls[1]:cancel()
    while sdk:inFlight() > 0 do sdk:step(1) end
    local _, failures = hathora.all(calls)
    for i = 2, 5 do
      assert.equal("TimeoutError", failures[i].name)
      assert.equal("no", failures[i].sent)
    end
  end)

  it("runs onDone from step, and a failing one hurts no other", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted)
    local done = {}
    for i = 1, 3 do
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function(call)
        done[#done + 1] = (call:result()).processId
        if i == 2 then error "a bug of the game's" end
      end })
    end
    local raised
    while #done < 3 do
      local ok, problem = pcall(sdk.step, sdk, 1)
      if not ok then raised = problem end
    end
    while sdk:inFlight() > 0 do sdk:step(1) end
    assert.truthy(raised:find("a bug of the game's", 1, true))
    assert.truthy(raised:find("stack traceback", 1, true))
  end)

  it("is dropped in silence when its sdk is closed, or the state ends", function()
    local scripted <close> = server.start { server.silence }
    local sdk = client.new(scripted)
    sdk.processesV2:createProcessAsync({ region = "Tokyo" }, { onDone = error })
    sdk:step(0)
    sdk:close()
    sdk:close()
    assert.error_matches(function() sdk:step(0) end, "closed")
    local process = require "support.process"
    local output, status = process.run { "lua5.4", "-e", ([[
      local sdk = require "hathora".new { serverUrl = %q, appId = "a" }
      for i = 1, 20 do
        sdk.processesV2:createProcessAsync({ region = "Tokyo" }, { onDone = error })
        sdk:step(0)
      end
      os.exit(0, true)]]):format(scripted.url) }
    assert.equal("", output)
    assert.equal(0, status)
  end)

  it("can be given up by its coroutine's end and the collector", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted)
    coroutine.wrap(function() sdk.processesV2:getProcessInfoAsync(info) end)()
    collectgarbage()
    collectgarbage()
    while sdk:inFlight() > 0 do sdk:step(1) end
    assert.equal(1, #scripted:requests())
  end)
end)

describe("an event loop", function()
  it("needs the one descriptor alone, retries and deadlines included", function()
    local cqueues = require "cqueues"
    local scripted <close> = server.start {
      { on = "/ok", body = client.process },
      { on = "/bad", status = 404, body = '{"message":"x"}' },
      { on = "/again", status = 503, body = '{"message":"x"}' },
      { on = "/slow", raw = "", ending = "hold" },
    }
    local sdk <close> = client.new(scripted, { timeout = 1, maxInFlight = 16,
      retry = { initialDelay = 0.001, budget = 1000000 } })
    local kinds, finished, wakes = { "ok", "bad", "again", "ok", "bad" }, 0, 0
    local calls = {}
    for i = 1, 1000 do
      local kind = i % 200 == 0 and "slow" or kinds[i % #kinds + 1]
      calls[i] = sdk.processesV2:getProcessInfoAsync({ processId = kind },
        { onDone = function() finished = finished + 1 end, timeout = kind == "slow" and 0.05
          or 30 })
      if i % 50 == 0 then calls[i - 1]:cancel() end
    end
    local pollable = { pollfd = sdk:pollfd(), events = "r" }
    while finished < 1000 do
      assert.truthy(cqueues.poll(pollable, 5) == pollable, "stalled")
      sdk:step(0)
      wakes = wakes + 1
    end
    assert.equal(0, sdk:inFlight())
    assert.equal(0, (cqueues.poll(pollable, 0) == pollable) and 1 or 0)
    for _, call in ipairs(calls) do assert.is_true(call:isDone()) end
  end)

  it("takes the sdk itself: cqueues polls it, and plain calls yield", function()
    local cqueues = require "cqueues"
    local scripted <close> = server.start { { body = client.process, delay = 0.05 } }
    local sdk <close> = client.new(scripted, { poll = cqueues.poll })
    local loop, done, ticks = cqueues.new(), 0, 0
    for _ = 1, 5 do
      loop:wrap(function()
        assert(sdk.processesV2:getProcessInfo(info).processId == "p-1")
        done = done + 1
      end)
    end
    loop:wrap(function()
      while done < 5 do
        cqueues.sleep(0.005)
        ticks = ticks + 1
      end
    end)
    assert(loop:loop(10))
    assert.equal(5, done)
    assert.is_true(ticks >= 3)
  end)

  it("can be a hand-written one of coroutines", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted, { poll = coroutine.yield })
    local done, threads = 0, {}
    for i = 1, 3 do
      threads[i] = coroutine.wrap(function()
        sdk.processesV2:getProcessInfo(info)
        done = done + 1
        while true do coroutine.yield() end
      end)
    end
    while done < 3 do for _, resume in ipairs(threads) do resume() end end
  end)
end)

describe("waiting", function()
  local function at(status, more)
    local answer = { body = (client.process:gsub("running", status)) }
    for key, value in pairs(more or {}) do answer[key] = value end
    return answer
  end

  it("looks until the process runs, past statuses it does not know", function()
    local scripted <close> = server.start { { status = 404, body = '{"message":"not yet"}',
      times = 1 }, at("starting"), at("hibernating"), at("running") }
    local sdk <close> = client.new(scripted)
    assert.equal("running", sdk.processesV2:waitUntilRunning(info).status)
    assert.equal(4, #scripted:requests())
  end)

  it("ends early at a terminal status, and at its timeout", function()
    local scripted <close> = server.start { at("failed", { times = 1 }), at("starting") }
    local sdk <close> = client.new(scripted)
    local problem = client.failure(sdk.processesV2.waitUntilRunning, sdk.processesV2, info)
    assert.equal("ProcessError", problem.name)
    assert.equal("failed", problem.process.status)
    problem = client.failure(sdk.processesV2.waitUntilRunning, sdk.processesV2,
      { processId = "p", timeout = 1 })
    assert.equal("TimeoutError", problem.name)
    assert.equal("starting", problem.process.status)
  end)

  it("is also a call in flight", function()
    local scripted <close> = server.start { at("stopping", { times = 2 }), at("stopped") }
    local sdk <close> = client.new(scripted)
    local call = sdk.processesV2:waitUntilStoppedAsync(info)
    assert.is_true(call:wait(5))
    assert.equal("stopped", (call:result()).status)
  end)
end)
