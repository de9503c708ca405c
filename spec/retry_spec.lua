local client = require "support.client"
local server = require "support.server"
local socket = require "socket"

local calls = {
  GET = function(sdk, options)
    return sdk.processesV2:getProcessInfo({ processId = "p" }, options)
  end,
  create = function(sdk, options)
    return sdk.processesV2:createProcess({ region = "Tokyo" }, options)
  end,
  stop = function(sdk, options)
    return sdk.processesV2:stopProcess({ processId = "p" }, options)
  end,
}

local function answering(status) return { status = status, body = '{"message":"later"}' } end

-- What the server does, how often each call is sent, and what a failed create says was sent.
local matrix = {
  { "hangs up before an answer", server.hangUp, 3, 1, "maybe" },
  { "resets before an answer", server.reset, 3, 1, "maybe" },
  { "resets within the body", { status = 201, body = client.process, cut = 9, ending = "reset" },
    3, 1, "yes" },
  { "cuts the body short", { status = 201, body = client.process, cut = 9 }, 3, 1, "yes" },
  { "answers 408", answering(408), 3, 1, "yes" },
  { "answers 429", answering(429), 3, 1, "yes" },
  { "answers 500", answering(500), 3, 1, "yes" },
  { "answers 502", answering(502), 3, 1, "yes" },
  { "answers 503", answering(503), 3, 1, "yes" },
  { "answers 504", answering(504), 3, 1, "yes" },
  { "answers 404", answering(404), 1, 1, "yes" },
}

