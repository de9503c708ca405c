local client = require "support.client"
local hathora = require "hathora"
local server = require "support.server"

describe("a request", function()
  local scripted, sdk
  setup(function()
    scripted = server.start { { body = "{}" } }
    sdk = client.new(scripted)
  end)
  teardown(function()
    assert.equal(0, #scripted:requests())
    sdk:close()
    scripted:close()
  end)

  local function problemsOf(operation, request)
    local problem = client.failure(sdk.processesV2[operation], sdk.processesV2, request)
    assert.equal("RequestError", problem.name)
    return problem
  end

  it("is told every wrong field at once, each with its path and what is allowed", function()
    local problem = problemsOf("getLatestProcesses",
      { region = { "Tokyo", 7 }, status = "running", regoin = {} })
    local paths = {}
    for _, each in ipairs(problem.problems) do paths[each.path] = each.message end
    assert.truthy(paths["region[2]"]:find("one of Chicago", 1, true))
    assert.truthy(paths.status:find("must be a list", 1, true))
    assert.truthy(paths.regoin:find('did you mean "region"?', 1, true))
    assert.equal(3, #problem.problems)
  end)

  it("is refused with an empty, missing, or unreadable parameter", function()
    assert.truthy(problemsOf("getProcessInfo", {}).message:find "processId is missing")
    assert.truthy(problemsOf("getProcessInfo", { processId = "" }).message:find "not empty")
    assert.truthy(problemsOf("getProcessInfo", { processId = "\xff" }).message:find "UTF%-8")
    assert.truthy(problemsOf("getProcessInfo", "p").message:find "must be a table")
    assert.truthy(problemsOf("getLatestProcesses", { region = { [3] = "Tokyo" } }))
  end)

  it("of a misspelt operation or sdk field says what would have been right", function()
    assert.error_matches(function() return sdk.processesV2.createProces end, '"createProcess"')
    assert.error_matches(function() return sdk.procesesV2 end, '"processesV2"')
  end)

  it("cannot carry a control character in a header", function()
    for _, options in ipairs {
      { idempotencyKey = "a\r\nX-Evil: 1" }, { headers = { ["X-A"] = "b\nX-Evil: 1" } },
      { headers = { ["X-A\r\nX-Evil"] = "1" } },
    } do
      local problem = client.failure(sdk.processesV2.createProcess, sdk.processesV2,
        { region = "Tokyo" }, options)
      assert.equal("RequestError", problem.name)
      assert.is_nil(tostring(problem):find("Evil", 1, true))
    end
  end)

  for name, token in pairs { ["a line break"] = "abc\r\ndef", ["a NUL"] = "abc\0def",
    ["bytes beyond ASCII"] = "abc\xe9def", nothing = "", ["blanks alone"] = " \n" } do
    it("is not sent with a token that has " .. name .. ", and does not show it", function()
      local other <close> = client.new(scripted, { security = { hathoraDevToken = token } })
      local problem = client.failure(other.processesV2.getProcessInfo, other.processesV2,
        { processId = "p" })
      assert.equal("SecurityError", problem.name)
      assert.is_nil(tostring(problem):find("def", 1, true))
    end)
  end

  it("surfaces a failing securitySource as its own error", function()
    local other <close> = client.new(scripted, { security = nil,
      securitySource = function() error("the vault is sealed", 0) end })
    local problem = client.failure(other.processesV2.getProcessInfo, other.processesV2,
      { processId = "p" })
    assert.equal("SecurityError", problem.name)
    assert.truthy(problem.message:find "the vault is sealed")
  end)
end)

describe("security", function()
  it("is asked of its source at every request, and trimmed of a file's line end", function()
    local count = 0
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted, { securitySource = function()
      count = count + 1
      return { hathoraDevToken = (count == 2 and "bearer token-" or "token-") .. count .. "\n" }
    end })
    for _ = 1, 2 do sdk.processesV2:getProcessInfo { processId = "p" } end
    local first, second = table.unpack(scripted:requests())
    assert.equal("Bearer token-1", first.headers.authorization)
    assert.equal("bearer token-2", second.headers.authorization)
  end)

  it("does not show in an sdk, its text, or a hook's view", function()
    local seen = {}
    local function see(event)
      for _, value in pairs(event) do seen[#seen + 1] = tostring(value) end
    end
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted, { onRequest = see, onResponse = see })
    sdk.processesV2:getProcessInfo { processId = "p" }
    assert.is_true(#seen > 0)
    assert.is_nil((table.concat(seen) .. tostring(sdk)):find(client.token, 1, true))
  end)
end)

describe("what holds the token", function()
  local scripted
  setup(function() scripted = server.start { { body = "{}" } } end)
  teardown(function()
    assert.equal(0, #scripted:requests())
    scripted:close()
  end)

  for name, returned in pairs { ["an empty table"] = {},
    ["a misspelt name"] = { hathoraToken = "t-1" }, ["text"] = "t-1",
    ["another's token"] = { playerAuth = "t-1" } } do
    it("is refused when securitySource returns " .. name, function()
      local sdk <close> = client.new(scripted, { securitySource = function() return returned end })
      local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2,
        { processId = "p" })
      assert.equal("SecurityError", problem.name)
      assert.is_nil(tostring(problem):find("t-1", 1, true))
    end)
  end

  it("is refused as an option when it is empty or misspelt", function()
    for _, security in ipairs { {}, { hathoraDevTokn = "t-1" }, "t-1" } do
      local problem = client.failure(hathora.new, { security = security })
      assert.equal("RequestError", problem.name)
      assert.truthy(problem.message:find "hathoraDevToken")
      assert.is_nil(problem.message:find("t-1", 1, true))
    end
    local sdk <close> = client.new(scripted)
    local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2,
      { processId = "p" }, { security = { devToken = "t-1" } })
    assert.equal("RequestError", problem.name)
  end)
end)

describe("options", function()
  local function refused(options)
    local problem = client.failure(hathora.new, options)
    assert.equal("RequestError", problem.name)
    return problem.message
  end

  it("that are wrong are all named at once", function()
    local message = refused { timeot = 1, appId = 7, timeout = -1, retry = { attemps = 3 } }
    for _, word in ipairs { 'did you mean "timeout"', "appId", "timeout is", "retry.attemps is" } do
      assert.truthy(message:find(word, 1, true), word)
    end
  end)

  it("are told each with its place: a retry's own, a call's key, a call's headers", function()
    assert.truthy(refused { retry = { retries = 5 } }:find "retry.retries is no option")
    assert.truthy(refused { retry = { attempts = 0 } }:find "retry.attempts is")
    assert.truthy(refused "token":find "must be a table")
    local sdk <close> = hathora.new { serverUrl = "http://127.0.0.1:1", appId = "a" }
    for _, options in ipairs { { idempotencyKey = "" }, { idempotencyKey = " \t" },
      { headers = { ["X-A"] = {} } }, { allowUnknown = true }, "x" } do
      local problem = client.failure(sdk.processesV2.createProcess, sdk.processesV2,
        { region = "Tokyo" }, options)
      assert.equal("RequestError", problem.name)
    end
  end)

  it("hold as they were given, whatever becomes of the table", function()
    local policy = { attempts = 2, initialDelay = 0.001 }
    local scripted <close> = server.start { { status = 503, body = "{}" } }
    local sdk <close> = client.new(scripted, { retry = policy })
    policy.attempts = 9
    client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, { processId = "p" })
    assert.equal(2, #scripted:requests())
  end)

  it("of a call's retry stand on the defaults where the sdk has none", function()
    local scripted <close> = server.start { { status = 503, body = "{}" } }
    local sdk <close> = client.new(scripted, { retry = false })
    client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, { processId = "p" },
      { retry = { attempts = 2 } })
    assert.equal(2, #scripted:requests())
  end)

  it("keep the token from going out in the clear", function()
    for _, host in ipairs { "127.999.1.1", "127.0.0.1.example", "127.0.0.256" } do
      assert.truthy(refused { serverUrl = "http://" .. host }:find "allowHttp", host)
    end
    assert.truthy(refused { serverUrl = "http://example.com" }:find "allowHttp")
    hathora.new { serverUrl = "http://example.com", allowHttp = true }:close()
    hathora.new { serverUrl = "http://127.0.0.1:1" }:close()
  end)

  it("take a server by URL, by index, by template, and refuse what is none", function()
    assert.truthy(refused { serverIndex = 9 }:find "there are 1")
    for _, host in ipairs { "build123456", "build123456:1", "127.0.0.1:65535", "[::1]:12345" } do
      hathora.new { serverUrl = "https://" .. host }:close()
    end
    for _, host in ipairs { "build:123456", "[::1]123", "::1", "a:b", "a:1:2" } do
      assert.truthy(refused { serverUrl = "https://" .. host }:find "host name", host)
    end
    assert.truthy(refused { serverUrl = "https://{region}.example" }:find "urlParams")
    for _, url in ipairs { "ftp://x", "https://user:pw@x", "https://x/?a=b", "file:///etc/passwd",
      "https://x\r\ny", "",
      "https://[", "https://:1", "https://[::1", "https://a b" } do refused { serverUrl = url } end
    local sdk <close> = hathora.new { serverUrl = "https://{region}.example/",
      urlParams = { region = "eu" } }
    assert.truthy(tostring(sdk):find("https://eu.example ", 1, true))
  end)

  it("come from the environment, which is told what it lacks", function()
    local process = require "support.process"
    local script = "local h = require 'hathora' local ok, e = pcall(h.fromEnvironment) "
      .. "print(ok and tostring(e) or e.message)"
    local output = process.run({ "lua5.4", "-e", script },
      { HATHORA_TOKEN = "", HATHORA_APP_ID = "" })
    assert.truthy(output:find "HATHORA_TOKEN is not set")
    assert.truthy(output:find "HATHORA_APP_ID is not set")
    output = process.run({ "lua5.4", "-e", script }, { HATHORA_TOKEN = "t", HATHORA_APP_ID = "a",
      HATHORA_CLOUD_ENDPOINT = "http://localhost:5" })
    assert.truthy(output:find("http://localhost:5", 1, true))
  end)
end)
