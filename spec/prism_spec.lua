local client = require "support.client"
local json = require "hathora.json"
local needs = require "support.needs"
local prism = require "support.prism"
local process = require "support.process"
local schema = require "hathora.schema"

-- What each field that is no enum is given. Objects of one's own are empty: the document, taken at
-- its word, lets them have no properties.
local samples = {
  processId = "p-1", roomId = "r-1", shortCode = "s", nickname = "n", idToken = "t",
  roomConfig = "é", initialConfig = {}, state = {},
}

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
    local created, response = processes:createProcess { region = "Tokyo" }
    assert.equal(201, response.statusCode)
    assert.equal("integer", math.type(created.deploymentId))
    local list = processes:getLatestProcesses { region = { "Tokyo", "London" },
      status = { "running", "starting" } }
    assert.is_string(list[1].processId)
    assert.is_string(processes:getProcessInfo { processId = created.processId }.status)
    assert.is_true((processes:stopProcess { processId = created.processId }))
  end)

  -- A request with every field that a server of 2024 understands.
  local function requestFor(operation)
    local request = {}
    for _, field in ipairs(operation.fields) do
      local member = field.type.members and schema.values(field.type.name)[1]
      local value = member or samples[field.name]
      request[field.name] = value and field.type.list and { value } or value
    end
    return request
  end

  compared("is understood in every operation of the document", function()
    local document = json.decode(process.readFile(prism.document))
    local sdk <close> = client.new(mock, { retry = false,
      security = { hathoraDevToken = client.token, playerAuth = "a-player" } })
    local count = 0
    for operation in schema.each() do
      local path = document.paths[operation.path]
      -- Prism has no example of a log.
      if path and path[operation.method:lower()] and operation.answer ~= "bytes" then
        local group = sdk[operation.group]
        local _, response = group[operation.name](group, requestFor(operation))
        assert.equal(operation.success.status, response.statusCode)
        count = count + 1
      end
    end
    assert.is_true(count > 35)
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