describe("a retry", function()
  it("is made on a new connection, for the old one may be the trouble", function()
    local scripted <close> = server.start { answering(503), { body = client.process } }
    local sdk <close> = client.new(scripted)
    calls.GET(sdk)
    assert.equal(2, #scripted:requests())
    assert.equal(2, scripted:connections())
  end)
end)

describe("a retry's delay", function()
  it("ends at the call's deadline, when a hook has taken the time for it", function()
    local scripted <close> = server.start { { on = "/again", status = 503, times = 1,
      headers = { ["Retry-After"] = "1" } }, server.silence }
    local sdk <close> = client.new(scripted, { onRetry = function() socket.sleep(0.5) end })
    local ended = {}
    local function start(id, timeout)
      sdk.processesV2:getProcessInfoAsync({ processId = id }, { timeout = timeout, retry = id ==
        "again" and {} or false, onDone = function() ended[#ended + 1] = id end })
    end
    start("again", 1.2) -- would be sent after 1.5 seconds
    start("other", 1.35)
    while #ended < 2 do sdk:step(1) end
    assert.same({ "again", "other" }, ended)
  end)
end)

describe("a server that", function()
  for _, row in ipairs(matrix) do
    local what, answer, repeatable, once, sent = table.unpack(row)
    for name, call in pairs(calls) do
      local expected = name == "create" and once or repeatable
      -- A stop has no body to be cut: any answer's status decides.
      if not (name == "stop" and answer.cut) then
        it(("%s sees a %s %d times"):format(what, name, expected), function()
          local scripted <close> = server.start { answer }
          local sdk <close> = client.new(scripted)
          local problem = client.failure(call, sdk)
          assert.equal(expected, #scripted:requests())
          assert.equal(expected, problem.attempts)
          if name == "create" then assert.equal(sent, problem.sent) end
        end)
      end
    end
  end

  it("refuses the connection is asked again, and a create says that nothing was sent", function()
    local scripted = server.start { {} }
    scripted:close()
    local sdk <close> = client.new(scripted)
    for _, call in pairs(calls) do
      local problem = client.failure(call, sdk)
      assert.equal("ConnectionError", problem.name)
      assert.equal("no", problem.sent)
      assert.equal(3, problem.attempts)
    end
  end)

  for _, ending in ipairs { "hangUp", "reset" } do
    it("lets a kept connection die by " .. ending .. " sees one create, not libcurl's second",
      function()
        local scripted <close> = server.start {
          { on = "^GET", body = client.process }, server[ending],
        }
        local sdk <close> = client.new(scripted)
        calls.GET(sdk)
        local problem = client.failure(calls.create, sdk)
        assert.equal("maybe", problem.sent)
        assert.equal(2, #scripted:requests())
      end)
  end

  it("ends each connection after its answer is asked on a new one, however often", function()
    local scripted <close> = server.start { { body = client.process, ending = "close" } }
    local sdk <close> = client.new(scripted, { retry = false })
    for _ = 1, 30 do assert.equal("p-1", calls.GET(sdk).processId) end
  end)

  it("ends each kept connection under the next request is asked again, however often", function()
    local script = {}
    for index = 1, 60, 2 do
      script[index], script[index + 1] = { body = client.process }, server.hangUp
    end
    local scripted <close> = server.start(script)
    local sdk <close> = client.new(scripted, { retry = false })
    for _ = 1, 30 do assert.equal("p-1", calls.GET(sdk).processId) end
    assert.equal(59, #scripted:requests())
  end)

  it("recovers is answered by the next attempt, with the same key", function()
    local scripted <close> = server.start {
      answering(503), { status = 201, body = client.process },
    }
    local sdk <close> = client.new(scripted, {
      retry = { idempotencyKeys = true, initialDelay = 0.001 },
    })
    local _, response = calls.create(sdk)
    assert.equal(2, response.attempts)
    local first, second = table.unpack(scripted:requests())
    assert.truthy(first.headers["idempotency-key"])
    assert.equal(first.headers["idempotency-key"], second.headers["idempotency-key"])
    calls.create(sdk)
    assert.not_equal(first.headers["idempotency-key"],
      scripted:requests()[3].headers["idempotency-key"])
  end)
end)

describe("retrying", function()
  it("can be switched off, for an sdk and for a call", function()
    local scripted <close> = server.start { answering(503) }
    local sdk <close> = client.new(scripted, { retry = false })
    client.failure(calls.GET, sdk)
    local other <close> = client.new(scripted)
    client.failure(calls.GET, other, { retry = false })
    assert.equal(2, #scripted:requests())
  end)

  it("waits as long as Retry-After says, and gives up when the deadline comes first", function()
    local scripted <close> = server.start { { status = 429, headers = { ["Retry-After"] = "1" },
      body = '{"message":"later"}', times = 2 }, { body = client.process } }
    local waits = {}
    local sdk <close> = client.new(scripted, { onRetry = function(event)
      waits[#waits + 1] = event.delay
    end })
    assert.equal(429, client.failure(calls.GET, sdk, { timeout = 0.5 }).statusCode)
    assert.equal(1, #scripted:requests())
    assert.equal("p-1", calls.GET(sdk).processId)
    assert.same({ 1 }, waits)
  end)

  it("stops when the sdk's budget is used up", function()
    local scripted <close> = server.start { answering(503) }
    local sdk <close> = client.new(scripted, { retry = { initialDelay = 0.001, budget = 3 } })
    for _ = 1, 4 do client.failure(calls.GET, sdk) end
    assert.equal(4 + 3, #scripted:requests())
  end)

  it("has as much as one likes", function()
    local scripted <close> = server.start { answering(503) }
    local sdk <close> = client.new(scripted, { retry = { initialDelay = 0.001,
      budget = math.maxinteger } })
    for _ = 1, 2 do assert.equal(3, client.failure(calls.GET, sdk).attempts) end
  end)

  it("has one more after ten successes, however they come", function()
    local scripted <close> = server.start { { on = "/good", body = client.process, times = 10 },
      answering(503) }
    local sdk <close> = client.new(scripted, { retry = { initialDelay = 0.001, budget = 1 } })
    local function attempts() return client.failure(calls.GET, sdk).attempts end
    assert.equal(2, attempts())
    for _ = 1, 9 do
      sdk.processesV2:getProcessInfo { processId = "good" }
      assert.equal(1, attempts())
    end
    sdk.processesV2:getProcessInfo { processId = "good" }
    assert.equal(2, attempts())
  end)

  it("has no more of it after many successes", function()
    local scripted <close> = server.start { { body = client.process, times = 30 }, answering(503) }
    local sdk <close> = client.new(scripted, { retry = { initialDelay = 0.001, budget = 1 } })
    for _ = 1, 30 do calls.GET(sdk) end
    for _ = 1, 3 do client.failure(calls.GET, sdk) end
    assert.equal(30 + 3 + 1, #scripted:requests())
  end)

  it("shows a caller's own idempotency key on the error", function()
    local scripted <close> = server.start { answering(500) }
    local sdk <close> = client.new(scripted)
    local problem = client.failure(calls.create, sdk, { idempotencyKey = "mine" })
    assert.equal("mine", problem.idempotencyKey)
    assert.equal("mine", scripted:requests()[1].headers["idempotency-key"])
  end)
end)
