local client = require "support.client"
local core = require "hathora.core"
local http2 = require "support.http2"

local info = { processId = "p-1" }
local logs = { processId = "p-1", follow = true }


local function new(server, options)
  local all = { http2 = true, timeout = 20 }
  for name, value in pairs(options or {}) do all[name] = value end
  return client.new(server, all)
end

describe("over HTTP/2,", function()
  local it = it
  if not http2.available() then
    it = function(name) pending(name .. " (there is no node, or libcurl lacks HTTP/2)") end
  end

  it("calls share a connection, and each gets its own answer", function()
    local script = {}
    for index = 1, 200 do
      script[index] = { on = "/p-" .. index .. "x", delay = index % 7 / 100,
        body = (client.process:gsub("p%-1", "p-" .. index)) }
    end
    local server <close> = http2.start(script)
    local sdk <close> = new(server)
    local calls = {}
    for index = 1, 200 do
      calls[index] = sdk.processesV2:getProcessInfoAsync { processId = "p-" .. index .. "x" }
    end
    for index, call in ipairs(calls) do
      assert.is_true(call:wait(20))
      assert.equal("p-" .. index, (call:result()).processId)
    end
    assert.equal(200, #server:requests())
    assert.equal(1, server:requests()[200].connection)
  end)

  it("a create is sent once, whatever becomes of it", function()
    local ways = { reset = { at = "start", reset = 2 }, refused = { at = "start", reset = 7 },
      calm = { at = "start", reset = 11 }, none = { at = "start", reset = 0 },
      gone = { at = "start", destroy = true },
      goaway = { at = "start", goaway = 0, destroy = true },
      error = { at = "start", goaway = 2, destroy = true }, cut = { body = "{", destroy = true },
      broken = { frames = true, type = "application/json", body = "{", reset = 2, delay = 0.05 } }
    for name, way in pairs(ways) do
      local server <close> = http2.start { way }
      local sdk <close> = new(server)
      local problem = client.failure(sdk.processesV2.createProcess, sdk.processesV2,
        { region = "Tokyo" })
      assert.equal("ConnectionError", problem.name, name)
      assert.is_true(problem.sent ~= "no", name)
      assert.is_nil(problem.message:find("callback", 1, true), name)
      assert.equal(1, #server:requests(), name)
    end
  end)

  it("what is safe is asked for again, whatever ended it", function()
    local ways = { reset = { at = "start", reset = 2 }, refused = { at = "start", reset = 7 },
      gone = { at = "start", destroy = true },
      goaway = { at = "start", goaway = 0, destroy = true },
      last = { at = "start", goaway = 0, last = 0, destroy = true },
      cut = { body = "{", destroy = true }, later = { status = 503 } }
    for name, way in pairs(ways) do
      local server <close> = http2.start { way, { body = client.process } }
      local sdk <close> = new(server)
      assert.equal("p-1", sdk.processesV2:getProcessInfo(info).processId, name)
      assert.equal(2, #server:requests(), name)
    end
  end)

  it("an answer that RST_STREAM breaks off is asked for again, if it said its length", function()
    local log = { type = "application/octet-stream", body = "a line\n", length = 7 }
    for code = 0, 8 do
      for _, delay in ipairs { 0, 0.05 } do
        local cut = { frames = true, type = log.type, body = "a li", length = 7, reset = code,
          delay = delay, times = 1 }
        local server <close> = http2.start { cut, log }
        local sdk <close> = new(server)
        assert.equal("a line\n", (sdk.logsV1:getLogsForProcess(info)), "code " .. code)
        assert.equal(2, #server:requests())
      end
    end
  end)

  for _, kilobytes in ipairs { 1, 15, 19, 28, 37, 46, 55, 60 } do
    it("a head of " .. kilobytes .. " KB arrives", function()
      local server <close> = http2.start { { headerKilobytes = kilobytes, body = client.process } }
      local sdk <close> = new(server, { timeout = 5, retry = false })
      local process, response = sdk.processesV2:getProcessInfo(info)
      assert.equal("p-1", process.processId)
      assert.equal(1000, #response.headers["x-filler-" .. kilobytes - 1])
    end)
  end

  it("more calls than a server bears resets all come back", function()
    local server <close> = http2.start { { body = client.process } }
    local sdk <close> = new(server, { retry = false })
    local done, failed = 0, 0
    local function ask()
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function(call)
        done = done + 1
        if not pcall(call.result, call) then failed = failed + 1 end
        if done < 2500 then ask() end
      end })
    end
    for _ = 1, 4 do ask() end
    while done < 2500 do sdk:step(1) end
    assert.equal(0, failed)
  end)

  it("a deadline holds, and a cancel ends one call alone", function()
    local server <close> = http2.start { { on = "/silent", at = "start", hold = true, times = 100 },
      { on = "/half", body = "{", hold = true, times = 100 }, { body = client.process } }
    local sdk <close> = new(server, { retry = false })
    for _, id in ipairs { "silent", "half" } do
      local late = sdk.processesV2:getProcessInfoAsync({ processId = id }, { timeout = 0.3 })
      local cancelled = sdk.processesV2:getProcessInfoAsync { processId = id }
      assert.equal("p-1", sdk.processesV2:getProcessInfo(info).processId)
      assert.is_true(late:wait(10))
      assert.equal("TimeoutError", client.failure(late.result, late).name)
      cancelled:cancel()
      assert.equal("CancelledError", client.failure(cancelled.result, cancelled).name)
      assert.equal("p-1", sdk.processesV2:getProcessInfo(info).processId)
    end
    assert.equal(0, sdk:inFlight())
  end)

  it("a stream comes in pieces, beside other calls, and past its deadline #quick", function()
    local server <close> = http2.start { { on = "/logs/", body = "first\n", delay = 0.5 },
      { body = client.process } }
    local sdk <close> = new(server)
    local got, calls = "", 0
    local stream = sdk.logsV1:getLogsForProcessAsync(logs, { timeout = 0.3,
      onData = function(piece) got = got .. piece end })
    while not stream:isDone() do
      sdk.processesV2:getProcessInfo(info)
      calls = calls + 1
    end
    assert.is_true((stream:result()))
    assert.equal("first\n", got)
    assert.is_true(calls > 1)
  end)

  it("a stream has not begun with an interim answer, or with an error", function()
    local ways = { interim = { interim = 103, at = "start", hold = true },
      error = { status = 404, body = "{", hold = true } }
    for name, way in pairs(ways) do
      local server <close> = http2.start { way }
      local sdk <close> = new(server, { retry = false })
      local call = sdk.logsV1:getLogsForProcessAsync(logs, { timeout = 0.3, onData = error })
      assert.is_true(call:wait(10), name)
      assert.equal("TimeoutError", client.failure(call.result, call).name, name)
    end
  end)

  it("two fast streams share, with calls and deadlines beside them #quick", function()
    local fast = { on = "/logs/", body = "first\n", endless = ("x"):rep(0x4000), times = 2 }
    local server <close> = http2.start { fast,
      { on = "/silent", at = "start", hold = true, times = 100 }, { body = client.process } }
    local sdk <close> = new(server, { retry = false })
    local pieces, longest, calls, timeouts = { 0, 0 }, 0, 0, 0
    for stream = 1, 2 do
      sdk.logsV1:getLogsForProcessAsync(logs, { onData = function(piece)
        pieces[stream] = pieces[stream] + 1
        longest = math.max(longest, #piece)
      end })
    end
    local function ask(id, count)
      sdk.processesV2:getProcessInfoAsync({ processId = id }, { timeout = id == "silent" and 0.1
        or 20, onDone = function(call)
          count(pcall(call.result, call))
          ask(id, count)
        end })
    end
    ask("p-1", function(ok) calls = calls + (ok and 1 or 0) end)
    ask("silent", function(ok) timeouts = timeouts + (ok and 0 or 1) end)
    local ends = core.now() + 20
    while (math.min(pieces[1], pieces[2], calls) < 10 or timeouts < 3) and core.now() < ends do
      sdk:step(0.001)
    end
    assert.is_true(math.min(pieces[1], pieces[2], calls) >= 10 and timeouts >= 3,
      ("%d, %d pieces, %d calls, %d timeouts"):format(pieces[1], pieces[2], calls, timeouts))
    assert.is_true(longest <= 2 * 256 * 1024, longest .. " bytes in one piece")
  end)

  it("nothing of a stream that was paused and cancelled comes with the next", function()
    local function endless(id)
      return { on = "/" .. id .. "?", body = "first\n", endless = id:rep(0x1000), times = 1 }
    end
    local server <close> = http2.start { { on = "/keep", body = "first\n", hold = true },
      endless "aaaa", endless "bbbb", { body = client.process } }
    local sdk <close> = new(server, { retry = false })
    local kept = 0
    local keep = sdk.logsV1:getLogsForProcessAsync({ processId = "keep" },
      { onData = function() kept = kept + 1 end })
    while kept == 0 do sdk:step(1) end

    -- Let more come than is taken, then give up.
    local function follow(id)
      local pieces, call = {}, nil
      call = sdk.logsV1:getLogsForProcessAsync({ processId = id, follow = true },
        { onData = function(piece)
          pieces[#pieces + 1] = piece
          keep:wait(#pieces <= 2 and 0.2 or 0)
          if #pieces == 6 then call:cancel() end
        end })
      call:wait(20)
      return table.concat(pieces)
    end

    assert.truthy(follow("aaaa"):find "^first\na+$")
    local _, others = follow("bbbb"):gsub("a", "")
    assert.equal(0, others)
    assert.is_false(keep:isDone())
  end)
end)
