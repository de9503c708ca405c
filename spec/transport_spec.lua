local client = require "support.client"
local core = require "hathora.core"
local hathora = require "hathora"

-- A user's own transport, the option `client`, and what is promised of calls through it.

local info, json = { processId = "p" }, { ["Content-Type"] = "application/json" }

local function new(send, options)
  local all = { appId = "a", security = { hathoraDevToken = client.token },
    client = { send = function(_, request) return send(request) end } }
  for name, value in pairs(options or {}) do all[name] = value end
  return hathora.new(all)
end

local function answer(status, body, headers)
  local all = { statusCode = status, body = body, headers = {} }
  for _, more in ipairs { json, headers or {} } do
    for name, value in pairs(more) do all.headers[name] = value end
  end
  return all
end

local later = '{"message":"later"}'

describe("through a user's own transport", function()
  it("retries wait as they are told to", function()
    local times, delays = {}, {}
    local sdk <close> = new(function()
      times[#times + 1] = core.now()
      return answer(503, later)
    end, { retry = { initialDelay = 0.2 }, onRetry = function(event)
      delays[#delays + 1] = event.delay
    end })
    client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
    assert.equal(3, #times)
    for i = 1, 2 do assert.is_true(times[i + 1] - times[i] >= delays[i]) end
  end)

  it("Retry-After is heeded, and a deadline that comes first ends the call", function()
    local times = {}
    local sdk <close> = new(function()
      times[#times + 1] = core.now()
      if #times == 1 then return answer(429, later, { ["Retry-After"] = "1" }) end
      return answer(200, client.process)
    end)
    assert.equal("p-1", sdk.processesV2:getProcessInfo(info).processId)
    assert.is_true(times[2] - times[1] >= 1)
    times = {}
    assert.equal(429, client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info,
      { timeout = 0.5 }).statusCode)
    assert.equal(1, #times)
  end)

  it("a wait waits between its looks", function()
    local looks = 0
    local sdk <close> = new(function()
      looks = looks + 1
      return answer(200, (client.process:gsub("running", "starting")))
    end)
    local problem = client.failure(sdk.processesV2.waitUntilRunning, sdk.processesV2,
      { processId = "p", timeout = 1 })
    assert.equal("TimeoutError", problem.name)
    assert.equal("starting", problem.process.status)
    assert.is_true(looks > 2 and looks < 40, looks .. " looks")
  end)

  it("nothing is sent before a step, and onDone is run by one", function()
    local sent, ends = 0, 0
    local sdk <close> = new(function()
      sent = sent + 1
      return answer(200, client.process)
    end)
    local call = sdk.processesV2:getProcessInfoAsync(info, { onDone = function()
      ends = ends + 1
    end })
    assert.equal(0, sent + ends)
    while not call:isDone() do sdk:step(0.1) end
    assert.equal(2, sent + ends)
    assert.equal("p-1", (call:result()).processId)
  end)

  it("a send that yields ends at its deadline, whoever steps", function()
    local sdk <close> = new(function() coroutine.yield() end)
    local call = sdk.processesV2:createProcessAsync({ region = "Tokyo" },
      { timeout = 0.1, retry = false })
    local thread = coroutine.wrap(function() sdk:step(0.1) end)
    thread()
    assert.is_false(call:isDone())
    assert.is_true(call:wait(5))
    local problem = client.failure(call.result, call)
    assert.equal("TimeoutError", problem.name)
    assert.equal("maybe", problem.sent)
    thread()
  end)

  it("a send that has yielded is not waited for by who would keep it from going on", function()
    local sdk <close> = new(function()
      coroutine.yield()
      return answer(200, client.process)
    end)
    local call = sdk.processesV2:getProcessInfoAsync(info, { timeout = 2 })
    local thread = coroutine.wrap(function() sdk:step(0) end)
    thread()
    local problem = client.failure(call.wait, call)
    assert.equal("RequestError", problem.name)
    assert.truthy(problem.message:find "yielded")
    assert.is_false(call:isDone())
    thread()
    assert.is_true(call:wait())
    assert.equal("p-1", (call:result()).processId)
  end)

  it("a send that has yielded in another's step ends a plain call that would wait", function()
    local sdk <close> = new(coroutine.yield, { timeout = 2 })
    local problem
    -- The first is held up by another's end; the second sends the first's request meanwhile.
    sdk.processesV2:getProcessInfoAsync(info, { onDone = coroutine.yield }):cancel()
    local first = coroutine.create(function()
      problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
    end)
    local second = coroutine.create(function() sdk:step(0) end)
    for _, thread in ipairs { first, second, first, second } do
      assert(coroutine.resume(thread))
    end
    assert.equal("CancelledError", problem.name)
    assert.equal("maybe", problem.sent)
    assert.truthy(problem.message:find "yielded")
    assert.equal(0, sdk:inFlight())
  end)

  it("a send that yields to its loop and comes back is an answer", function()
    local sdk <close> = new(function()
      coroutine.yield()
      return answer(200, client.process)
    end)
    local process
    local thread = coroutine.wrap(function() process = sdk.processesV2:getProcessInfo(info) end)
    thread()
    thread()
    assert.equal("p-1", process.processId)
  end)

  it("a send that cannot yield fails as a connection does", function()
    local sdk <close> = new(function() coroutine.yield() end, { retry = false })
    local call = sdk.processesV2:getProcessInfoAsync(info)
    while not call:isDone() do sdk:step(0.1) end
    assert.equal("ConnectionError", client.failure(call.result, call).name)
  end)

  local wrongs = { ["nothing"] = function() return nil, "no route" end,
    ["no reason"] = function() return nil end,
    ["no status"] = function() return {} end,
    ["the status 0"] = function() return { statusCode = 0 } end,
    ["the status 99"] = function() return { statusCode = 99 } end,
    ["the status 600"] = function() return { statusCode = 600 } end,
    ["a status beyond all others"] = function() return { statusCode = math.maxinteger } end,
    ["a body that is a table"] = function() return { statusCode = 200, body = {} } end,
    ["headers that are text"] = function() return { statusCode = 200, headers = "x" } end,
    ["an error"] = function() error "broken" end }
  local says = { nothing = "no route", ["no reason"] = "without a reason",
    ["no status"] = "no table with a statusCode", ["the status 0"] = "statusCode 0;",
    ["the status 99"] = "100 to 599", ["the status 600"] = "600",
    ["a status beyond all others"] = "100 to 599", ["a body that is a table"] = "is a table",
    ["headers that are text"] = "are a string", ["an error"] = "broken" }
  for name, send in pairs(wrongs) do
    it("of what returns " .. name .. " comes a ConnectionError that says so", function()
      local sdk <close> = new(send, { retry = false })
      local problem = client.failure(sdk.processesV2.createProcess, sdk.processesV2,
        { region = "Tokyo" })
      assert.equal("ConnectionError", problem.name)
      assert.equal("maybe", problem.sent)
      assert.truthy(problem.message:find(says[name], 1, true), problem.message)
    end)
  end

  it("what send closes the sdk for is not asked for", function()
    local sdk
    sdk = new(function()
      sdk:close()
      return answer(200, client.process)
    end)
    local call = sdk.processesV2:getProcessInfoAsync(info, { onDone = error })
    sdk:step(0)
    assert.is_false(call:isDone())
    local ok, problem = pcall(call.wait, call)
    assert.is_false(ok)
    assert.equal("RequestError", problem.name)
  end)

  it("a request without a body has no header that is only a name", function()
    local lines
    local sdk <close> = new(function(request)
      lines = request.headers
      return { statusCode = 204 }
    end)
    for _, options in ipairs { {}, { headers = { ["X-Mine"] = "1" } } } do
      sdk.roomsV2:destroyRoom({ roomId = "r" }, options)
      assert.is_true(#lines > 0)
      for _, line in ipairs(lines) do assert.truthy(line:find ": .", line) end
    end
  end)

  it("has every header that has a value, whatever it ends in", function()
    local lines
    local sdk <close> = new(function(request)
      lines = table.concat(request.headers, "\n")
      return answer(201, client.process)
    end, { security = { hathoraDevToken = "secret:" } })
    sdk.processesV2:createProcess({ region = "Tokyo" }, { idempotencyKey = "match:",
      headers = { ["X-Mine"] = "a:" } })
    for _, line in ipairs { "Idempotency-Key: match:", "X-Mine: a:",
      "Authorization: Bearer secret:" } do assert.truthy(lines:find(line, 1, true), line) end
  end)

  for _, way in ipairs { "timed out", "been cancelled" } do
    it("an answer to a call that has " .. way .. " changes nothing", function()
      local sdk <close> = new(function()
        coroutine.yield()
        return answer(200, client.process)
      end, { timeout = 0.1, retry = false })
      local ends = 0
      local call = sdk.processesV2:getProcessInfoAsync(info, { onDone = function()
        ends = ends + 1
      end })
      local sending = coroutine.wrap(sdk.step)
      sending(sdk, 0)
      if way == "been cancelled" then call:cancel() end
      while ends == 0 do sdk:step(1) end
      assert.is_true(call:wait())
      sending()
      for _ = 1, 3 do sdk:step(0.01) end
      assert.equal(1, ends)
      assert.is_nil(call.statusCode)
      assert.equal(way == "timed out" and "TimeoutError" or "CancelledError",
        client.failure(call.result, call).name)
    end)
  end

  it("a log comes in one piece, and too large an answer is refused", function()
    local sdk <close> = new(function()
      return { statusCode = 200, body = ("x"):rep(2000) }
    end, { maxResponseSize = 1000 })
    local problem = client.failure(sdk.logsV1.getLogsForProcess, sdk.logsV1, info)
    assert.truthy(problem.message:find "maxResponseSize")
    local other, got = new(function() return { statusCode = 200, body = "a log" } end), ""
    assert.is_true((other.logsV1:getLogsForProcess(info, { onData = function(piece)
      got = got .. piece
    end })))
    assert.equal("a log", got)
    other:close()
  end)
end)

describe("a securitySource", function()
  it("that yields lets the others go on, and its call is answered", function()
    local asked = 0
    local sdk <close> = new(function() return answer(200, client.process) end, {
      securitySource = function()
        asked = asked + 1
        coroutine.yield()
        return { hathoraDevToken = "t" }
      end })
    local call
    local thread = coroutine.wrap(function()
      call = sdk.processesV2:getProcessInfoAsync(info)
    end)
    thread()
    sdk:step(0)
    thread()
    assert.is_true(call:wait(5))
    assert.equal("p-1", (call:result()).processId)
    assert.equal(1, asked)
  end)

  it("that cannot yield fails its call alone", function()
    local sdk <close> = new(function() return answer(200, client.process) end, {
      securitySource = coroutine.yield })
    local call = sdk.processesV2:getProcessInfoAsync(info)
    assert.is_true(call:wait(5))
    assert.equal("SecurityError", client.failure(call.result, call).name)
  end)
end)
