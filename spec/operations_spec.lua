local client = require "support.client"
local hathora = require "hathora"
local processes = require "support.process"
local server = require "support.server"

describe("an operation", function()
  it("creates a process with an empty POST, and gives back payload and response", function()
    local scripted <close> = server.start { { status = 201, body = client.process } }
    local sdk <close> = client.new(scripted)
    local process, response = sdk.processesV2:createProcess { region = hathora.Region.LosAngeles }
    assert.equal("p-1", process.processId)
    assert.equal("127.0.0.1:7777", process.exposedPort.host .. ":" .. process.exposedPort.port)
    assert.equal(201, response.statusCode)
    assert.equal("application/json", response.contentType)
    assert.equal(client.process, response.rawResponse)
    assert.equal(1, response.attempts)
    assert.is_false(response.reused)
    assert.is_true(response.timings.total > 0)
    local request = scripted:requests()[1]
    assert.equal("POST", request.method)
    assert.equal("/processes/v2/app-1/create/Los_Angeles", request.target)
    assert.equal("0", request.headers["content-length"])
    assert.is_nil(request.headers["content-type"])
    assert.is_nil(request.headers["expect"])
    assert.equal("Bearer " .. client.token, request.headers.authorization)
    assert.equal("application/json", request.headers.accept)
  end)

  it("makes null nil, leaves an empty list a list and passes unknown fields", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted)
    local process = sdk.processesV2:getProcessInfo { processId = "p-1" }
    assert.is_nil(process.stoppingAt)
    assert.same({}, process.additionalExposedPorts)
    assert.equal("[]", require "hathora.json".encode(process.additionalExposedPorts))
    assert.is_true(process.later.addition)
    assert.equal("integer", math.type(process.roomsPerProcess))
  end)

  it("lists with repeated keys, and leaves an empty list out", function()
    local scripted <close> = server.start { { body = "[" .. client.process .. "]" } }
    local sdk <close> = client.new(scripted, { allowUnknown = true })
    local list = sdk.processesV2:getLatestProcesses {
      region = { "Tokyo", "Atlantis" }, status = { "running", "starting" },
    }
    assert.equal(1, #list)
    sdk.processesV2:getLatestProcesses { region = {}, status = {} }
    local first, second = table.unpack(scripted:requests())
    assert.equal("/processes/v2/app-1/list/latest?region=Tokyo&region=Atlantis&status=running"
      .. "&status=starting", first.target)
    assert.equal("/processes/v2/app-1/list/latest", second.target)
  end)

  it("stops a process, and counts processes", function()
    local scripted <close> = server.start {
      { on = "^POST .*/stop/p%-1$", status = 204 }, { on = "/count", body = '{"count":3}' },
    }
    local sdk <close> = client.new(scripted)
    local stopped, response = sdk.processesV2:stopProcess { processId = "p-1" }
    assert.is_true(stopped)
    assert.equal(204, response.statusCode)
    assert.equal(3, sdk.processesV2:getProcessesCountExperimental().count)
  end)

  it("keeps its connection for the next call", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted)
    sdk.processesV2:getProcessInfo { processId = "a" }
    local _, response = sdk.processesV2:getProcessInfo { processId = "b" }
    assert.is_true(response.reused)
    assert.equal(1, scripted:connections())
  end)

  local ids = {
    ["../x"] = "..%2Fx", ["a/b"] = "a%2Fb", ["%2e"] = "%252e", ["?"] = "%3F", ["#"] = "%23",
    [".."] = "%2E%2E", ["."] = "%2E", ["a\0b"] = "a%00b", ["é ~_-"] = "%C3%A9%20~_-",
    [("x"):rep(4096)] = ("x"):rep(4096),
  }
  for id, encoded in pairs(ids) do
    it(("cannot be led to another path by the id %q"):format(id:sub(1, 10)), function()
      local scripted <close> = server.start { { body = client.process } }
      local sdk <close> = client.new(scripted)
      sdk.processesV2:getProcessInfo { processId = id }
      assert.equal("/processes/v2/app-1/info/" .. encoded, scripted:requests()[1].target)
    end)
  end

  it("prefers the request's own appId, and keeps the server URL's path", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted, { serverUrl = scripted.url .. "/base/" })
    sdk.processesV2:getProcessInfo { appId = "other", processId = "p" }
    assert.equal("/base/processes/v2/other/info/p", scripted:requests()[1].target)
  end)

  it("speaks TLS, verified, HTTP/1.1 and HTTP over a Unix socket", function()
    local secure <close> = server.start { tls = true, { body = client.process } }
    local named = secure.url:gsub("127.0.0.1", "localhost")
    local sdk <close> = client.new(secure, { serverUrl = named })
    assert.equal("p-1", sdk.processesV2:getProcessInfo { processId = "p" }.processId)
    assert.equal("HTTP/1.1", "HTTP/" .. secure:requests()[1].version:gsub("^HTTP/", ""))
    local near <close> = server.start { unix = true, { body = client.process } }
    local other <close> = client.new(near, { serverUrl = "unix:" .. near.socketPath })
    assert.equal("p-1", other.processesV2:getProcessInfo { processId = "p" }.processId)
  end)

  it("goes through a user's own transport, to this machine unless told otherwise", function()
    local seen
    local transport = { send = function(_, request)
      seen = request
      return { statusCode = 200, headers = { ["Content-Type"] = "application/json" },
        body = '{"count":2}' }
    end }
    local sdk <close> = hathora.new { appId = "a", client = transport }
    assert.equal(2, sdk.processesV2:getProcessesCountExperimental().count)
    assert.equal("GET", seen.method)
    assert.equal("http://127.0.0.1:4000/processes/v2/a/count", seen.url)
    local far <close> = hathora.new { appId = "a", serverIndex = 1, client = transport }
    far.processesV2:getProcessesCountExperimental()
    assert.equal("https://api.hathora.dev/processes/v2/a/count", seen.url)
  end)

  it("reads an answer of any size", function()
    for _, count in ipairs { 1, 10, 40, 4000 } do
      local body = "[" .. (client.process .. ","):rep(count - 1) .. client.process .. "]"
      local scripted <close> = server.start { { body = body } }
      local sdk <close> = client.new(scripted)
      assert.equal(count, #sdk.processesV2:getLatestProcesses())
    end
  end)

  it("refuses another Lua in a sentence", function()
    if select(2, processes.run "command -v lua5.1") ~= 0 then
      return pending "there is no lua5.1"
    end
    local output, status = processes.run({ "lua5.1", "-e", "require 'hathora'" },
      { LUA_PATH = "lua/?/init.lua;lua/?.lua" })
    assert.equal(1, status)
    assert.matches("hathora needs Lua 5.4; this is Lua 5.1", output)
  end)

  it("returns nil and the error where the sdk is safe", function()
    local scripted <close> = server.start { { status = 404, body = '{"message":"no such"}' } }
    local sdk <close> = client.new(scripted, { safe = true })
    local process, problem = sdk.processesV2:getProcessInfo { processId = "p" }
    assert.is_nil(process)
    assert.equal(404, problem.statusCode)
    assert.is_nil((sdk.processesV2:getProcessInfo {}))
  end)
end)
