-- SIGHUP has a host take up its configuration: games and connections go on.

local certificates = require "support.certificates"
local hathora = require "hathora"
local host = require "support.host"
local httpd = require "hathora.host.httpd"
local literal = require "support.literal"
local process = require "support.process"
local socket = require "socket"
local ssl = require "ssl"

local function app(settings)
  local full = { command = { process.build .. "/examples/gameserver" }, user = host.user }
  for name, value in pairs(settings or {}) do full[name] = value end
  return full
end

local later = " has changed; this takes effect at the next start"

-- Have a host take up other settings; returns what it says of it.
local function change(running, settings)
  local full = { listen = "127.0.0.1:0", tokens = { host.token }, apps = { [host.appId] = app() } }
  for name, value in pairs(settings) do full[name] = value end
  process.writeFile(running.configFile, "return " .. literal.write(full))
  local before = #running.process:errors()
  running.process:signal "HUP"
  return process.waitFor(function()
    local said = running.process:errors():sub(before + 1)
    return (said:find "applied" or said:find "nothing was changed") and said
  end, "the host to say what it took up")
end

local function connect(url)
  local connection = assert(socket.connect("127.0.0.1", math.tointeger(url:match ":(%d+)$")))
  connection:settimeout(5)
  connection = assert(ssl.wrap(connection, { mode = "client", protocol = "any", verify = "none" }))
  assert(connection:dohandshake())
  return connection
end

