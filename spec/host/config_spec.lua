local config = require "hathora.host.config"

local function whole(changes)
  local values = {
    tokens = { "a-token-long-enough" },
    apps = { ["app-a"] = { command = { "/bin/true" } } },
  }
  for name, value in pairs(changes or {}) do values[name] = value end
  return values
end

local function app(changes)
  local settings = { command = { "/bin/true" } }
  for name, value in pairs(changes) do settings[name] = value end
  return whole { apps = { ["app-a"] = settings } }
end

-- The one problem of a configuration with one mistake.
local function problemOf(values)
  local checked, problems = config.check(values)
  assert.is_nil(checked)
  assert.equal(1, #problems, table.concat(problems, "\n"))
  return problems[1]
end

describe("a configuration", function()
  it("is completed with what it leaves out", function()
    local checked = assert(config.check(whole()))
    assert.same({ host = "127.0.0.1", port = 4000 }, checked.listen)
    assert.equal("127.0.0.1", checked.hostname)
    assert.same({ 20000, 29999 }, checked.ports)
    local settings = checked.apps["app-a"]
    assert.equal("tcp", settings.transportType)
    assert.equal(1, settings.roomsPerProcess)
    assert.equal(100, settings.startDeadline)
    assert.equal(10, settings.stopGrace)
    assert.same({}, settings.additionalPorts)
  end)

  it("is left as it was written", function()
    local values = whole()
    config.check(values)
    assert.same(whole(), values)
  end)

  it("keeps what it says", function()
    local checked = assert(config.check(app {
      transportType = "udp", additionalPorts = { { name = "debug" } }, stopGrace = 0.5,
    }))
    assert.equal("udp", checked.apps["app-a"].transportType)
    assert.same({ { name = "debug", transportType = "tcp" } },
      checked.apps["app-a"].additionalPorts)
    assert.equal(0.5, checked.apps["app-a"].stopGrace)
  end)

  it("says that TLS in front of a game takes a certificate, and how to do without", function()
    local problem = problemOf(app { transportType = "tls" })
    assert.matches("^apps%[\"app%-a\"%]%.certificate is missing", problem)
    assert.matches("tlsPassthrough = true", problem)
    assert.matches("certificate is missing", problemOf(app {
      additionalPorts = { { name = "web", transportType = "tls" } } }))
    assert.matches("on a Swarm", problemOf(app { engine = "swarm", image = "a",
      transportType = "tls", certificate = "a", key = "b" }))
    assert(config.check(app { transportType = "tls", tlsPassthrough = true }))
    assert(config.check(app { transportType = "tls", certificate = "a", key = "b" }))
    assert.matches("key is missing", problemOf(app { certificate = "a" }))
  end)

  it("has a range for TLS beside the games', and no larger", function()
    assert.same({ 18000, 18009 },
      assert(config.check(whole { ports = { 30000, 30009 } })).tlsPorts)
    assert.matches("tlsPorts is { 20500, 20600 }; it must lie outside", problemOf(whole {
      tlsPorts = { 20500, 20600 } }))
    assert.matches("tlsPorts are 11, more than ports, which are 10", problemOf(whole {
      tlsPorts = { 100, 110 }, ports = { 200, 209 } }))
    assert.matches("tlsPorts is { 110, 100 }", problemOf(whole { tlsPorts = { 110, 100 } }))
  end)

  it("has the range for TLS that it did not choose checked where a game wants one", function()
    local function with(settings)
      local all = app(settings)
      all.ports = { 18005, 18999 }
      return all
    end
    assert.matches("tlsPorts is { 18000, 18994 } by default; it must lie outside of ports",
      problemOf(with { transportType = "tls", certificate = "a", key = "b" }))
    assert.matches("must lie outside of ports", problemOf(with { certificate = "a", key = "b",
      additionalPorts = { { name = "web", transportType = "tls" } } }))
    assert(config.check(with { transportType = "tls", tlsPassthrough = true }))
    assert(config.check(with {}))
  end)

  it("takes an IPv6 address, and a limit of connections where strangers can connect", function()
    local checked = assert(config.check(whole { listen = "[2001:db8::1]:0" }))
    assert.same({ host = "2001:db8::1", port = 0 }, checked.listen)
    assert.equal(128, checked.connectionsPerAddress)
    assert.equal(0, assert(config.check(whole { listen = "[::1]:0" })).connectionsPerAddress)
  end)

  it("has every mistake named at once, with its place, its value and what is right", function()
    local _, problems = config.check {
      listen = "4000", tokens = {}, port = { 1, 2 },
      apps = { ["app-a"] = { comand = { "x" }, roomsPerProcess = 0, transportType = "sctp" } },
    }
    local text = table.concat(problems, "\n")
    assert.equal(7, #problems, text)
    assert.matches('listen is "4000"; it must be an address and a port', text, 1, true)
    assert.matches("tokens is empty; it must be a list of at least 1 value", text, 1, true)
    assert.matches('port is not a setting; did you mean "ports"?', text, 1, true)
    assert.matches('apps["app-a"].comand is not a setting; did you mean "command"?', text, 1, true)
    assert.matches('apps["app-a"].command is missing', text, 1, true)
    assert.matches('apps["app-a"].roomsPerProcess is 0; it must be a whole number from 1 to 10000',
      text, 1, true)
    assert.matches('apps["app-a"].transportType is "sctp"; it must be one of tcp, tls, udp',
      text, 1, true)
  end)

  it("never has a token shown", function()
    assert.no.matches("s3cr3t", problemOf(whole { tokens = { "s3cr3t" } }))
    assert.no.matches("s3cr3t", problemOf(whole { tokens = { "s3cr3t with blanks" } }))
    assert.matches("at least 16 printable", problemOf(whole { tokens = { ("x"):rep(15) } }))
    assert(config.check(whole { tokens = { ("x"):rep(16) } }))
  end)

  for name, case in pairs {
    ["no app"] = { whole { apps = {} }, "apps is empty" },
    ["a value where a table should be"] = { whole { apps = "x" }, "apps is not valid" },
    ["no command"] = { app { command = {} }, "command is empty" },
    ["a NUL in an argument"] = { app { command = { "a\0b" } }, "NUL" },
    ["a hole in a list"] = { app { command = { "a", [3] = "b" } }, "%[3%] has no place in a list" },
    ["three additional ports"] = {
      app { additionalPorts = { { name = "a" }, { name = "b" }, { name = "c" } } }, "0 to 2" },
    ["an additional port named default"] = {
      app { additionalPorts = { { name = "default" } } }, "the port every app has" },
    ["two ports of one name"] = {
      app { additionalPorts = { { name = "a" }, { name = "a" } } }, "another port of this app" },
    ["a variable that is no name"] = { app { env = { ["1A"] = "x" } }, "variable's name" },
    ["a variable that is no text"] = { app { env = { A = 1 } }, 'env%["A"%] is not valid' },
    ["a container's port without a container"] = {
      app { containerPort = 7777 }, 'is for an app whose engine is "docker"' },
    ["a container's port for an additional port alone"] = {
      app { additionalPorts = { { name = "a", containerPort = 7777 } } },
      "%[1%].containerPort is for an app that has one itself" },
    ["a working directory from nowhere"] = { app { cwd = "games" }, "from the root" },
    ["a backward range of ports"] = { whole { ports = { 9, 8 } }, "first port" },
    ["a certificate without its key"] = { whole { certificate = "x.pem" }, "key is missing" },
    ["every address, and no name for players"] = {
      whole { listen = "0.0.0.0:4000" }, "hostname is missing" },
    ["NaN for seconds"] = { app { stopGrace = 0 / 0 }, "stopGrace is" },
  } do
    it("is refused for " .. name, function()
      assert.matches(case[2], problemOf(case[1]))
    end)
  end
end)
