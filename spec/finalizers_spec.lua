local client = require "support.client"
local process = require "support.process"
local server = require "support.server"

-- What a finalizer may do: everything that other code may, at any moment at which Lua allocates.

-- In a process of its own, where what is freed is written over.
local function run(program, ...)
  local path = os.tmpname()
  process.writeFile(path, program)
  local output, status = process.run { "env", "MALLOC_PERTURB_=90", "timeout", "60", "lua5.4", path,
    ... }
  os.remove(path)
  return output, status
end

-- Something is finalized at each of Lua's allocations, as it were.
local eagerly = [[
  local url = ...
  local hathora = require "hathora"
  local function each(act)
    local function again() setmetatable({}, { __gc = function() act() again() end }) end
    for _ = 1, 20 do again() end
    collectgarbage("incremental", 10, 10000, 1)
  end
]]

describe("a finalizer that makes a call of its own", function()
  it("leaves each call its own URL", function()
    local scripted <close> = server.start { { status = 204 } }
    local output, status = run(eagerly .. [[
      local sdk = hathora.new { serverUrl = url, appId = "a" }
      local others = 0
      each(function()
        if others == 200 then return end
        others = others + 1
        sdk.processesV2:stopProcessAsync { processId = ("o"):rep(others % 2 == 0 and 5 or 600) }
      end)
      for _ = 1, 200 do
        sdk.processesV2:stopProcess { processId = "own-1" }
        sdk.processesV2:stopProcess { processId = ("l"):rep(600) }
      end
      while sdk:inFlight() > 0 do sdk:step(1) end
      print(others)
      os.exit(true)]], scripted.url)
    assert.equal("200\n", output)
    assert.equal(0, status)
    local counts = {}
    for _, request in ipairs(scripted:requests()) do
      local id = request.target:match "/stop/(.*)$"
      counts[id] = (counts[id] or 0) + 1
    end
    assert.same({ ["own-1"] = 200, [("l"):rep(600)] = 200, ooooo = 100, [("o"):rep(600)] = 100 },
      counts)
  end)

  it("may close the client while a call of it is made", function()
    local scripted <close> = server.start { { status = 204 } }
    local output, status = run(eagerly .. [[
      local sdk, left = nil, -1
      each(function()
        left = left - 1
        if left == 0 then sdk:close() end
      end)
      for round = 1, 300 do
        sdk, left = hathora.new { serverUrl = url, appId = "a" }, round
        pcall(function()
          while left > 0 do sdk.processesV2:stopProcessAsync { processId = "p" } end
        end)
        sdk:close()
      end
      print "alive"
      os.exit(true)]], scripted.url)
    assert.equal("alive\n", output)
    assert.equal(0, status)
  end)
end)

describe("a finalizer, while an answer is read,", function()
  it("may make a step, which brings more of a stream", function()
    local scripted <close> = server.start { { body = ("0123456789"):rep(8000), framing = "chunked",
      bytesPerSecond = 80000, headers = { ["Content-Type"] = "application/octet-stream" } } }
    local output, status = run(eagerly .. [[
      local sleep = require "socket".sleep
      local sdk = hathora.new { serverUrl = url, appId = "a" }
      local pieces, steps = {}, 0
      each(function()
        if steps == 10 then return end
        steps = steps + 1
        sleep(0.06) -- until the next piece is there
        sdk:step(0)
      end)
      sdk.logsV1:getLogsForProcess({ processId = "p", follow = true },
        { onData = function(piece) pieces[#pieces + 1] = piece end })
      print(table.concat(pieces) == ("0123456789"):rep(8000), steps)
      os.exit(true)]], scripted.url)
    assert.equal("true\t10\n", output)
    assert.equal(0, status)
  end)

  it("may ask for the result, the text and the headers of the same call", function()
    local scripted <close> = server.start { { body = client.process } }
    local output, status = run(eagerly .. [[
      local sdk = hathora.new { serverUrl = url, appId = "a" }
      local call, texts, busy = nil, 0, false
      each(function()
        if busy or not call or not call:isDone() then return end
        busy = true
        if texts % 2 == 0 then call:result() end
        if call.rawResponse and call.headers["content-type"] then texts = texts + 1 end
        busy = false
      end)
      for _ = 1, 200 do
        call = sdk.processesV2:getProcessInfoAsync { processId = "p-1" }
        while not call:isDone() do sdk:step(1) end
        assert(call:result().createdAt == "2024-05-10T00:03:23.123Z")
      end
      print(texts > 100)
      os.exit(true)]], scripted.url)
    assert.equal("true\n", output)
    assert.equal(0, status)
  end)

  it("may cancel the call: it has failed, and ends once", function()
    local scripted <close> = server.start { { body = client.process } }
    local output, status = run(eagerly .. [[
      local sdk = hathora.new { serverUrl = url, appId = "a",
        onResponse = function() end }
      local call, left, cancelled, ends = nil, -1, 0, 0
      each(function()
        left = left - 1
        if left == 0 and call then call:cancel() end
      end)
      for round = 1, 300 do
        ends = 0
        call = sdk.processesV2:getProcessInfoAsync({ processId = "p-1" },
          { onDone = function() ends = ends + 1 end })
        left = round % 60 + 1
        while ends == 0 do sdk:step(1) end
        left = -1
        for _ = 1, 3 do sdk:step(0) end
        local ok, problem = pcall(call.result, call)
        assert(ok or problem.name == "CancelledError", problem)
        assert(ends == 1, "ended twice")
        cancelled = cancelled + (ok and 0 or 1)
      end
      print(cancelled > 20)
      os.exit(true)]], scripted.url)
    assert.equal("true\n", output)
    assert.equal(0, status)
  end)
end)

describe("at the end of the program", function()
  it("a finalizer's wait for a call that was collected before it ends", function()
    local scripted <close> = server.start { server.silence }
    for _, options in ipairs { "", ", poll = function() end" } do
      local output, status = run([[
        local url = ...
        local hathora = require "hathora"
        local sdk = hathora.new { serverUrl = url, appId = "a"]] .. options .. [[ }
        local pending = setmetatable({}, { __gc = function(calls)
          local _, failures = hathora.all(calls)
          print(failures[1])
        end })
        pending[1] = sdk.processesV2:stopProcessAsync { processId = "p" }
        sdk:step(0)]], scripted.url)
      assert.equal("the call was collected before it ended\n", output)
      assert.equal(0, status)
    end
  end)

  it("a finalizer can still make a call, with the headers prepared before", function()
    local scripted <close> = server.start { { status = 204 } }
    local output, status = run([[
      local url, token = ...
      local hathora = require "hathora"
      local sdk = hathora.new { serverUrl = url, appId = "a", log = function() end,
        securitySource = function() return { hathoraDevToken = token } end }
      guard = setmetatable({}, { __gc = function()
        print(sdk.processesV2:stopProcess { processId = "p" })
      end })
      sdk.processesV2:stopProcess { processId = "p" }]], scripted.url, client.token)
    assert.matches("^true", output)
    assert.equal(0, status)
    local requests = scripted:requests()
    assert.equal("Bearer " .. client.token, requests[2].headers.authorization)
  end)
end)
