local routes = require "hathora.host.http.routes"
local target = require "hathora.host.http.target"

local function tree()
  local made = routes.new()
  made:add("GET", "/apps/{app}/info/{id}", "info")
  made:add("POST", "/apps/{app}/info/{id}", "change")
  made:add("GET", "/apps/{app}/info/latest", "latest")
  made:add("POST", "/apps/{app}/stop", "stop")
  made:add("GET", "/", "front")
  return made
end

local function find(method, path)
  return tree():find(method, assert(target.segments(path)))
end

describe("a route", function()
  it("is found with the parameters of its path", function()
    local handler, parameters = find("GET", "/apps/a/info/b")
    assert.equal("info", handler)
    assert.same({ app = "a", id = "b" }, parameters)
  end)

  it("that is literal goes before a parameter in the same place", function()
    assert.equal("latest", (find("GET", "/apps/a/info/latest")))
  end)

  it("answers HEAD as it does GET", function()
    assert.equal("info", (find("HEAD", "/apps/a/info/b")))
  end)

  it("is found at the root", function() assert.equal("front", (find("GET", "/"))) end)

  it("says which methods it has when asked with another", function()
    local handler, allowed = find("DELETE", "/apps/a/info/b")
    assert.is_nil(handler)
    assert.equal("GET, HEAD, OPTIONS, POST", allowed)
    assert.equal("OPTIONS, POST", select(2, find("GET", "/apps/a/stop")))
  end)

  it("is not found at another path", function()
    for _, path in ipairs {
      "/apps", "/apps/", "/apps//info/b", "/apps/a/info/b/", "/apps/a/info/b/c", "//",
      "/apps/a/../a/info/b", "/./apps/a/info/b",
    } do
      assert.is_nil(find("GET", path), path)
      assert.is_nil(select(2, find("GET", path)), path)
    end
  end)
end)

describe("a request's target", function()
  it("is decoded after it is split, so that an encoded slash separates nothing", function()
    assert.same({ "a/b", "%2F", "\0", "é" }, (target.parse "/a%2fb/%252F/%00/%C3%A9"))
  end)

  it("keeps what a query repeats, in its order", function()
    local _, query = target.parse "/x?a=1&b=2&a=3&c&d=&=e&a=x+y%2B"
    assert.same({ a = { "1", "3", "x y+" }, b = { "2" }, c = { "" }, d = { "" }, [""] = { "e" } },
      query)
  end)

  it("is refused when it cannot be read one way only", function()
    for _, text in ipairs {
      "", "x", "*", "http://host/x", "/a b", "/%", "/%2", "/%zz", "/?a=%", "/a\127", "/a#b",
      "/\xc3\xa9", "/a/%", "/a/%ff", "/?a=%ff", "/?" .. ("a&"):rep(101),
    } do
      assert.is_nil(target.parse(text), text)
    end
  end)
end)
