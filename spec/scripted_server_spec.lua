local process = require "support.process"
local server = require "support.server"

local function ask(...)
  return process.run { "curl", "--silent", "--show-error", "--max-time", "1", ... }
end

describe("the scripted server #outside", function()
  it("answers in the order of its script, the last without end", function()
    local scripted <close> = server.start { { body = "one", times = 2 }, { body = "two" } }
    local url = scripted.url .. "/"
    assert.equal("oneonetwotwo", ask(url, url, url, url))
  end)

  it("answers by method and target where the script says so", function()
    local scripted <close> = server.start { { on = "^POST /a", body = "posted" }, { body = "got" } }
    assert.equal("got", ask(scripted.url .. "/a"))
    assert.equal("posted", ask("--data", "x", scripted.url .. "/a?b"))
  end)

  it("keeps each request as it was sent, and counts connections", function()
    local scripted <close> = server.start { {} }
    ask("--path-as-is", "--data", "a body", "--header", "X-A: 1", "--header", "X-A: 2",
      scripted.url .. "/a%2Fb/../c?d=e&d=f", scripted.url)
    local first, second = table.unpack(scripted:requests())
    assert.equal("POST", first.method)
    assert.equal("/a%2Fb/../c?d=e&d=f", first.target)
    assert.equal("a body", first.body)
    assert.equal("1, 2", first.headers["x-a"])
    assert.truthy(first.head:find("\r\nX-A: 1\r\nX-A: 2\r\n", 1, true))
    assert.equal(1, second.connection)
    assert.equal(1, scripted:connections())
  end)

  -- The exit statuses are those of curl(1).
  local faults = {
    { "leaves bytes out at the end", { body = "abc", cut = 1 }, 18 },
    { "leaves out the last chunk", { body = "abc", framing = "chunked", cut = 5 }, 18 },
    { "hangs up in place of an answer", server.hangUp, 52 },
    { "resets the connection in place of an answer", server.reset, 56 },
    { "resets it within the body", { body = "abc", cut = 1, ending = "reset" }, 56 },
    { "says nothing", server.silence, 28 },
    { "sends slowly", { body = ("x"):rep(100), bytesPerSecond = 50 }, 28 },
    { "answers late", { delay = 3 }, 28 },
    { "sends what is not HTTP", { raw = "nonsense\r\n\r\n", ending = "close" }, 1 },
  }
  for _, fault in ipairs(faults) do
    local name, answer, status = table.unpack(fault)
    it(name, function()
      local scripted <close> = server.start { answer }
      assert.equal(status, select(2, ask(scripted.url)))
      assert.equal(1, #scripted:requests())
    end)
  end

  it("ends a body with the connection", function()
    local scripted <close> = server.start { { body = "abc", framing = "close" } }
    assert.equal("abcabc", ask(scripted.url, scripted.url))
    assert.equal(2, scripted:connections())
  end)

  it("treats connections as told before it reads", function()
    local scripted <close> = server.start {
      connections = { "close", "reset", "serve", "hold" }, { body = "served" },
    }
    assert.equal(52, select(2, ask(scripted.url)))
    assert.not_equal(0, select(2, ask(scripted.url)))
    assert.equal("served", ask(scripted.url))
    assert.equal(28, select(2, ask(scripted.url)))
    assert.equal(1, #scripted:requests())
    assert.equal(4, scripted:connections())
  end)

  it("never completes a connection when unreachable", function()
    local scripted <close> = server.start { unreachable = true, {} }
    assert.equal(28, select(2, ask(scripted.url)))
  end)

  it("speaks TLS under its own authority", function()
    local scripted <close> = server.start { tls = true, { body = "secret" } }
    assert.equal("secret", ask("--cacert", scripted.caFile, scripted.url))
    assert.equal(60, select(2, ask(scripted.url)))
  end)

  it("speaks TLS under a name that is not its own", function()
    local scripted <close> = server.start { tls = "elsewhere.example", {} }
    assert.equal(60, select(2, ask("--cacert", scripted.caFile, scripted.url)))
  end)

  it("accepts TLS and never shakes hands", function()
    local scripted <close> = server.start { connections = { "hold" }, {} }
    assert.equal(28, select(2, ask("https://127.0.0.1:" .. scripted.port)))
  end)

  it("listens on a Unix socket", function()
    local scripted <close> = server.start { unix = true, { body = "here" } }
    assert.equal("here", ask("--unix-socket", scripted.socketPath, "http://local/"))
  end)

  it("leaves nothing behind when it is closed", function()
    local scripted = server.start { {} }
    local pid, directory = scripted.process.pid, scripted.directory
    scripted:close()
    assert.equal(7, select(2, ask(scripted.url)))
    assert.is_nil(process.readFile("/proc/" .. pid .. "/stat"))
    assert.is_nil(io.open(directory))
  end)
end)

describe("a held process #outside", function()
  -- Of this run alone: another may be under way on this machine.
  local own = io.open "/proc/self/stat":read "n"

  local function living(marker)
    return (process.run("pgrep -f " .. process.quote(marker)))
  end

  it("ends with all it left behind, daemons included", function()
    local marker = ("sleep 98765.%d"):format(own)
    local held = process.hold {
      command = { "sh", "-c", "setsid setsid " .. marker .. " & setsid " .. marker ..
        " & echo ready; trap '' TERM; wait; wait" },
      ready = "ready",
    }
    assert.not_equal("", living("^" .. marker))
    held:signal "KILL"
    assert.equal(137, held:wait())
    assert.not_equal("", living("^" .. marker))
    held:close()
    assert.equal("", living("^" .. marker))
  end)

  it("ends when the one that holds it is killed", function()
    local marker = ("sleep 87654.%d"):format(own)
    local holder = process.hold {
      command = { "lua5.4", "-e", ([[
        local process = require "support.process"
        local held = process.hold { command = { "sh", "-c", "exec %s" } }
        print "holding"
        require "socket".sleep(100)
      ]]):format(marker) },
      ready = "holding",
    }
    process.waitFor(function() return living("^" .. marker) ~= "" end, "the sleeper to begin")
    holder:signal "KILL"
    process.waitFor(function() return living("^" .. marker) == "" end, "the sleeper to end")
    holder:close()
  end)

  it("says what its output was when it ends before it is ready", function()
    assert.error_matches(function()
      process.hold { command = { "sh", "-c", "echo a reason >&2; exit 3" }, ready = "never" }
    end, "a reason")
  end)
end)
