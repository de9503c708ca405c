local client = require "support.client"
local server = require "support.server"

local info = { processId = "p" }

local function sent(options, operation, request)
  local scripted <close> = server.start { { status = operation and 201 or 200,
    body = client.process } }
  local sdk <close> = client.new(scripted)
  sdk.processesV2[operation or "getProcessInfo"](sdk.processesV2, request or info, options)
  return scripted:requests()[1]
end

describe("a user's header", function()
  it("replaces ours of the same name, in whatever case, and is sent once", function()
    local request = sent { headers = { accept = "text/plain", ["USER-AGENT"] = "mine",
      ["X-Own"] = "1" } }
    assert.equal("text/plain", request.headers.accept)
    assert.equal("mine", request.headers["user-agent"])
    assert.equal("1", request.headers["x-own"])
    assert.equal("Bearer " .. client.token, request.headers.authorization)
    assert.equal(1, select(2, request.head:lower():gsub("\naccept:", "")))
  end)

  it("goes beside an idempotency key", function()
    local request = sent({ headers = { ["X-Own"] = 7 } }, "createProcess", { region = "Tokyo" })
    assert.equal("7", request.headers["x-own"])
    assert.equal(36, #request.headers["idempotency-key"])
    assert.is_nil(request.headers["content-type"])
  end)

  for name, value in pairs { Authorization = "x", ["content-length"] = "3", HOST = "h",
    ["Transfer-Encoding"] = "chunked", ["Idempotency-Key"] = "k", ["X-A"] = "", ["X-B"] = " ",
    ["X-C"] = {}, ["X-D"] = true, ["X-E"] = "a\nb", ["X F"] = "1", [""] = "1" } do
    it(("%q with a %s is refused, in words"):format(name, type(value)), function()
      local scripted <close> = server.start { { body = client.process } }
      local sdk <close> = client.new(scripted)
      local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info,
        { headers = { [name] = value } })
      assert.equal("RequestError", problem.name)
      assert.equal("headers", problem.problems[1].path)
      assert.equal(0, #scripted:requests())
    end)
  end
end)

describe("the User-Agent", function()
  local function agentsOf(options)
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted, { userAgent = "game/1" })
    sdk.processesV2:getProcessInfo(info, options)
    local request = scripted:requests()[1]
    return request.headers["user-agent"], select(2, request.head:lower():gsub("\nuser%-agent:", ""))
  end

  it("is ours and the user's, once, with headers of one's own and without", function()
    for _, options in ipairs { {}, { headers = { ["X-Own"] = "1" } } } do
      local agent, times = agentsOf(options)
      assert.matches("^hathora%-lua/%S+ Lua/5.4 libcurl/%S+ game/1$", agent)
      assert.equal(1, times)
    end
  end)
end)

