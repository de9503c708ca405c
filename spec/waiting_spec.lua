local client = require "support.client"
local hathora = require "hathora"
local server = require "support.server"

local info = { processId = "p" }

local function at(status)
  return { status = 200, headers = { ["Content-Type"] = "application/json" }, statusCode = 200,
    body = (client.process:gsub("running", status)) }
end

describe("a wait", function()
  it("has its last look at the deadline", function()
    local core = require "hathora.core"
    for _ = 1, 4 do
      local began, last = core.now(), nil
      local sdk <close> = hathora.new { appId = "a", client = { send = function()
        last = core.now() - began
        return at(last >= 0.9 and "running" or "starting")
      end } }
      local process = sdk.processesV2:waitUntilRunning { processId = "p", timeout = 1 }
      assert.equal("running", process.status)
      assert.is_true(last >= 0.9)
    end
  end)

  it("ends soon after its deadline though nobody answers", function()
    local core = require "hathora.core"
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted, { retry = false })
    local began = core.now()
    local problem = client.failure(sdk.processesV2.waitUntilRunning, sdk.processesV2,
      { processId = "p", timeout = 0.3 })
    assert.equal("TimeoutError", problem.name)
    assert.is_true(core.now() - began < 3)
  end)

  it("says of a failure what every error says", function()
    local scripted <close> = server.start { { body = at "failed".body, times = 1 },
      { body = at "starting".body } }
    local sdk <close> = client.new(scripted)
    for _, name in ipairs { "ProcessError", "TimeoutError" } do
      local problem = client.failure(function()
        sdk.processesV2:waitUntilRunning { processId = "p", timeout = 0.2 }
      end)
      assert.equal(name, problem.name)
      assert.equal("waitUntilRunning", problem.operation)
      assert.equal("GET", problem.method)
      assert.equal(scripted.url .. "/processes/v2/app-1/info/p", problem.url)
      assert.equal(1, problem.attempts)
      assert.equal("yes", problem.sent)
      assert.truthy(problem.where:find "waiting_spec%.lua:%d+$")
    end
  end)

  it("that nobody answers any more has what it saw last", function()
    local scripted <close> = server.start { { body = at "starting".body, times = 1 },
      server.silence }
    local sdk <close> = client.new(scripted, { retry = false })
    local problem = client.failure(sdk.processesV2.waitUntilRunning, sdk.processesV2,
      { processId = "p", timeout = 0.3 })
    assert.equal("TimeoutError", problem.name)
    assert.equal("starting", problem.process.status)
  end)

  it("bears for five seconds that a process is not known, and no longer", function()
    local scripted <close> = server.start { { status = 404, body = '{"message":"no such"}' } }
    local sdk <close> = client.new(scripted)
    local problem = client.failure(sdk.processesV2.waitUntilRunning, sdk.processesV2,
      { processId = "p", timeout = 30 })
    assert.equal("ApiError", problem.name)
    assert.is_true(#scripted:requests() > 2)
  end)

  it("keeps its connection from look to look, but for a retry", function()
    local starting, later = { body = at "starting".body, times = 2 }, { status = 503, times = 1 }
    local scripted <close> = server.start { starting, later, starting,
      { body = at "running".body } }
    local sdk <close> = client.new(scripted)
    sdk.processesV2:waitUntilRunning(info)
    assert.equal(6, #scripted:requests())
    assert.equal(2, scripted:connections())
  end)

  it("tells of each look before it is sent, and logs it", function()
    local scripted <close> = server.start { { body = at "starting".body, times = 1 },
      { status = 404, body = '{"message":"no such"}', times = 1 }, { body = at "running".body } }
    local told, lines = {}, {}
    local sdk <close> = client.new(scripted, {
      onRequest = function(event) told[#told + 1] = "request " .. event.attempt end,
      onResponse = function(event) told[#told + 1] = "response " .. event.statusCode end,
      log = function(line) lines[#lines + 1] = line end })
    sdk.processesV2:waitUntilRunning(info)
    assert.same({ "request 1", "response 200", "request 1", "response 404", "request 1",
      "response 200" }, told)
    assert.equal(6, #lines)
  end)

  it("asks for the token anew at each look", function()
    local scripted <close> = server.start { { body = at "starting".body, times = 2 },
      { body = at "running".body } }
    local count = 0
    local sdk <close> = client.new(scripted, { securitySource = function()
      count = count + 1
      return { hathoraDevToken = "token-" .. count }
    end })
    sdk.processesV2:waitUntilRunning(info)
    local requests = scripted:requests()
    assert.equal(3, #requests)
    for index, request in ipairs(requests) do
      assert.equal("Bearer token-" .. index, request.headers.authorization)
    end
  end)
end)

describe("a wait's look for a token", function()
  for what, source in pairs { good = { hathoraDevToken = "t" }, wrong = {} } do
    it("may cancel the call, with a " .. what .. " token, which ends once", function()
      local scripted <close> = server.start { { body = at "starting".body } }
      local call, ends = nil, 0
      local sdk <close> = client.new(scripted, { securitySource = function()
        if not call then return { hathoraDevToken = "t" } end
        call:cancel()
        return source
      end })
      local function onDone() ends = ends + 1 end
      call = sdk.processesV2:waitUntilRunningAsync(info, { onDone = onDone })
      while ends == 0 do sdk:step(1) end
      for _ = 1, 3 do sdk:step(0.01) end
      assert.equal(1, ends)
      assert.equal("CancelledError", client.failure(call.result, call).name)
    end)
  end
end)

describe("with the option poll", function()
  local function during(act)
    local cqueues = require "cqueues"
    local scripted <close> = server.start { { on = "silent", raw = "", ending = "hold" },
      { body = client.process, delay = 0.1, times = 100 } }
    local sdk <close> = client.new(scripted, { poll = cqueues.poll })
    local loop, done, ticks = cqueues.new(), false, 0
    loop:wrap(function()
      act(sdk)
      done = true
    end)
    loop:wrap(function()
      while not done do
        cqueues.sleep(0.005)
        ticks = ticks + 1
      end
    end)
    assert(loop:loop(20))
    assert.is_true(done)
    assert.is_true(ticks >= 3, ticks .. " ticks")
  end

  it("call:wait lets the others run", function()
    during(function(sdk)
      local call = sdk.processesV2:getProcessInfoAsync(info)
      assert(call:wait())
      assert((call:result()).processId == "p-1")
    end)
  end)

  it("call:wait with a limit comes back at it", function()
    during(function(sdk)
      local call = sdk.processesV2:getProcessInfoAsync { processId = "silent" }
      assert(not call:wait(0.1))
      call:cancel()
    end)
  end)

  it("call:wait is woken when another cancels the call", function()
    local cqueues = require "cqueues"
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted, { poll = cqueues.poll })
    local loop, ended = cqueues.new(), false
    local call = sdk.processesV2:getProcessInfoAsync { processId = "p-1" }
    loop:wrap(function() ended = call:wait() end)
    loop:wrap(function()
      cqueues.sleep(0.05)
      call:cancel()
    end)
    assert(loop:loop(5))
    assert.is_true(ended)
  end)

  it("who waits is woken once", function()
    local cqueues = require "cqueues"
    local scripted <close> = server.start { server.silence }
    local sdk <close> = client.new(scripted, { poll = cqueues.poll })
    local call = sdk.processesV2:getProcessInfoAsync(info)
    sdk.processesV2:getProcessInfoAsync(info)
    sdk:step(0.05)
    call:cancel()
    assert.equal(0, sdk:timeout())
    sdk:step(0)
    assert.is_true(sdk:timeout() > 0)
  end)

  it("call:wait is woken when another's step has read its answer", function()
    local cqueues = require "cqueues"
    for _, status in ipairs { 200, 404 } do
      local scripted <close> = server.start { { delay = 0.8, status = status,
        body = client.process } }
      local sdk <close> = client.new(scripted, { poll = cqueues.poll, connectTimeout = 60 })
      local loop, ended = cqueues.new(), false
      local call = sdk.processesV2:getProcessInfoAsync(info)
      loop:wrap(function() ended = call:wait() end)
      loop:wrap(function()
        cqueues.sleep(0.5) -- libcurl looks at the connection after 0.2 s
        while not call:isDone() do sdk:step(1) end -- lets nobody else run
      end)
      assert(loop:loop(5))
      assert.is_true(ended)
    end
  end)

  it("hathora.all lets the others run", function()
    during(function(sdk)
      local calls = {}
      for index = 1, 3 do calls[index] = sdk.processesV2:getProcessInfoAsync(info) end
      local results = hathora.all(calls)
      assert(#results == 3)
    end)
  end)

  it("a wait for a process lets the others run", function()
    during(function(sdk) assert(sdk.processesV2:waitUntilRunning(info)) end)
  end)
end)

describe("a wait in ProcessesV3", function()
  it("asks for the process by its own operation", function()
    local scripted <close> = server.start { { body = at "starting".body, times = 1 },
      { body = at "running".body } }
    local sdk <close> = client.new(scripted)
    assert.equal("running", sdk.processesV3:waitUntilRunning(info).status)
    assert.equal("/processes/v3/apps/app-1/processes/p", scripted:requests()[2].target)
  end)
end)

describe("a wait for a room", function()
  local function connection(status, port)
    return ('{"roomId":"r-1","status":"%s","additionalExposedPorts":[]%s}'):format(status, port
      and ',"exposedPort":{"transportType":"tcp","port":7777,"host":"127.0.0.1","name":"default"}'
      or "")
  end
  local starting, active = connection "starting", connection("active", true)
  local notFound = { status = 404, body = '{"message":"no such room"}' }
  local room = { roomId = "r-1", timeout = 0.5 }

  it("returns where to connect, and sends no token", function()
    local scripted <close> = server.start { { body = starting, times = 2 }, { body = active } }
    local sdk <close> = client.new(scripted)
    assert.equal(7777, sdk.roomsV2:waitUntilActive(room).exposedPort.port)
    local requests = scripted:requests()
    assert.equal(3, #requests)
    for _, request in ipairs(requests) do assert.is_nil(request.headers.authorization) end
  end)

  it("raises a RoomError when the room that was seen is found no more", function()
    local scripted <close> = server.start { { body = starting, times = 1 }, notFound }
    local sdk <close> = client.new(scripted)
    local problem = client.failure(sdk.roomsV2.waitUntilActive, sdk.roomsV2, room)
    assert.equal("RoomError", problem.name)
    assert.equal("room r-1 has ended", problem.message)
    assert.equal("starting", problem.room.status)
    assert.equal("waitUntilActive", problem.operation)
    assert.equal(2, #scripted:requests())
  end)

  it("bears that a new room is not known everywhere yet", function()
    local scripted <close> = server.start { { status = 404, body = notFound.body, times = 2 },
      { body = active } }
    local sdk <close> = client.new(scripted)
    assert.equal("active", sdk.roomsV2:waitUntilActive(room).status)
  end)

  it("raises a TimeoutError with the room as last seen", function()
    local scripted <close> = server.start { { body = starting } }
    local sdk <close> = client.new(scripted)
    local problem = client.failure(sdk.roomsV2.waitUntilActive, sdk.roomsV2, room)
    assert.equal("TimeoutError", problem.name)
    assert.equal("the room is still starting", problem.message)
    assert.equal("r-1", problem.room.roomId)
  end)
end)
