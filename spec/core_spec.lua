local client = require "support.client"
local core = require "hathora.core"
local process = require "support.process"
local server = require "support.server"
local socket = require "socket"

local info = { processId = "p-1" }

describe("the core's client", function()
  it("takes text where it borrows text", function()
    for _, name in ipairs { "userAgent", "caFile", "unixSocket", "origin" } do
      assert.error_matches(function() core.client { [name] = 7 } end, name .. " must be a string")
    end
  end)

  it("takes only a base of its origin", function()
    for _, base in ipairs { "", "http://x", "http://127.0.0.2:1/" } do
      assert.error_matches(function()
        core.client { origin = "http://127.0.0.1:1", base = base }
      end, "origin")
    end
  end)
end)

describe("a number beyond all bounds", function()
  local edges = { math.huge, 1e300, 9223372036, 9223372036854775807, 1e-300 }

  it("is fine as a limit of time", function()
    local scripted <close> = server.start { { body = client.process } }
    for _, edge in ipairs(edges) do
      for _, name in ipairs { "connectTimeout", "stepBudget", "timeout" } do
        if name == "stepBudget" or edge > 1 then
          local sdk <close> = client.new(scripted, { [name] = edge })
          local call = sdk.processesV2:getProcessInfoAsync(info)
          assert.is_true(call:wait(5), name .. " = " .. edge)
          assert.equal("p-1", (call:result()).processId)
        end
      end
    end
  end)

  it("is fine as a Retry-After: the deadline comes first, or it waits", function()
    local scripted <close> = server.start { { status = 503,
      headers = { ["Retry-After"] = "9223372036" } } }
    local sdk <close> = client.new(scripted)
    local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
    assert.equal(503, problem.statusCode)
    local call = sdk.processesV2:getProcessInfoAsync(info, { timeout = math.huge })
    for _ = 1, 20 do sdk:step(0.01) end
    assert.is_false(call:isDone())
    assert.equal(2, #scripted:requests())
    call:cancel()
    assert.equal(0, sdk:inFlight())
  end)

  it("leaves a step's budget unspent: it takes all that has come", function()
    local scripted <close> = server.start { { body = client.process, delay = 0.5 } }
    local sdk <close> = client.new(scripted, { stepBudget = math.huge })
    local done, most = 0, 0
    for _ = 1, 20 do
      sdk.processesV2:getProcessInfoAsync(info, { onDone = function() done = done + 1 end })
    end
    while #scripted:requests() < 20 do sdk:step(0.01) end
    socket.sleep(1)
    while done < 20 do
      local before = done
      sdk:step(0.05)
      most = math.max(most, done - before)
    end
    assert.is_true(most > 1)
  end)
end)

describe("Lua's collector", function()
  -- How many calls a program makes, at most 200, before a table that it has let go of is collected.
  local function callsUntilCollected(before)
    local scripted <close> = server.start { { times = 200,
      body = '{"processId":"p-1"' .. (" "):rep(4000) .. "}" } }
    return tonumber((process.run { "lua5.4", "-e", ([[
      local sdk = require "hathora".new { serverUrl = %q, appId = "a" }
      collectgarbage()
      collectgarbage()
      %s
      local weak, calls = setmetatable({ {} }, { __mode = "v" }), 0
      while weak[1] and calls < 200 do
        sdk.processesV2:getProcessInfo { processId = "p-1" }
        calls = calls + 1
      end
      print(calls)
    ]]):format(scripted.url, before) }))
  end

  it("is told of answers that are not Lua's", function()
    assert.is_true(callsUntilCollected "" < 80)
  end)

  it("that a program has stopped stays so", function()
    assert.equal(200, callsUntilCollected 'collectgarbage "stop"')
  end)
end)
