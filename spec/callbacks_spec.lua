local client = require "support.client"
local core = require "hathora.core"
local server = require "support.server"
local socket = require "socket"

-- What callbacks may do: everything that other code may.

local info, logs = { processId = "p" }, { processId = "p-1", follow = true }

-- A log in so many pieces, each sent some time after the last, beside other answers.
local function talking(pieces)
  return server.start {
    { on = "/logs/", body = table.concat(pieces), framing = "chunked", bytesPerSecond = 300,
      headers = { ["Content-Type"] = "application/octet-stream" } },
    { on = "/slow", raw = "", ending = "hold" },
    { on = "^GET", body = client.process, times = 1000 },
    { status = 201, body = client.process },
  }
end

local text = "one two three four five six seven eight nine ten"

describe("from within onData", function()
  local deeds = {
    ["a plain call"] = function(sdk) sdk.processesV2:getProcessInfo(info) end,
    ["a wait for another call"] = function(sdk)
      assert.is_true(sdk.processesV2:getProcessInfoAsync(info):wait())
    end,
    ["a step"] = function(sdk) sdk:step(0.05) end,
    ["many steps"] = function(sdk) for _ = 1, 20 do sdk:step(0.01) end end,
  }
  for name, deed in pairs(deeds) do
    for _, form in ipairs { "plain", "in flight" } do
      it(name .. " loses no piece of a call that is " .. form .. ", and it ends once", function()
        local scripted <close> = talking { text }
        local sdk <close> = client.new(scripted)
        local got, depth, ends = {}, 0, 0
        local options = { onData = function(piece)
          depth = depth + 1
          assert(depth == 1, "a piece within a piece")
          deed(sdk)
          got[#got + 1] = piece
          depth = depth - 1
        end, onDone = function() ends = ends + 1 end }
        if form == "plain" then
          assert.is_true((sdk.logsV1:getLogsForProcess(logs, options)))
        else
          local call = sdk.logsV1:getLogsForProcessAsync(logs, options)
          while not call:isDone() do sdk:step(1) end
          sdk:step(0)
          assert.is_true((call:result()))
        end
        assert.equal(text, table.concat(got))
        assert.equal(1, ends)
        assert.equal(0, sdk:inFlight())
      end)
    end
  end

  it("a step that has no time left for the end of its own call has it end once", function()
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted, { stepBudget = 1e-9 }) -- a step does one thing
    local other = sdk.processesV2:getProcessInfoAsync({ processId = "slow" },
      { onDone = function() end })
    local got, ends = {}, 0
    local call = sdk.logsV1:getLogsForProcessAsync(logs, { onData = function(piece)
      got[#got + 1] = piece
      if #got > 1 then return end
      socket.sleep(0.5) -- the rest has come
      other:cancel()
      sdk:step(0) -- reads that, and says that the other has ended
    end, onDone = function() ends = ends + 1 end })
    while not call:isDone() do sdk:step(1) end
    for _ = 1, 5 do sdk:step(0.01) end
    assert.equal(text, table.concat(got))
    assert.equal(1, ends)
  end)

  it("its own call can be cancelled, and ends once", function()
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted)
    local pieces, ends, call = 0, 0, nil
    call = sdk.logsV1:getLogsForProcessAsync(logs, { onData = function()
      pieces = pieces + 1
      sdk:step(1) -- more has come
      assert.is_true(call:cancel())
      assert.is_false(call:cancel())
      sdk:step(0.01)
    end, onDone = function(done)
      assert.equal(call, done)
      ends = ends + 1
    end })
    while ends == 0 do sdk:step(1) end
    for _ = 1, 5 do sdk:step(0.01) end
    assert.equal(1, pieces)
    assert.equal(1, ends)
    local problem = client.failure(call.result, call)
    assert.equal("CancelledError", problem.name)
    assert.equal("yes", problem.sent)
    assert.equal(0, sdk:inFlight())
  end)

  it("its own call cannot be waited for", function()
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted)
    local call
    call = sdk.logsV1:getLogsForProcessAsync(logs, { onData = function() call:wait(1) end })
    while not call:isDone() do sdk:step(1) end
    local problem = client.failure(call.result, call)
    assert.equal("RequestError", problem.name)
    assert.truthy(problem.message:find("onData", 1, true))
  end)

  it("a coroutine may yield to its loop, and nothing is lost", function()
    local cqueues = require "cqueues"
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted, { poll = cqueues.poll })
    local loop, got = cqueues.new(), {}
    loop:wrap(function()
      sdk.logsV1:getLogsForProcess(logs, { onData = function(piece)
        cqueues.sleep(0.03)
        sdk.processesV2:getProcessInfo(info)
        got[#got + 1] = piece
      end })
    end)
    loop:wrap(function()
      for _ = 1, 10 do sdk.processesV2:getProcessInfo(info) end
    end)
    assert(loop:loop(20))
    assert.equal(text, table.concat(got))
  end)

  it("a coroutine may be closed: the call goes on with the next piece", function()
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted)
    local pieces, first = 0, true
    local call = sdk.logsV1:getLogsForProcessAsync(logs, { onData = function()
      pieces = pieces + 1
      if first then
        first = false
        coroutine.yield()
      end
    end })
    local thread = coroutine.create(function() while true do sdk:step(1) end end)
    coroutine.resume(thread)
    assert.equal(1, pieces)
    coroutine.close(thread)
    assert.is_true(call:wait(10))
    assert.is_true(pieces > 1)
    assert.is_true((call:result()))
  end)
