local client = require "support.client"
local process = require "support.process"
local server = require "support.server"

describe("a log", function()
  it("has a line for each request, answer and retry, and never the token", function()
    local scripted <close> = server.start { { status = 503, body = '{"message":"later"}' },
      { status = 201, body = client.process } }
    local lines = {}
    local sdk <close> = client.new(scripted, { retry = { initialDelay = 0.001,
      idempotencyKeys = true }, log = function(line) lines[#lines + 1] = line end })
    sdk.processesV2:createProcess({ region = "Tokyo" }, { idempotencyKey = "mine" })
    for index, ending in ipairs { "attempt 1, idempotency key mine", "SDKException 503: .*",
      "trying again in 0%.00%d s", "attempt 2, idempotency key mine", "201 after [%d.]+ ms" } do
      assert.truthy(lines[index]:find("^hathora: createProcess POST " .. scripted.url
        .. "/processes/v2/app%-1/create/Tokyo: " .. ending .. "$"), lines[index])
    end
    assert.equal(5, #lines)
    assert.is_nil(table.concat(lines):find(client.token, 1, true))
  end)

  it("that fails harms no call", function()
    local scripted <close> = server.start { { body = client.process } }
    local sdk <close> = client.new(scripted, { log = error })
    assert.equal("p-1", sdk.processesV2:getProcessInfo({ processId = "p-1" }).processId)
  end)

  it("goes to standard error with HATHORA_DEBUG=1 and an sdk from the environment", function()
    local scripted <close> = server.start { { body = client.process } }
    local script = "require 'hathora'.fromEnvironment().processesV2"
      .. ":getProcessInfo { processId = 'p-1' }"
    local environment = { HATHORA_TOKEN = client.token, HATHORA_APP_ID = "app-1",
      HATHORA_CLOUD_ENDPOINT = scripted.url, HATHORA_DEBUG = "1" }
    local output = process.run({ "lua5.4", "-e", script }, environment)
    assert.truthy(output:find("attempt 1\nhathora: getProcessInfo GET", 1, true), output)
    assert.is_nil(output:find(client.token, 1, true))
    environment.HATHORA_DEBUG = "0"
    assert.equal("", (process.run({ "lua5.4", "-e", script }, environment)))
  end)
end)
