local client = require "support.client"
local core = require "hathora.core"
local hathora = require "hathora"
local process = require "support.process"
local server = require "support.server"
local socket = require "socket"

local info = { processId = "p-1" }

local function script(text)
  local path = os.tmpname()
  process.writeFile(path, text)
  return setmetatable({ path = path }, { __close = function() os.remove(path) end })
end

describe("a step's budget", function()
  it("breaks off what is too much, and the descriptor stays readable until all is done", function()
    local cqueues = require "cqueues"
    local scripted <close> = server.start { { body = client.process } }
    local total = 300 * tonumber(os.getenv "HATHORA_SPEC_ROUNDS" or 1)
    -- So small that each step does no more than one thing.
    local sdk <close> = client.new(scripted, { stepBudget = 1e-9, maxInFlight = 256,
      timeout = 600 })
    local done, most, pollable = 0, 0, { pollfd = sdk:pollfd(), events = "r" }
    for _ = 1, total do
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function() done = done + 1 end })
    end
    while done < total do
      assert.truthy(cqueues.poll(pollable, 10) == pollable, "stalled")
      local before = done
      sdk:step(0)
      most = math.max(most, done - before)
    end
    assert.equal(1, most)
  end)

  it("is for what is begun, too", function()
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted, { stepBudget = 1e-9 })
    for _ = 1, 20 do sdk.processesV2:getProcessInfoAsync(info) end
    for step = 1, 3 do
      sdk:step(0)
      socket.sleep(0.1)
      assert.is_true(scripted:connections() <= step)
    end
  end)

  it("is for its work, not for its wait", function()
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted, { stepBudget = 0.05, timeout = 0.2, retry = false })
    local done, most = 0, 0
    for _ = 1, 20 do
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function() done = done + 1 end })
    end
    while done < 20 do
      sdk:step(0) -- what is due already
      local before = done
      sdk:step(1) -- waits for the next deadlines, which come within a millisecond
      most = math.max(most, done - before)
    end
    assert.is_true(most > 1)
  end)

  it("that is used up keeps no answer that has come from beating its deadline", function()
    local scripted <close> = server.start { { body = client.process, delay = 0.5 } }
    local sdk <close> = client.new(scripted, { stepBudget = 1e-9, timeout = 1, retry = false })
    local calls = {}
    for index = 1, 3 do calls[index] = sdk.processesV2:getProcessInfoAsync(info) end
    local quiet = core.now() + 0.3 -- libcurl looks at each connection after 0.2 s
    while core.now() < quiet do sdk:step(0.01) end
    socket.sleep(1)
    while sdk:inFlight() > 0 do sdk:step(0) end
    for _, call in ipairs(calls) do assert.equal("p-1", (call:result()).processId) end
  end)
end)

describe("a step", function()
  it("with nothing to do returns at once", function()
    local sdk <close> = hathora.new { appId = "a" }
    local before = core.now()
    sdk:step(20)
    assert.is_true(core.now() - before < 10)
  end)

  -- The quickest of many, so that other programs do not count.
  local function quickest(sdk)
    local least = math.huge
    for _ = 1, 2000 do
      local before = core.now()
      sdk:step(0)
      least = math.min(least, core.now() - before)
    end
    return least
  end

  it("costs as much beside a thousand quiet streams as beside ten", function()
    local scripted <close> = server.start { { raw = "HTTP/1.1 200 OK\r\n"
      .. "Content-Type: application/octet-stream\r\n\r\nfirst\n", ending = "hold" } }
    local sdk <close> = client.new(scripted, { maxInFlight = 1000, timeout = 60 })
    local open = 0
    local function follow(count)
      for _ = 1, count do
        sdk.logsV1:getLogsForProcessAsync(info, { onData = function() open = open + 1 end })
      end
      local wanted = sdk:inFlight()
      while open < wanted do sdk:step(1) end
    end
    follow(10)
    local few = quickest(sdk)
    follow(990)
    local many = quickest(sdk)
    -- Walking a thousand would take some twenty times as long.
    assert.is_true(many < 4 * few, ("%g and %g us"):format(few * 1e6, many * 1e6))
  end)
end)

