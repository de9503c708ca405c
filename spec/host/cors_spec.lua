-- What a page of another site may read.

local cors = require "hathora.host.http.cors"
local host = require "support.host"
local raw = require "support.raw"

local page = "https://game.example.org"
local list = "/processes/v2/" .. host.appId .. "/list/latest"

local function ask(running, line, headers)
  return raw.send(running, ("%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nOrigin: %s\r\n"
    .. "%s\r\n"):format(line, page, headers or ""))
end

local function allowed(reply) return reply.headers["access-control-allow-origin"] end
local bearer = "Authorization: Bearer " .. host.token .. "\r\n"

describe("a page of another site #outside", function()
  it("reads what needs no token, errors too, and nothing that a developer's token opens", function()
    local running <close> = host.start()
    for _, line in ipairs { "GET /healthz", "GET /nowhere", "POST /healthz", "GET /%",
      "GET /discovery/v2/ping", "POST /lobby/v3/a/create" } do
      assert.equal("*", allowed(ask(running, line)), line)
    end
    for _, headers in ipairs { bearer, "Authorization: Bearer wrong\r\n", "" } do
      local reply = ask(running, "GET " .. list, headers)
      assert.is_nil(allowed(reply))
      assert.equal("Origin", reply.headers.vary)
    end
    assert.is_nil(allowed(ask(running, "GET /metrics", bearer)))
  end)

  it("asks with OPTIONS and no token, on every path", function()
    local running <close> = host.start()
    local reply = ask(running, "OPTIONS /lobby/v3/a/create",
      "Access-Control-Request-Method: POST\r\n")
    assert.equal(204, reply.status)
    assert.equal("*", allowed(reply))
    assert.matches("POST", reply.headers["access-control-allow-methods"])
    assert.matches("Authorization", reply.headers["access-control-allow-headers"])
    assert.equal("OPTIONS, POST", reply.headers.allow)
    reply = ask(running, "OPTIONS " .. list, "Access-Control-Request-Method: GET\r\n")
    assert.equal(204, reply.status)
    assert.is_nil(allowed(reply))
    assert.equal(404, ask(running, "OPTIONS /nowhere").status)
  end)

  it("reads all if its origin is configured, and no other does", function()
    local running <close> = host.start { origins = { page } }
    local reply = ask(running, "GET " .. list, bearer)
    assert.equal(page, allowed(reply))
    assert.equal("Origin", reply.headers.vary)
    assert.is_nil(reply.headers["access-control-allow-credentials"])
    assert.equal(page, allowed(ask(running, "OPTIONS " .. list)))
  end)

  it("is told apart by its whole origin", function()
    local set = cors.set { page }
    for _, other in ipairs { page .. ".evil.example", page .. ":1", "null", "http://x" } do
      assert.is_nil(cors.headers(set, other, true, {})["Access-Control-Allow-Origin"], other)
    end
    local all = cors.headers(cors.set { "*" }, page, false, {})
    assert.equal("*", all["Access-Control-Allow-Origin"])
    assert.same({ A = "b" }, cors.headers(set, nil, true, { A = "b" }))
  end)
end)
