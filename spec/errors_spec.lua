local client = require "support.client"
local schema = require "hathora.schema"
local server = require "support.server"

-- A request with everything an operation must have.
local function requestFor(operation)
  local request = {}
  for _, field in ipairs(operation.fields) do
    local kind = field.type
    if not field.optional then
      request[field.name] = kind.map and {} or kind.members and next(kind.members) or "x"
    end
  end
  return request
end

local function raisedBy(answer, options)
  local scripted <close> = server.start { answer }
  local sdk <close> = client.new(scripted, options)
  return client.failure(sdk.processesV2.getProcessInfo, sdk.processesV2, { processId = "p" })
end

describe("an error", function()
  for operation in schema.each() do
    it(("of %s.%s with a documented status is an ApiError"):format(operation.group,
      operation.name), function()
      local script, statuses = {}, {}
      for status in pairs(operation.errors) do
        statuses[#statuses + 1] = status
        script[#script + 1] = { status = status, body = '{"message":"why"}' }
      end
      local scripted <close> = server.start(script)
      local sdk <close> = client.new(scripted, { retry = false })
      local group = sdk[operation.group]
      for _, status in ipairs(statuses) do
        local problem = client.failure(group[operation.name], group, requestFor(operation))
        assert.equal("ApiError", problem.name)
        assert.equal(status, problem.statusCode)
        assert.equal("why", problem.message)
        assert.equal("why", problem.body.message)
        assert.equal(operation.name, problem.operation)
        assert.equal(1, problem.attempts)
      end
    end)
  end

  local strange = {
    ["an HTML page"] = { status = 502, headers = { ["Content-Type"] = "text/html" },
      body = "<html>bad gateway</html>" },
    ["an empty body"] = { status = 404, body = "" },
    ["a body that is a list"] = { status = 404, body = "[1]" },
    ["a body that is text"] = { status = 404, body = '"no"' },
    ["a body without a message"] = { status = 404, body = "{}" },
    ["a success of another type"] = { headers = { ["Content-Type"] = "text/html" }, body = "hi" },
    ["a success that is no JSON"] = { body = "{x" },
    ["a success that is null"] = { body = "null" },
    ["a success with a number out of range"] = { body = '{"port":1e999}' },
    ["a success with NaN"] = { body = '{"port":NaN}' },
    ["a success with a byte order mark"] = { body = "\xEF\xBB\xBF{}" },
    ["a success with more behind it"] = { body = "{} {}" },
    ["a success of another status"] = { status = 206, body = "{}" },
    ["an undocumented status"] = { status = 418, body = '{"message":"tea"}' },
  }
  for name, answer in pairs(strange) do
    it("for " .. name .. " is an SDKException with status and body", function()
      local problem = raisedBy(answer, { retry = false })
      assert.equal("SDKException", problem.name)
      assert.equal(answer.status or 200, problem.statusCode)
      assert.equal(answer.body, problem.body)
    end)
  end

  it("for a redirect names where it points, and nothing is sent there", function()
    local other <close> = server.start { {} }
    local problem = raisedBy { status = 302, headers = { Location = other.url }, body = "" }
    assert.equal("SDKException", problem.name)
    assert.equal(302, problem.statusCode)
    assert.truthy(tostring(problem):find(other.url, 1, true))
    assert.equal(0, #other:requests())
  end)

  for _, framing in ipairs { "length", "chunked", "close" } do
    it("stops an answer that is too large, framed by " .. framing, function()
      local problem = raisedBy({ body = ("x"):rep(50000), framing = framing },
        { maxResponseSize = 1000 })
      assert.equal("SDKException", problem.name)
      assert.truthy(problem.message:find "maxResponseSize")
    end)
  end

  it("stops headers without end", function()
    local problem = raisedBy { headers = { ["X-Long"] = ("x"):rep(90000),
      ["X-Longer"] = ("x"):rep(90000), ["X-Longest"] = ("x"):rep(90000) }, body = "{}" }
    assert.truthy(problem.name == "SDKException" or problem.name == "ConnectionError")
  end)

  local broken = {
    ["a short body"] = { body = client.process, cut = 1 },
    ["a missing last chunk"] = { body = client.process, framing = "chunked", cut = 5 },
  }
  for name, answer in pairs(broken) do
    it("for " .. name .. " hands nothing partial on", function()
      local problem = raisedBy(answer, { retry = false })
      assert.equal("ConnectionError", problem.name)
      assert.equal("yes", problem.sent)
    end)
  end

  it("for a certificate that does not verify names the CA file and how to set another", function()
    local scripted <close> = server.start { tls = "elsewhere.example", { body = "{}" } }
    local sdk <close> = client.new(scripted, {
      serverUrl = scripted.url:gsub("127.0.0.1", "localhost"), retry = false,
    })
    local problem = client.failure(sdk.processesV2.createProcess, sdk.processesV2,
      { region = "Tokyo" })
    assert.equal("ConnectionError", problem.name)
    assert.equal("no", problem.sent)
    assert.truthy(problem.message:find("caFile", 1, true))
    assert.equal(0, #scripted:requests())
  end)

  it("is one line, without control characters or the token", function()
    local problem = raisedBy { status = 404,
      body = '{"message":"a\\u001b[31m\\nb ' .. ("x"):rep(2000) .. '"}' }
    local text = tostring(problem)
    assert.is_nil(text:find "%c")
    assert.is_true(#text < 900)
    assert.is_nil(text:find(client.token, 1, true))
  end)
end)