describe("the one descriptor", function()
  it("has something to do nearly every time it is readable", function()
    local cqueues = require "cqueues"
    local scripted <close> = server.start { { body = client.process, delay = 0.01 } }
    local sdk <close> = client.new(scripted, { maxInFlight = 8 })
    local done, pollable = 0, { pollfd = sdk:pollfd(), events = "r" }
    local wakes = 0
    for _ = 1, 200 do
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function() done = done + 1 end })
    end
    while done < 200 do
      assert.truthy(cqueues.poll(pollable, 10) == pollable, "stalled")
      sdk:step(0)
      wakes = wakes + 1
    end
    -- A connection, and for each call its sending, its answer and what libcurl asks to be called
    -- for in between: a loop that spins would have thousands.
    assert.is_true(wakes < 200 * 6, wakes .. " wakes")
  end)

  it("wakes luv, with retries and deadlines and no timer of the loop's", function()
    local luv = require "luv"
    local scripted <close> = server.start { { on = "/again", status = 503, times = 2,
      body = '{"message":"later"}' }, { on = "/slow", raw = "", ending = "hold" },
      { body = client.process } }
    local sdk <close> = client.new(scripted)
    local outcomes, poll = {}, luv.new_poll(sdk:pollfd())
    local function add(id, options)
      options.onDone = function(call)
        local ok, problem = pcall(call.result, call)
        outcomes[id] = ok and "done" or problem.name
        if outcomes.again and outcomes.slow then poll:stop() end
      end
      sdk.processesV2:getProcessInfoAsync({ processId = id }, options)
    end
    poll:start("r", function() sdk:step(0) end)
    add("again", {})
    add("slow", { timeout = 0.1 })
    luv.run()
    poll:close()
    luv.run()
    assert.same({ again = "done", slow = "TimeoutError" }, outcomes)
  end)

  it("is readable while a callback has yielded and there is news of other calls", function()
    local cqueues = require "cqueues"
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted, { stepBudget = 1 })
    local done, pollable = 0, { pollfd = sdk:pollfd(), events = "r" }
    for _ = 1, 3 do
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function()
        done = done + 1
        coroutine.yield()
      end })
    end
    local function step() coroutine.wrap(sdk.step)(sdk, 0) end
    while #scripted:requests() < 3 do step() end
    scripted:waitForAnswers(3)
    while done < 3 do
      assert.truthy(cqueues.poll(pollable, 5) == pollable, "stalled")
      step()
    end
  end)

  it("is readable when a stream that was held back may go on", function()
    local cqueues = require "cqueues"
    local scripted <close> = server.start { { endless = ("x"):rep(0x4000),
      raw = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n" } }
    local sdk <close> = client.new(scripted)
    local most, pollable = 0, { pollfd = sdk:pollfd(), events = "r" }
    sdk.logsV1:getLogsForProcessAsync(info, { onData = function(piece)
      most = math.max(most, #piece)
    end })
    for _ = 1, 20 do
      assert.truthy(cqueues.poll(pollable, 5) == pollable, "stalled")
      sdk:step(0)
      socket.sleep(0.02)
    end
    assert.is_true(most > 200000, most .. " bytes at most: none was held back")
  end)

  it("that has become readable takes nothing from a wait in a step", function()
    local scripted <close> = server.start { { ending = "hold", delay = 0.5, -- alarms at 1, and 1.5
      raw = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\nfirst\n" } }
    local sdk <close> = client.new(scripted)
    sdk:pollfd()
    local call = sdk.logsV1:getLogsForProcessAsync(info, { idleTimeout = 1, onData = type })
    local before = os.clock()
    assert.is_true(call:wait(10))
    assert.is_true(os.clock() - before < 0.25, "spins")
  end)

  it("is not needed by a loop that just steps", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted)
    local done = 0
    for _ = 1, 50 do
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function() done = done + 1 end })
    end
    while done < 50 do sdk:step(0) end
  end)
end)

describe("a callback", function()
  it("may start, cancel and close, whatever is under way", function()
    local scripted <close> = server.start { { on = "/slow", raw = "", ending = "hold" },
      { body = client.process } }
    local sdk = client.new(scripted)
    local slow = sdk.processesV2:getProcessInfoAsync { processId = "slow" }
    local seen = {}
    sdk.processesV2:getProcessInfoAsync(info, { onDone = function()
      seen[#seen + 1] = "first"
      slow:cancel()
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function(call)
        seen[#seen + 1] = (call:result()).processId
        -- A plain call in a callback steps the same sdk.
        seen[#seen + 1] = sdk.processesV2:getProcessInfo(info).processId
        sdk:close()
      end })
    end })
    while #seen < 3 do sdk:step(1) end
    assert.same({ "first", "p-1", "p-1" }, seen)
    assert.is_true(slow:isDone())
    assert.error_matches(function() sdk:step(0) end, "closed")
  end)
end)

describe("descriptors that come and go", function()
  it("beside a thousand short connections are not taken for theirs", function()
    local scripted <close> = server.start { { body = client.process, ending = "close" } }
    local sdk <close> = client.new(scripted, { maxInFlight = 16 })
    local done, right, others = 0, 0, {}
    for _ = 1, 1000 do
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function(call)
        done = done + 1
        if (call:result()).processId == "p-1" then right = right + 1 end
      end })
    end
    local random = 1
    while done < 1000 do
      random = random * 48271 % 2147483647
      local place = random % 16
      if others[place] then others[place] = others[place]:close() and nil
      else others[place] = socket.udp() end
      sdk:step(0.001)
    end
    for _, other in pairs(others) do other:close() end
    assert.equal(1000, right)
  end)
end)

