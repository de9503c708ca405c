local client = require "support.client"
local hathora = require "hathora"
local server = require "support.server"

-- What is asked for in the wrong way is an error table through one door, and says what is right.

local info = { processId = "p" }

local function refused(words, perform, ...)
  local problem = client.failure(perform, ...)
  assert.equal("table", type(problem), tostring(problem))
  assert.equal("RequestError", problem.name)
  for _, word in ipairs(words) do
    assert.truthy(problem.message:find(word, 1, true), problem.message)
  end
  return problem
end

describe("a RequestError comes of", function()
  local scripted, sdk
  setup(function()
    scripted = server.start { { body = client.process } }
    sdk = client.new(scripted)
  end)
  teardown(function()
    assert.equal(0, #scripted:requests())
    sdk:close()
    scripted:close()
  end)

  it("a dot in place of a colon", function()
    for _, name in ipairs { "createProcess", "createProcessAsync", "waitUntilRunning" } do
      refused({ "dot", "sdk.processesV2:" }, function() sdk.processesV2[name](info) end)
      refused({ "colon" }, function() sdk.processesV2[name]() end)
    end
    refused({ "colon" }, function() sdk.step(0) end)
    refused({ "colon" }, function() sdk.close() end)
  end)

  it("options of an sdk that are no table", function()
    for _, options in ipairs { "token", 7, true, print } do
      refused({ "options", "must be a table" }, hathora.new, options)
    end
  end)

  it("a security that is misspelt, or a retry", function()
    refused({ "security", "hathoraDevToken" }, hathora.new, { security = { hathoraDevTokn = "t" } })
    refused({ "retry", "attempts" }, hathora.new, { retry = { retries = 5 } })
    refused({ "serverUrl" }, hathora.new, { serverUrl = "https://[" })
  end)

  it("a request or options that are no table", function()
    for _, name in ipairs { "getProcessInfo", "getProcessInfoAsync", "waitUntilRunning" } do
      for _, wrong in ipairs { "p", 7, true, print } do
        local problem = refused({ "request", "must be a table" }, sdk.processesV2[name],
          sdk.processesV2, wrong)
        assert.equal((name:gsub("Async", "")), problem.operation)
        assert.equal("GET", problem.method)
        assert.equal(0, problem.attempts)
        assert.truthy(problem.url:find(scripted.url, 1, true))
        refused({ "options", "table" }, sdk.processesV2[name], sdk.processesV2, info, wrong)
      end
    end
  end)

  it("a positional request, and gaps in a list", function()
    refused({ "name = value" }, sdk.processesV2.getLatestProcesses, sdk.processesV2, { "running" })
    refused({ "status[1]" }, sdk.processesV2.getLatestProcesses, sdk.processesV2,
      { status = { nil, "running" } })
  end)

  it("what is no list of calls", function()
    local call = sdk.processesV2:getProcessInfoAsync(info)
    refused({ "hathora.all" }, hathora.all, call)
    refused({ "calls[1]" }, hathora.all, { info })
    call:cancel()
  end)

  it("a call taken for its payload", function()
    local call = sdk.processesV2:getProcessInfoAsync(info)
    local problem = refused({ "processId", "call:result()" }, function() return call.processId end)
    assert.equal("getProcessInfo", problem.operation)
    refused({ "has not ended" }, call.result, call)
    call:cancel()
  end)

  it("an idempotency key of blanks, or with a control character", function()
    for _, key in ipairs { "", " ", "\t", "a\nb", "a\0b" } do
      refused({ "idempotencyKey" }, sdk.processesV2.createProcess, sdk.processesV2,
        { region = "Tokyo" }, { idempotencyKey = key })
    end
  end)

  it("a budget of its own for a call", function()
    refused({ "retry.budget", "all its calls together" }, sdk.processesV2.getProcessInfo,
      sdk.processesV2, info, { retry = { budget = 3 } })
  end)

  it("a request that is too large", function()
    refused({ "longer than 1,000,000 bytes" }, sdk.processesV2.getProcessInfo, sdk.processesV2,
      { processId = ("x"):rep(1100000) })
  end)

  it("a closed sdk", function()
    local other = client.new(scripted)
    local group = other.processesV2
    other:close()
    for _, perform in ipairs { function() other:step(0) end, function() other:pollfd() end,
      function() group:getProcessInfo(info) end, function() group:getProcessInfoAsync(info) end,
      function() group:waitUntilRunning(info) end } do
      refused({ "closed" }, perform)
    end
  end)
end)

describe("a safe sdk gives back", function()
  it("every error of a call, and raises none", function()
    local scripted <close> = server.start { { status = 404, body = '{"message":"no"}' } }
    local sdk <close> = client.new(scripted, { safe = true, retry = false })
    local group = sdk.processesV2
    for _, case in ipairs {
      { "ApiError", group.getProcessInfo, group, info },
      { "RequestError", group.getProcessInfo, group, "p" },
      { "RequestError", group.getProcessInfo, group, info, "x" },
      { "RequestError", group.getProcessInfoAsync, group, {} },
      { "RequestError", group.waitUntilRunning, group, "p" },
      { "RequestError", group.waitUntilRunningAsync, group, info, { timeout = 0 } },
    } do
      local nothing, problem = case[2](table.unpack(case, 3))
      assert.is_nil(nothing)
      assert.equal(case[1], problem.name)
    end
    sdk:close()
    local nothing, problem = group:getProcessInfo(info)
    assert.is_nil(nothing)
    assert.equal("RequestError", problem.name)
  end)
end)

describe("an error says where the program called", function()
  local function here(level) return ("spec/misuse_spec.lua:%d"):format(
    debug.getinfo(level + 1, "l").currentline) end

  it("of a plain call, a call in flight and a wrong request, in a field and in its text", function()
    local scripted <close> = server.start { { status = 404, body = '{"message":"no"}' } }
    local sdk <close> = client.new(scripted)
    local place
    local _, plain = pcall(function() place = here(1) sdk.processesV2:getProcessInfo(info) end)
    assert.equal(place, plain.where)
    assert.truthy(tostring(plain):find("at " .. place, 1, true))
    local call
    local function start() place = here(1) call = sdk.processesV2:getProcessInfoAsync(info) end
    start()
    call:wait()
    assert.equal(place, client.failure(call.result, call).where)
    local _, wrong = pcall(function() place = here(1) sdk.processesV2:getProcessInfo {} end)
    assert.equal(place, wrong.where)
    local _, option = pcall(function() place = here(1) hathora.new { timeout = -1 } end)
    assert.equal(place, option.where)
    local safe <close> = client.new(scripted, { safe = true })
    local _, given = safe.processesV2:getProcessInfo(info)
    assert.truthy(given.where:find "misuse_spec%.lua:%d+$")
  end)

  it("with a traceback where that is asked for", function()
    local scripted <close> = server.start { { status = 404, body = '{"message":"no"}' } }
    local sdk <close> = client.new(scripted, { traceback = true })
    local function outer()
      local call = sdk.processesV2:getProcessInfoAsync(info)
      return call
    end
    local call = outer()
    call:wait()
    local problem = client.failure(call.result, call)
    assert.truthy(problem.traceback:find("stack traceback", 1, true))
    assert.truthy(problem.traceback:find("'outer'", 1, true), problem.traceback)
    assert.is_nil(problem.traceback:find("lua/hathora/", 1, true), problem.traceback)
  end)
end)

describe("an answer that libcurl cannot take in", function()
  it("is named as that, not as memory", function()
    local scripted <close> = server.start { { headers = { ["X-Long"] = ("x"):rep(300000) },
      body = "{}" } }
    local sdk <close> = client.new(scripted, { retry = false })
    local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
    assert.equal("SDKException", problem.name)
    assert.truthy(problem.message:find("100 KiB", 1, true))
    assert.equal("yes", problem.sent)
  end)
end)