local function ask(connection)
  assert(connection:send "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
  local status, length = assert(connection:receive "*l"), nil
  for line in function() return connection:receive "*l" end do
    if line == "" then break end
    length = line:match "^[Cc]ontent%-[Ll]ength: (%d+)" or length
  end
  assert(connection:receive(tonumber(length)))
  return status
end

describe("SIGHUP #outside", function()
  it("has apps' settings and tokens taken up; running games are not touched", function()
    local running <close> = host.start()
    local sdk <close> = hathora.new(running:options())
    local old = sdk.processesV2:createProcess { region = "Tokyo" }
    local said = change(running, { tokens = { "another-token-of-16" },
      apps = { [host.appId] = app { maxProcesses = 1 } } })
    assert.equal("hathora-host: the configuration was applied\n", said)
    local _, problem = pcall(function() sdk.processesV2:getLatestProcesses() end)
    assert.equal(401, problem.statusCode)
    local new <close> = hathora.new(running:options {
      security = { hathoraDevToken = "another-token-of-16" }, safe = true })
    assert.equal(old.processId, new.processesV2:getLatestProcesses()[1].processId)
    local _, refused = new.processesV2:createProcess { region = "Tokyo" }
    assert.equal(402, refused.statusCode)
  end)

  it("takes up nothing of a configuration with a mistake, and says what it is", function()
    local running <close> = host.start()
    local said = change(running, { tokens = { "another-token-of-16" },
      apps = { [host.appId] = app { cwd = "/nowhere" } } })
    assert.matches("line 1: .*cwd is \"/nowhere\"; there is no such directory", said)
    assert.matches("nothing was changed", said)
    local sdk <close> = hathora.new(running:options())
    assert.same({}, sdk.processesV2:getLatestProcesses())
  end)

  it("holds up nobody while the file is checked, and is done again if it is asked for again",
    function()
      -- A machine that takes its time to say who a user is.
      local base = process.temporaryDirectory()
      process.writeFile(base .. "/id", ("#!/bin/sh\nwhile [ -e %s/slow ]; do sleep 0.05; done\n"
        .. "exec /usr/bin/id \"$@\"\n"):format(base))
      process.run { "chmod", "755", base .. "/id" }
      local running <close> = host.start(nil, { PATH = base .. ":" .. os.getenv "PATH" })
      process.writeFile(base .. "/slow", "")
      running.process:signal "HUP"
      process.waitFor(function()
        return process.run({ "pgrep", "-f", base .. "/[i]d -u" }) ~= ""
      end, "the check")
      local sdk <close> = hathora.new(running:options())
      assert.same({}, sdk.processesV2:getLatestProcesses())
      assert.equal("", running.process:errors())
      process.writeFile(running.configFile, "return { tokens = { }")
      running.process:signal "HUP"
      assert.same({}, sdk.processesV2:getLatestProcesses())
      os.remove(base .. "/slow")
      process.waitFor(function()
        return select(2, running.process:errors():gsub("nothing was changed", "")) == 2
      end, "both to be told")
      process.removeDirectory(base)
    end)

  it("ends while the file is checked, and so does the check", function()
    local base = process.temporaryDirectory()
    process.run { "mkfifo", base .. "/secret" }
    local running <close> = host.start()
    process.writeFile(running.configFile, ("return { tokens = { file %q } }"):format(
      base .. "/secret"))
    running.process:signal "HUP"
    local function isChecked()
      return process.run({ "pgrep", "-f", "[c]heck " .. running.configFile }) ~= ""
    end
    process.waitFor(isChecked, "the check")
    running:stop "TERM"
    process.waitFor(function() return not isChecked() end, "the check to end")
    process.removeDirectory(base)
  end)

  it("takes up nothing of a file that runs without end, and holds up nobody", function()
    local running <close> = host.start()
    local sdk <close> = hathora.new(running:options())
    process.writeFile(running.configFile, "while true do end")
    running.process:signal "HUP"
    process.waitFor(function()
      return running.process:errors():find "fails: it runs without end\n.*nothing was changed"
    end, "the host to refuse it")
    assert.same({}, sdk.processesV2:getLatestProcesses())
  end)

  it("reads no secret again from what may keep it waiting", function()
    local base = process.temporaryDirectory()
    process.run { "mkfifo", base .. "/secret" }
    local running <close> = host.start()
    process.writeFile(running.configFile, ("return { tokens = { file %q }, apps = { a = "
      .. "{ command = { '/bin/true' }, user = %q } } }"):format(base .. "/secret", host.user))
    running.process:signal "HUP"
    process.writeFile(base .. "/secret", "a-token-of-16-characters\n") -- waits for its reader
    process.waitFor(function()
      return running.process:errors():find "a secret cannot be read again: .* is a named pipe"
    end, "the host to refuse it")
    process.removeDirectory(base)
  end)

  it("says what is left to the next start", function()
    local running <close> = host.start()
    local said = change(running, { hostname = "games.example.org", ports = { 30000, 30099 },
      apps = { [host.appId] = app { transportType = "udp" }, other = app() } })
    for _, setting in ipairs { "hostname", "ports", 'apps["other"]',
      ('apps["%s"].transportType'):format(host.appId) } do
      assert.truthy(said:find(setting .. later, 1, true), said)
    end
    assert.no.matches("tokens", said)
    assert.no.matches("secret", said)
  end)

  for what, command in pairs { ["no command"] = false, ["another command"] = { "/bin/false" } } do
    it("takes nothing of an app that gets another engine, with " .. what, function()
      local running <close> = host.start()
      local sdk <close> = hathora.new(running:options())
      local said = change(running, { apps = { [host.appId] = { engine = "docker", image = "game",
        command = command or nil, maxProcesses = 0 } } })
      for _, setting in ipairs { "command", "engine", "image", "maxProcesses", "user" } do
        assert.truthy(said:find(('apps["%s"].%s'):format(host.appId, setting) .. later, 1, true),
          said)
      end
      local made = sdk.processesV2:createProcess { region = "Tokyo" }
      sdk.processesV2:waitUntilRunning { processId = made.processId }
    end)
  end

  it("leaves the first limits of a machine's games to the next start, which makes control groups",
    function()
      local running <close> = host.start()
      local said = change(running, { apps = { [host.appId] = app { memoryMB = 64, cpus = 1 } } })
      for _, setting in ipairs { "cpus", "memoryMB" } do
        assert.truthy(said:find(('apps["%s"].%s'):format(host.appId, setting) .. later, 1, true),
          said)
      end
      local limited <close> = host.start { apps = { [host.appId] = app { memoryMB = 64 } } }
      assert.equal("hathora-host: the configuration was applied\n", change(limited, {
        apps = { [host.appId] = app { memoryMB = 65, cpus = 1 } } }))
    end)

  it("takes an app that says which engine it has for the same", function()
    local running <close> = host.start()
    assert.equal("hathora-host: the configuration was applied\n", change(running, { apps = {
      [host.appId] = app { engine = "local" } } }))
  end)

  it("has a renewed certificate shown; connections that are open go on", function()
    local directory = process.temporaryDirectory()
    local own = certificates.make(directory, "localhost")
    local tls = { certificate = own.certificate, key = own.key }
    local running <close> = host.start(tls)
    local open = connect(running.url)
    local old = open:getpeercertificate():digest()
    for _ = 1, 3 do
      certificates.make(directory, "localhost")
      assert.matches("the configuration was applied\n$", change(running, tls))
      assert.equal("HTTP/1.1 200 OK", ask(open))
      local fresh = connect(running.url)
      assert.not_equal(old, fresh:getpeercertificate():digest())
      assert.equal("HTTP/1.1 200 OK", ask(fresh))
      old = fresh:getpeercertificate():digest()
      fresh:close()
    end
    process.run { "openssl", "genrsa", "-out", own.key }
    assert.matches("does not belong to the certificate.*nothing was changed", change(running, tls))
    local last = connect(running.url)
    assert.equal(old, last:getpeercertificate():digest())
    last:close()
    open:close()
    process.removeDirectory(directory)
  end)
end)

describe("a server's certificate", function()
  local directory, own, other
  setup(function()
    directory = process.temporaryDirectory()
    process.run { "mkdir", directory .. "/other" }
    own = certificates.make(directory, "localhost")
    other = certificates.make(directory .. "/other", "localhost")
  end)
  teardown(function() process.removeDirectory(directory) end)

  local function listen(key)
    return httpd.listen { host = "127.0.0.1", port = 0, deadline = 10, silence = 10,
      connections = 8, connectionsPerAddress = 0, memory = 16384, body = 0,
      certificate = process.readFile(own.certificate), key = key }
  end

  it("is changed whole or not at all", function()
    local daemon <close> = listen(process.readFile(own.key))
    assert.is_true(daemon:certify(process.readFile(other.certificate),
      process.readFile(other.key)))
    for _, pair in ipairs { { process.readFile(own.certificate), process.readFile(other.key) },
      { "", process.readFile(own.key) }, { process.readFile(own.certificate), "" } } do
      local certified, problem = daemon:certify(pair[1], pair[2])
      assert.is_nil(certified)
      assert.is_string(problem)
    end
  end)

  it("must be one to listen with", function()
    local daemon, problem = listen(process.readFile(other.key))
    assert.is_nil(daemon)
    assert.is_string(problem)
  end)
end)