describe("the collector", function()
  it("may end everything in any order, at any time", function()
    local scripted <close> = server.start { { on = "/slow", raw = "", ending = "hold" },
      { body = client.process } }
    local held <close> = script [[
      local hathora, url = require "hathora", ...
      local kept = {}
      local function keeping(value) -- brings back to life what its finalizer can reach
        return setmetatable({ value }, { __gc = function(self) kept[#kept + 1] = self[1] end })
      end
      for round = 1, 60 do
        local sdk = hathora.new { serverUrl = url, appId = "a" }
        local calls = {}
        for i, id in ipairs { "p", "slow", "p", "slow" } do
          calls[i] = sdk.processesV2:getProcessInfoAsync { processId = id }
        end
        calls[3]:wait(5)
        local cycle = { sdk = sdk, calls = calls, keeping(calls[round % 4 + 1]), keeping(sdk) }
        cycle.itself = cycle
        if round % 3 == 0 then sdk:close() end
        sdk, calls, cycle = nil, nil, nil
        collectgarbage "step"
        if round % 5 == 0 then collectgarbage() end
      end
      collectgarbage()
      for _, value in ipairs(kept) do
        for _, method in ipairs { "cancel", "result", "isDone", "step", "inFlight", "close" } do
          pcall(function() value[method](value) end)
        end
        tostring(value)
      end
      print "alive"
      hathora.new({ serverUrl = url, appId = "a" }).processesV2:getProcessInfoAsync {
        processId = "slow" }
      os.exit(0, true)]]
    local output, status = process.run { "lua5.4", held.path, scripted.url }
    assert.equal("alive\n", output)
    assert.equal(0, status)
  end)
end)

describe("threads", function()
  it("may each load the module at once, in a state of their own", function()
    local scripted <close> = server.start { { body = client.process } }
    local loading <close> = script [[
      local sdk <close> = require "hathora".new { serverUrl = ..., appId = "a" }
      assert(sdk.processesV2:getProcessInfo({ processId = "p-1" }).processId == "p-1")]]
    local output, status = process.run { process.build .. "/spec/threading_host", loading.path,
      "16", scripted.url }
    assert.equal("", output)
    assert.equal(0, status)
    assert.equal(16, #scripted:requests())
  end)
end)

describe("a program's own state", function()
  it("stays as it was: random numbers, locale, directory, umask, signals", function()
    local scripted <close> = server.start { { status = 201, body = client.process } }
    local quiet <close> = script [[
      local function state()
        local status = io.open "/proc/self/status":read "a"
        return table.concat({ os.setlocale(), status:match "Umask:%s+(%d+)",
          status:match "SigBlk:%s+(%x+)", status:match "SigIgn:%s+(%x+)",
          status:match "SigCgt:%s+(%x+)", io.popen "pwd":read "l" }, " ")
      end
      math.randomseed(42)
      local expected = { math.random(1 << 30), math.random(1 << 30) }
      local before = state()
      math.randomseed(42)
      do
        local sdk <close> = require "hathora".new { serverUrl = ..., appId = "a" }
        sdk.processesV2:createProcess { region = "Tokyo" }
      end
      assert(math.random(1 << 30) == expected[1] and math.random(1 << 30) == expected[2])
      assert(state() == before, before .. " / " .. state())]]
    assert.equal("", (process.run { "lua5.4", quiet.path, scripted.url }))
  end)
end)

describe("an sdk that is let go", function()
  it("runs no callback", function()
    local scripted <close> = server.start { server.silence }
    for _, ending in ipairs { "close", "collect" } do
      local ran = false
      do
        local sdk = hathora.new { serverUrl = scripted.url, appId = "a" }
        sdk.processesV2:createProcessAsync({ region = "Tokyo" }, { onDone = function()
          ran = true
        end })
        sdk:step(0.01)
        if ending == "close" then sdk:close() end
      end
      collectgarbage()
      collectgarbage()
      assert.is_false(ran)
    end
  end)
end)
