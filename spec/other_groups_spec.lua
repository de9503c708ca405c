local client = require "support.client"
local hathora = require "hathora"
local server = require "support.server"

local process = [[{"appId":"app-1","processId":"p-1","region":"Tokyo","port":7777.0,"rooms":[],
"idleSince":null,"draining":false}]]

describe("of ProcessesV1", function()
  local rows = {
    { "getRunningProcesses", { region = hathora.Region.Tokyo }, "[" .. process .. "]",
      "/processes/v1/app-1/list/running?region=Tokyo" },
    { "getStoppedProcesses", nil, "[" .. process .. "]", "/processes/v1/app-1/list/stopped" },
    { "getProcessInfoDeprecated", { processId = "p-1" }, process, "/processes/v1/app-1/info/p-1" },
  }
  for _, row in ipairs(rows) do
    it(row[1] .. " asks at its place, with the token, and gives back what is there", function()
      local scripted <close> = server.start { { body = row[3] } }
      local sdk <close> = client.new(scripted)
      local found = sdk.processesV1[row[1]](sdk.processesV1, row[2])
      found = found[1] or found
      assert.equal("p-1", found.processId)
      assert.equal("integer", math.type(found.port))
      assert.is_nil(found.idleSince)
      local request = scripted:requests()[1]
      assert.equal(row[4], request.target)
      assert.equal("Bearer " .. client.token, request.headers.authorization)
    end)
  end

  it("a region must be one, not a list", function()
    local scripted <close> = server.start { { body = "[]" } }
    local sdk <close> = client.new(scripted)
    local problem = client.failure(sdk.processesV1.getRunningProcesses, sdk.processesV1,
      { region = { "Tokyo" } })
    assert.equal("RequestError", problem.name)
    assert.equal("region", problem.problems[1].path)
  end)
end)

describe("of DiscoveryV2", function()
  it("getPingServiceEndpoints needs no app and is sent no token", function()
    local scripted <close> = server.start {
      { body = '[{"region":"Seattle","host":"ping.example","port":2000}]' },
    }
    local sdk <close> = client.new(scripted, {
      securitySource = function() error "a token was asked for" end,
    })
    assert.same({ { region = "Seattle", host = "ping.example", port = 2000 } },
      (sdk.discoveryV2:getPingServiceEndpoints()))
    local request = scripted:requests()[1]
    assert.equal("/discovery/v2/ping", request.target)
    assert.is_nil(request.headers.authorization)
  end)
end)