end)

describe("a callback that has yielded", function()
  -- Have a coroutine step until the callback has yielded.
  local function yieldIn(name, act)
    local scripted <close> = talking { text }
    local options, pieces = { retry = false }, 0
    options[name == "onData" and "onResponse" or name] = name ~= "onData" and coroutine.yield or nil
    local sdk <close> = client.new(scripted, options)
    local call = sdk.logsV1:getLogsForProcessAsync(logs, { onData = function()
      pieces = pieces + 1
      if name == "onData" and pieces == 1 then coroutine.yield() end
    end })
    local thread = coroutine.create(function() repeat sdk:step(1) until call:isDone() end)
    assert(coroutine.resume(thread))
    act(sdk, call)
    assert(coroutine.resume(thread))
    assert.is_true((call:result()))
  end

  for _, name in ipairs { "onData", "onResponse" } do
    it("of " .. name .. " is not waited for by who would keep it from going on", function()
      yieldIn(name, function(sdk, call)
        local underWay = sdk:inFlight()
        local problem = client.failure(call.wait, call)
        assert.equal("RequestError", problem.name)
        assert.truthy(problem.message:find "yielded")
        assert.equal(underWay, sdk:inFlight())
        local before = core.now()
        assert.is_false(call:wait(name == "onData" and 0.1 or 20)) -- nothing is under way
        assert.is_true(core.now() - before < 10, "spins")
      end)
    end)
  end

  it("in another's step ends a plain call that would wait for it without end", function()
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted)
    local problem, ends = nil, 0
    -- The first is held up by what is done; the second takes the piece meanwhile.
    sdk.processesV2:getProcessInfoAsync(info, { onDone = coroutine.yield })
    local first = coroutine.create(function()
      problem = client.failure(sdk.logsV1.getLogsForProcess, sdk.logsV1, logs,
        { onData = coroutine.yield, onDone = function() ends = ends + 1 end })
    end)
    local second = coroutine.create(function() sdk:step(5) end)
    for _, thread in ipairs { first, second, first, second } do
      assert(coroutine.resume(thread))
    end
    assert.equal("CancelledError", problem.name)
    assert.equal("yes", problem.sent)
    assert.truthy(problem.message:find "yielded")
    sdk:step(1)
    assert.equal(1, ends)
    assert.equal(0, sdk:inFlight())
  end)
end)

