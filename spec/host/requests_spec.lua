-- What becomes of requests as clients really send them, byte by byte.

local guard = require "hathora.host.http.guard"
local hathora = require "hathora"
local host = require "support.host"
local http = require "support.raw"
local schema = require "hathora.schema"

local prefix = "/processes/v2/" .. host.appId
local list = prefix .. "/list/latest"
local bearer = "Authorization: Bearer " .. host.token .. "\r\n"

describe("a request #outside", function()
  local running
  setup(function() running = host.start() end)
  teardown(function() running:close() end)

  local function send(bytes) return http.send(running, bytes) end
  local function ask(line, headers, body)
    return send(("%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n%s"):format(line,
      headers or bearer, body or ""))
  end
  local function count()
    local sdk <close> = hathora.new(running:options())
    return sdk.processesV2:getProcessesCountExperimental().count
  end

  it("that is not UTF-8 is refused with 400 and leaves nothing in the log", function()
    for _, line in ipairs {
      "GET " .. list .. "%ff", "GET " .. prefix .. "/info/%c3", "GET /%80/x",
      "GET " .. list .. "?status=%ff", "GET " .. list .. "?%ff=x", "G\xffT " .. list,
      "GET " .. list .. "?status=\xff",
    } do
      assert.equal(400, ask(line).status, line)
    end
    assert.equal(400, ask("POST " .. prefix .. "/create/Tokyo",
      bearer .. "Idempotency-Key: a\xff\r\n").status)
    assert.equal("", running.process:errors())
    assert.equal(0, count())
  end)

  it("with a misspelt filter is refused, and one of another name is not", function()
    for query, name in pairs {
      ["statuses=running"] = "status", ["Status=running"] = "status", ["staus=running"] = "status",
      ["status[x]=running"] = "status", ["regions=Tokyo"] = "region", ["status.0=x"] = "status",
    } do
      local reply = ask("GET " .. list .. "?" .. query)
      assert.equal(422, reply.status, query)
      assert.matches(('did you mean \\"%s\\"?'):format(name), reply.body, 1, true)
    end
    assert.equal(200, ask("GET " .. list .. "?before=x&limit=1&utm_source=y").status)
    assert.equal(422, ask("GET " .. list .. "?status=running,stopped").status)
  end)

  it("may write a list in any of the usual ways", function()
    local sdk <close> = hathora.new(running:options())
    local made = sdk.processesV2:createProcess { region = "Tokyo" }
    sdk.processesV2:waitUntilRunning { processId = made.processId }
    for query, expected in pairs {
      ["status[]=running"] = 1, ["status[0]=running"] = 1, ["status%5B%5D=stopped"] = 0,
      ["status[0]=stopped&status[1]=running"] = 1, ["status=stopped&status=failed"] = 0,
      ["region[]=Tokyo&status[]=draining"] = 0,
    } do
      local reply = ask("GET " .. prefix .. "/count?" .. query)
      assert.matches(('"count":%d'):format(expected), reply.body, 1, true, query)
    end
    sdk.processesV2:stopProcess { processId = made.processId }
  end)

  it("may ask for what was created before a time, in version 3", function()
    local sdk <close> = hathora.new(running:options())
    sdk.processesV2:createProcess { region = "Dubai" }
    local processes = "GET /processes/v3/apps/" .. host.appId .. "/processes/"
    assert.equal("[]", ask(processes .. "latest?before=1000").body)
    assert.matches("^%[{", ask(processes .. "latest?before=32503680000000.5").body)
    assert.matches('"count":0', ask(processes .. "count?before=1000").body, 1, true)
    assert.matches('"count":[1-9]', ask(processes .. "count?before=1e15").body)
    assert.equal(422, ask(processes .. "latest?before=yesterday").status)
  end)

  it("finds every operation of the contract", function()
    local operations = 0
    for operation in schema.each() do
      local path = operation.path:gsub("{%w+}", "Tokyo")
      local reply = ask(operation.method .. " " .. path)
      assert.not_equal(405, reply.status, path)
      assert.no.matches("nothing at this path", reply.body, 1, true)
      operations = operations + 1
    end
    assert.is_true(operations >= 50, operations)
    local reply = ask "GET /builds/v1/list"
    assert.equal(404, reply.status)
    assert.matches("there is nothing at this path", reply.body, 1, true)
  end)

  it("that leaves the appId out is told so", function()
    local reply = ask "GET /processes/v2//list/latest"
    assert.equal(404, reply.status)
    assert.matches("the path has no appId", reply.body)
  end)

  it("may name the host in its target", function()
    local absolute = "GET http://localhost" .. list
    assert.equal(200, ask(absolute).status)
    assert.equal(200, ask "GET HTTP://127.0.0.1:1/healthz".status)
    assert.equal(200, ask "GET http://localhost".status)
    assert.equal(421, ask("GET http://evil.example" .. list).status)
    assert.equal(400, ask("GET ftp://localhost" .. list).status)
  end)

  it("with a bare question mark is taken", function()
    assert.equal(200, ask("GET " .. list .. "?").status)
  end)

  it("with an empty Idempotency-Key has none", function()
    local before = count()
    for _ = 1, 2 do
      assert.equal(201, ask("POST " .. prefix .. "/create/Tokyo",
        bearer .. "Idempotency-Key: \r\n").status)
    end
    assert.equal(before + 2, count())
  end)

  it("has an Idempotency-Key of 255 bytes at the most, for keys are recorded", function()
    local before = count()
    for length, status in pairs { [255] = 201, [256] = 422, [8000] = 422 } do
      local reply = ask("POST " .. prefix .. "/create/Tokyo",
        bearer .. "Idempotency-Key: " .. ("k"):rep(length) .. "\r\n")
      assert.equal(status, reply.status, length)
      assert.equal(status == 422, reply.body:find(("Idempotency-Key header has %d bytes; it may "
        .. "have 255"):format(length), 1, true) ~= nil, reply.body)
    end
    assert.equal(before + 1, count())
  end)

  it("with wrong tokens is slowed down, while right ones pass", function()
    local wrong = "Authorization: Bearer not-the-right-one\r\n"
    for _ = 1, guard.allowed do assert.equal(401, ask("GET " .. list, wrong).status) end
    local reply = ask("GET " .. list, wrong)
    assert.equal(429, reply.status)
    assert.is_true(tonumber(reply.headers["retry-after"]) <= 60)
    assert.equal(200, ask("GET " .. list).status)
    assert.equal(401, ask("GET " .. list, "").status)
  end)
end)

describe("the guard against wrong tokens", function()
  it("knows a bounded number of addresses, and forgets them after a minute", function()
    local guarded = guard.new "wait"
    for index = 1, guard.addresses + guard.allowed do
      assert.is_nil(guarded:refuse("address " .. index, 0))
    end
    assert.same({ statusCode = 429, message = "wait", retryAfter = 60 },
      guarded:refuse("one more", 0))
    assert.is_nil(guarded:refuse("address 1", 0))
    assert.is_nil(guarded:refuse("one more", 60))
  end)
end)
