-- Where a request ends, whose it is, and what its body says: nothing that two servers could read
-- in two ways is carried out.

local hathora = require "hathora"
local host = require "support.host"
local httpd = require "hathora.host.httpd"
local parameters = require "hathora.host.api.parameters"
local raw = require "support.raw"
local schema = require "hathora.schema"
local socket = require "socket"

local list = "GET /processes/v2/" .. host.appId .. "/list/latest HTTP/1.1\r\n"
local create = "POST /processes/v2/" .. host.appId .. "/create/Tokyo HTTP/1.1\r\n"
local plain = "Host: localhost\r\nAuthorization: Bearer " .. host.token .. "\r\n"
local close = "Connection: close\r\n"

describe("the host #outside", function()
  local running
  setup(function() running = host.start { requestDeadline = 2 } end)
  teardown(function() running:close() end)

  local function count()
    local sdk <close> = hathora.new(running:options())
    return sdk.processesV2:getProcessesCountExperimental().count
  end

  -- How many answers come.
  local function answers(bytes)
    local connection = raw.connect(running)
    connection:send(bytes)
    local text, _, partial = connection:receive "*a"
    connection:close()
    return select(2, (text or partial):gsub("HTTP/1%.1 %d%d%d", "")), text or partial
  end

  for what, bytes in pairs {
    ["a NUL in a header's value"] = create .. plain .. "X: a\0b\r\n\r\n",
    ["two NULs in a header's value"] = create .. plain .. "X: a\0\0b: c\r\n\r\n",
    ["four NULs in a header's value"] = create .. plain .. "X: a\0\0\0\0b: c\r\n\r\n",
    ["a bare line feed behind the last header"] = create .. plain .. "\n",
    ["a NUL in a header's name"] = create .. plain .. "X\0: a\r\n\r\n",
    ["a bare line feed behind a header"] = create .. plain .. "X: a\nY: b\r\n\r\n",
    ["a bare line feed behind the request line"] = create:gsub("\r", "") .. plain .. "\r\n",
    ["a folded header"] = create .. plain .. "X: a\r\n b\r\n\r\n",
    ["a coding in HTTP/1.0"] = create:gsub("1%.1", "1.0") .. plain
      .. "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ["a coding with a blank behind its name"] = create .. plain
      .. "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ["a length with a blank behind its name"] = create .. plain .. "Content-Length : 2\r\n\r\n{}",
    ["another length with a blank behind its name"] = create .. plain
      .. "Content-Length: 2\r\nContent-Length : 3\r\n\r\n{}",
    ["a Host with a blank behind its name"] = create .. plain .. "Host : localhost\r\n\r\n",
    ["two lengths in one"] = create .. plain .. "Content-Length: 5, 5\r\n\r\nhello",
  } do
    it("refuses " .. what, function()
      assert.equal(400, raw.send(running, bytes).status)
      assert.equal(0, count())
    end)
  end

  it("answers once to a length that is none, and to no Host", function()
    for _, bytes in ipairs { list .. plain .. "Content-Length: 5, 5\r\n\r\nhello",
      list .. plain .. "Content-Length: 99999999999999999999\r\n\r\n", list .. "\r\n" } do
      local number, text = answers(bytes)
      assert.equal(1, number, text)
      local length, body = text:match "Content%-Length: (%d+)\r\n\r\n(.*)"
      assert.equal(tonumber(length), #body)
    end
  end)

  it("takes a header with a blank before its colon, and makes nothing of it", function()
    assert.equal(200, raw.send(running, list .. plain .. close
      .. "Content-Type : application/json\r\n\r\n").status)
    assert.equal(401, raw.send(running, list .. close .. "Host: localhost\r\n"
      .. "Authorization : Bearer " .. host.token .. "\r\n\r\n").status)
    assert.equal(200, raw.send(running, list .. plain .. close
      .. "Content-Length: 2\r\nContent-Length : 2\r\n\r\n{}").status)
  end)

  it("ends a connection with a request in chunks, whatever is behind it", function()
    local behind = list .. plain .. close .. "\r\n"
    local chunked = list .. plain .. "Transfer-Encoding: chunked\r\n\r\n"
    assert.equal(1, (answers(chunked .. "2\r\n{}\r\n0\r\n\r\n" .. behind)))
    assert.equal(1, (answers(chunked .. "2\n{}\n0\n\n" .. behind)))
  end)

  it("ignores a short body where none belongs, and goes on behind it", function()
    local number, text = answers(list .. plain .. "Content-Length: 5\r\n\r\nhello"
      .. list .. plain .. close .. "\r\n")
    assert.equal(2, number, text)
  end)

  it("refuses a body beyond its limit, before it has come if it is announced", function()
    assert.equal(413, raw.send(running, list .. plain .. "Content-Length: 65537\r\n\r\n").status)
    local chunk = ("%x\r\n%s\r\n"):format(40000, ("x"):rep(40000))
    assert.equal(413, raw.send(running, list .. plain .. "Transfer-Encoding: chunked\r\n\r\n"
      .. chunk .. chunk .. "0\r\n\r\n").status)
  end)

  it("asks for a body that waits for leave, and not for one that it refuses", function()
    local function expect(head)
      local connection = raw.connect(running)
      connection:send(head .. "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
      local first = raw.head(connection)
      if first.status == 100 then connection:send "{}" end
      local last = first.status == 100 and raw.head(connection) or first
      connection:close()
      return first.status, last.status
    end
    assert.same({ 100, 200 }, { expect(list .. plain) })
    assert.same({ 401, 401 }, { expect(list .. "Host: localhost\r\n") })
  end)

  it("sends no body to HEAD on a log that is followed, nor says that it had none", function()
    local sdk <close> = hathora.new(running:options())
    local made = sdk.processesV2:waitUntilRunning {
      processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
    local reply = raw.send(running, ("HEAD /logs/v1/%s/process/%s?follow=true HTTP/1.1\r\n")
      :format(host.appId, made.processId) .. plain .. close .. "\r\n")
    assert.equal(200, reply.status)
    assert.equal("", reply.body)
    assert.is_nil(reply.headers["content-length"])
    sdk.processesV2:stopProcess { processId = made.processId }
  end)
end)

describe("the HTTP server", function()
  -- The body it hands over, of a request that it lets have so many bytes.
  local function bodyOf(limit, ...)
    local daemon <close> = httpd.listen { host = "127.0.0.1", port = 0, deadline = 5, silence = 60,
      connections = 8, connectionsPerAddress = 0, memory = 16384, body = 1000 }
    local connection = assert(socket.connect("127.0.0.1", daemon:port()))
    local pieces = { ... }
    for index, piece in ipairs(pieces) do
      connection:send(piece)
      local ends = socket.gettime() + (index < #pieces and 0.05 or 10)
      while socket.gettime() < ends do
        daemon:run()
        for request, event in daemon.next, daemon do
          if event == "offer" then
            if not request:receive(limit) then return "too long" end
          else
            local body, method, fault = request:body(), request:head()
            request:respond(200, {}, "")
            return method and body or fault
          end
        end
      end
    end
  end

  it("hands a body over whole, in one piece or many, of a length or in chunks", function()
    local long = ("0123456789"):rep(10000)
    local head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/odd\r\n"
    local function sized(text) return head .. ("Content-Length: %d\r\n\r\n"):format(#text) end
    assert.equal("{}", bodyOf(10, sized "{}" .. "{}"))
    assert.equal("a\0b", bodyOf(10, sized "a\0b", "a\0", "b"))
    assert.equal(long, bodyOf(#long, sized(long), long:sub(1, 50000), long:sub(50001)))
    assert.equal("too long", bodyOf(#long - 1, sized(long)))
    local chunked = head .. "Transfer-Encoding: chunked\r\n\r\n"
    assert.equal("abcde", bodyOf(5, chunked .. "2\r\nab\r\n", "3\r\ncde\r\n0\r\n", "\r\n"))
    assert.matches("longer than", bodyOf(4, chunked .. "2\r\nab\r\n", "3\r\ncde\r\n0\r\n\r\n"))
    assert.equal("", bodyOf(1, chunked .. "0\r\n\r\n"))
    assert.equal("too long", bodyOf(0, chunked .. "0\r\n\r\n"))
  end)
end)

describe("a body", function()
  local createRoom = schema.operation("roomsV2", "createRoom")
  local function read(text) return parameters.read(createRoom, { appId = "a" }, {}, text) end

  it("is read as JSON, with every mistake told", function()
    assert.equal("Tokyo", read [[{"region":"Tokyo","more":1}]].region)
    for text, words in pairs {
      ["{"] = "the body is not JSON", ["[]"] = "the body is not a JSON object",
      ["\"x\""] = "the body is not a JSON object", [""] = "region",
      [ [[{"region":"Atlantis"}]] ] = "region",
      [ [[{"region":"Tokyo","roomConfig":1}]] ] = "roomConfig",
    } do
      local fields, problem = read(text)
      assert.is_nil(fields, text)
      assert.matches(words, problem.message, 1, true)
    end
  end)
end)
