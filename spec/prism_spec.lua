local client = require "support.client"
local needs = require "support.needs"
local prism = require "support.prism"

describe("the client, against Prism on the API's own document,", function()
  local mock
  local compared = needs(_ENV, function()
    local missing = prism.missing()
    if missing then return nil, missing end
    mock = mock or prism.mock()
    return mock
  end)
  teardown(function() if mock then mock:close() end end)

  local function forced(status)
    return { headers = { Prefer = "code=" .. status }, retry = false }
  end

  compared("is understood in all four operations", function()
    local sdk <close> = client.new(mock)
    local processes = sdk.processesV2
    local process, response = processes:createProcess { region = "Tokyo" }
    assert.equal(201, response.statusCode)
    assert.equal("integer", math.type(process.deploymentId))
    local list = processes:getLatestProcesses { region = { "Tokyo", "London" },
      status = { "running", "starting" } }
    assert.is_string(list[1].processId)
    assert.is_string(processes:getProcessInfo { processId = process.processId }.status)
    assert.is_true((processes:stopProcess { processId = process.processId }))
  end)

  compared("raises the documented errors", function()
    local sdk <close> = client.new(mock)
    for _, status in ipairs { 401, 402, 404, 500 } do
      local problem = client.failure(sdk.processesV2.createProcess, sdk.processesV2,
        { region = "Tokyo" }, forced(status))
      assert.equal("ApiError", problem.name)
      assert.equal(status, problem.statusCode)
    end
  end)

  compared("raises an SDKException for Prism's own problem documents", function()
    local sdk <close> = client.new(mock, { retry = false, allowUnknown = true })
    local problem = client.failure(sdk.processesV2.getLatestProcesses, sdk.processesV2,
      { region = { "Atlantis" } })
    assert.equal(422, problem.statusCode)
    assert.equal("SDKException", problem.name)
  end)
end)