describe("an attempt that ends while the onRequest before it has yielded", function()
  local later = { status = 503, body = '{"message":"later"}' }

  -- Two coroutines step: the one leaves its onRequest when the other has been told of the end.
  local function race(script, start)
    local scripted <close> = server.start(script)
    local told = {}
    local sdk <close> = client.new(scripted, {
      onRequest = function(event)
        if event.attempt > 1 then coroutine.yield "onRequest" end
      end,
      onResponse = function(event)
        told[#told + 1] = event.attempt
        coroutine.yield "onResponse"
      end })
    local call = start(sdk)
    local function run()
      while not call:isDone() do
        sdk:step(0.1)
        coroutine.yield()
      end
    end
    local first, second = coroutine.create(run), coroutine.create(run)
    repeat local _, what = assert(coroutine.resume(first)) until what == "onRequest"
    repeat local _, what = assert(coroutine.resume(second)) until what
    while coroutine.status(first) ~= "dead" or coroutine.status(second) ~= "dead" do
      for _ = 1, 3 do coroutine.resume(first) end
      coroutine.resume(second)
    end
    for _ = 1, 5 do sdk:step(0.01) end
    assert.equal(0, sdk:inFlight())
    return told, #scripted:requests()
  end

  it("is concluded once", function()
    local ends = 0
    local told, requests = race({ later }, function(sdk)
      return sdk.processesV2:getProcessInfoAsync(info, { onDone = function() ends = ends + 1 end })
    end)
    assert.same({ 1, 2, 3 }, told)
    assert.equal(3, requests)
    assert.equal(1, ends)
  end)

  it("is handed on piece by piece", function()
    local depth, got = 0, {}
    race({ { status = 503, body = later.body, times = 1 }, { body = text, framing = "chunked",
      bytesPerSecond = 300, headers = { ["Content-Type"] = "application/octet-stream" } } },
      function(sdk)
        return sdk.logsV1:getLogsForProcessAsync(logs, { onData = function(piece)
          depth = depth + 1
          assert(depth == 1, "a piece within a piece")
          coroutine.yield "onData"
          got[#got + 1] = piece
          depth = depth - 1
        end })
      end)
    assert.equal(text, table.concat(got))
  end)
end)

describe("from within a callback that tells of its end,", function()
  local function noWay() error("polled for what cannot come", 0) end

  for _, hook in ipairs { "onResponse", "onRetry" } do
    for form, poll in pairs { ["without poll"] = false, ["with poll"] = noWay } do
      it(hook .. ", a call cannot be waited for " .. form, function()
        local scripted <close> = server.start { { status = 503, times = 1,
          body = '{"message":"later"}' }, { body = client.process } }
        local call, problems = nil, {}
        local sdk <close> = client.new(scripted, { poll = poll or nil, [hook] = function()
          problems[#problems + 1] = client.failure(call.wait, call)
          problems[#problems + 1] = client.failure(call.wait, call, 5)
        end })
        call = sdk.processesV2:getProcessInfoAsync(info)
        while not call:isDone() do sdk:step(1) end
        assert.equal(hook == "onRetry" and 2 or 4, #problems)
        for _, problem in ipairs(problems) do
          assert.equal("RequestError", problem.name)
          assert.truthy(problem.message:find(hook, 1, true))
        end
        assert.is_true(call:wait())
        assert.equal("p-1", (call:result()).processId)
      end)
    end
  end
end)

describe("from within onDone", function()
  it("calls, waits, steps and cancels are what they are elsewhere", function()
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted)
    local slow, ends = sdk.processesV2:getProcessInfoAsync { processId = "slow" }, 0
    sdk.processesV2:getProcessInfoAsync(info, { onDone = function(call)
      ends = ends + 1
      assert.is_false(call:cancel())
      assert.is_true(call:wait())
      sdk:step(0.01)
      assert.equal("p-1", sdk.processesV2:createProcess({ region = "Tokyo" }).processId)
      assert.is_true(slow:cancel())
      assert.equal("p-1", (call:result()).processId)
    end })
    while ends == 0 do sdk:step(1) end
    assert.equal(0, sdk:inFlight())
    assert.equal("CancelledError", client.failure(slow.result, slow).name)
  end)

  it("a call that has failed can be waited for", function()
    local scripted <close> = server.start { { status = 404, body = '{"message":"no such"}' } }
    local sdk <close> = client.new(scripted)
    local waited
    sdk.processesV2:getProcessInfoAsync(info, { onDone = function(call)
      waited = call:wait() and call:wait(1)
    end })
    while sdk:inFlight() > 0 do sdk:step(1) end
    assert.is_true(waited)
  end)

  it("an error goes to onError, whose own ends nothing", function()
    local scripted <close> = talking { text }
    local told, ends = {}, 0
    local sdk <close> = client.new(scripted, { onError = function(failure)
      told[#told + 1] = failure
      error "onError fails, too"
    end })
    for index = 1, 3 do
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function()
        ends = ends + 1
        error("wrong " .. index)
      end })
    end
    while ends < 3 do sdk:step(1) end
    assert.equal(3, #told)
    assert.truthy(told[1]:find "wrong %d.*traceback")
  end)

  it("an error of false is not lost", function()
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted)
    sdk.processesV2:getProcessInfoAsync(info, { onDone = function() error(false) end })
    local ok, problem = true, nil
    while ok and sdk:inFlight() > 0 do ok, problem = pcall(sdk.step, sdk, 1) end
    assert.is_false(ok)
    assert.truthy(tostring(problem):find "false")
  end)
end)

describe("onDone", function()
  it("is run by step, never by what starts a call, however early that fails", function()
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted, { security = { hathoraDevToken = "a\nb" } })
    local ends = 0
    local call = sdk.processesV2:getProcessInfoAsync(info, { onDone = function(done)
      ends = ends + 1
      assert.equal("SecurityError", client.failure(done.result, done).name)
    end })
    assert.equal(0, ends)
    assert.is_true(call:isDone())
    sdk:step(0)
    assert.equal(1, ends)
    assert.equal(0, #scripted:requests())
  end)

  it("is run by step when its call is cancelled, and makes the descriptor readable", function()
    local cqueues = require "cqueues"
    local scripted <close> = talking { text }
    local sdk <close> = client.new(scripted)
    local ends = 0
    local call = sdk.processesV2:getProcessInfoAsync({ processId = "slow" },
      { onDone = function() ends = ends + 1 end })
    local pollable = { pollfd = sdk:pollfd(), events = "r" }
    call:cancel()
    assert.equal(0, ends)
    assert.equal(pollable, cqueues.poll(pollable, 5))
    sdk:step(0)
    assert.equal(1, ends)
  end)
end)

describe("from within a hook", function()
  for _, hook in ipairs { "onRequest", "onResponse", "onRetry" } do
    it(hook .. ", a call can be cancelled", function()
      local scripted <close> = server.start { { status = 503, body = '{"message":"later"}',
        times = 2 }, { body = client.process } }
      local call, ends = nil, 0
      local sdk <close> = client.new(scripted, { [hook] = function()
        if call then call:cancel() end
      end })
      call = sdk.processesV2:getProcessInfoAsync(info, { onDone = function()
        ends = ends + 1
      end })
      while ends == 0 do sdk:step(1) end
      assert.equal("CancelledError", client.failure(call.result, call).name)
      for _ = 1, 5 do sdk:step(0.01) end
      assert.equal(1, ends)
      assert.equal(0, sdk:inFlight())
    end)

    it(hook .. ", the sdk can be closed", function()
      local scripted <close> = server.start { { status = 503, body = '{"message":"later"}' } }
      local closed, sdk = false, nil
      sdk = client.new(scripted, { [hook] = function()
        if not sdk then return end
        closed = true
        sdk:close()
      end })
      local call = sdk.processesV2:getProcessInfoAsync(info, { onDone = error })
      while not closed do sdk:step(1) end
      assert.is_false(call:isDone())
    end)

    it(hook .. ", a plain call and a step are what they are elsewhere", function()
      local scripted <close> = server.start { { on = "again", status = 503, times = 1,
        body = '{"message":"later"}' }, { body = client.process } }
      local within, seen = false, 0
      local sdk
      sdk = client.new(scripted, { [hook] = function()
        if within then return end
        within = true
        seen = seen + 1
        sdk:step(0.01)
        sdk.processesV2:getProcessInfo(info)
        within = false
      end })
      assert.equal("p-1", sdk.processesV2:getProcessInfo({ processId = "again" }).processId)
      assert.is_true(seen > 0)
      sdk:close()
    end)
  end
end)

describe("a plain call whose onDone closes the sdk", function()
  it("returns what it got", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted)
    local process = sdk.processesV2:getProcessInfo(info, { onDone = function() sdk:close() end })
    assert.equal("p-1", process.processId)
  end)
end)