describe("no form data", function()
  it("is sent by any operation that is no GET", function()
    local scripted <close> = server.start { { status = 204 }, { status = 200, body = "{}" } }
    local sdk <close> = client.new(scripted, { retry = false })
    pcall(sdk.processesV2.stopProcess, sdk.processesV2, info)
    pcall(sdk.roomsV2.updateRoomConfig, sdk.roomsV2, { roomId = "r", roomConfig = "{}" })
    for _, request in ipairs(scripted:requests()) do
      assert.is_nil((request.headers["content-type"] or ""):find "form")
    end
    assert.equal(2, #scripted:requests())
  end)
end)

-- Everything that can be reached from a value through tables and user-visible fields, as text.
local function everything(value, seen, out)
  seen, out = seen or {}, out or {}
  if seen[value] then return out end
  if type(value) == "table" then
    seen[value] = true
    for key, item in pairs(value) do
      everything(key, seen, out)
      everything(item, seen, out)
    end
  end
  out[#out + 1] = tostring(value)
  return out
end

describe("the token", function()
  it("is in no field of an sdk, its groups or a call", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted)
    local call = sdk.processesV2:getProcessInfoAsync(info)
    call:wait()
    local all = table.concat(everything { sdk, sdk.processesV2 }, "\n")
    for _, field in ipairs { "headers", "url", "timings", "more", "rawResponse" } do
      all = all .. table.concat(everything { call[field] }, "\n")
    end
    assert.is_nil(all:find(client.token, 1, true))
    for _, name in ipairs { "await", "guard", "tell", "options", "token", "core" } do
      assert.is_nil(rawget(sdk, name))
      assert.equal("RequestError", client.failure(function() return sdk[name] end).name)
    end
  end)

  local echoes = {
    ["an ApiError's message"] = { status = 404, body = '{"message":"no %s","more":{"a":["%s"]}}' },
    ["an SDKException's body"] = { status = 502, headers = { ["Content-Type"] = "text/html" },
      body = "<p>Authorization: Bearer %s</p> %s" },
    ["a success that cannot be read"] = { body = "{ %s %s" },
    ["a redirect"] = { status = 302, headers = { Location = "http://x/%s" }, body = "%s" },
    ["a header"] = { status = 500, headers = { ["X-Echo"] = "%s" }, body = "%s" },
  }
  for name, answer in pairs(echoes) do
    it("that is echoed in " .. name .. " shows neither in the error nor in the log", function()
      local echo = { status = answer.status, headers = {} }
      for key, value in pairs(answer.headers or {}) do
        echo.headers[key] = value:gsub("%%s", client.token)
      end
      echo.body = answer.body:gsub("%%s", client.token)
      local scripted <close> = server.start { echo }
      local lines = {}
      for _, more in ipairs { {}, { log = function(line) lines[#lines + 1] = line end } } do
        more.retry = false
        local sdk <close> = client.new(scripted, more)
        local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
        local shown = table.concat(everything(problem), "\n")
        assert.is_nil(shown:find(client.token, 1, true), shown)
        assert.truthy(shown:find("[token]", 1, true), shown)
      end
      assert.is_nil(table.concat(lines):find(client.token, 1, true))
    end)
  end

  it("is found among all other bytes that a token may have", function()
    local bytes = {}
    for byte = 0x21, 0x7e do bytes[#bytes + 1] = string.char(byte) end
    local token = table.concat(bytes)
    local scripted <close> = server.start { { status = 502, body = "a " .. token .. " b" } }
    local sdk <close> = client.new(scripted, { retry = false,
      security = { hathoraDevToken = token } })
    local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
    assert.equal("a [token] b", problem.body)
  end)

  it("is found however many others have been used since", function()
    local scripted <close> = server.start { { on = "/first", status = 502, delay = 0.3,
      body = "the token own-1 of the call" }, { on = "/sdk", status = 502,
      body = "the token " .. client.token .. " of the sdk" }, { body = client.process } }
    local sdk <close> = client.new(scripted, { retry = false })
    local first = sdk.processesV2:getProcessInfoAsync({ processId = "first" },
      { security = { hathoraDevToken = "own-1" } })
    for index = 2, 20 do
      sdk.processesV2:getProcessInfo(info, { security = { hathoraDevToken = "own-" .. index } })
    end
    assert.equal("the token [token] of the sdk", client.failure(sdk.processesV2.getProcessInfo,
      sdk.processesV2, { processId = "sdk" }).body)
    first:wait()
    assert.equal("the token [token] of the call", client.failure(first.result, first).body)
  end)

  it("longer than what is shown of an answer does not show in part", function()
    local token = ("0123456789abcdef"):rep(50)
    local scripted <close> = server.start { { status = 502, body = "you sent " .. token } }
    local sdk <close> = client.new(scripted, { retry = false,
      security = { hathoraDevToken = token } })
    local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
    assert.is_nil(problem.message:find(token:sub(1, 16), 1, true))
    assert.truthy(problem.message:find("you sent [token]", 1, true))
  end)

  it("that an answer has many times costs no more than the answer", function()
    local times = 3000
    local scripted <close> = server.start { { status = 502, body = client.token:rep(times) } }
    local sdk <close> = client.new(scripted, { retry = false })
    collectgarbage "stop"
    local before = collectgarbage "count"
    local problem = client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
    local used = collectgarbage "count" - before
    collectgarbage "restart"
    assert.equal(("[token]"):rep(times), problem.body)
    assert.is_true(used < 20 * #client.token * times / 1024, used .. " KiB")
  end)

  it("that could not be kept when it was new is sent with the next call", function()
    local scripted <close> = server.start { { body = client.process } }
    local token = "first"
    local sdk <close> = client.new(scripted, { securitySource = function()
      return { hathoraDevToken = token }
    end })
    sdk.processesV2:getProcessInfo(info)
    token = "second"
    debug.sethook(function() -- as where memory runs out in it
      if debug.getinfo(2, "n").name == "authorize" then error("not enough memory", 0) end
    end, "c")
    local ok, problem = pcall(sdk.processesV2.getProcessInfo, sdk.processesV2, info)
    debug.sethook()
    assert.is_false(ok)
    assert.equal("not enough memory", problem)
    sdk.processesV2:getProcessInfo(info)
    assert.equal("Bearer second", scripted:requests()[2].headers.authorization)
  end)
end)

describe("what has ended", function()
  it("is not kept alive by its sdk", function()
    local scripted <close> = server.start { { body = '{"text":"' .. ("x"):rep(1000000) .. '"}' } }
    local sdk <close> = client.new(scripted)
    local ended = setmetatable({}, { __mode = "k" })
    for _ = 1, 16 do
      local call = sdk.processesV2:getProcessInfoAsync(info)
      ended[call] = true
      call:wait()
      call:result()
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(ended))
  end)
end)
