local certificates = require "support.certificates"
local host = require "support.host"
local mime = require "mime"
local process = require "support.process"

describe("hathora-host check #outside", function()
  local directory
  setup(function() directory = process.temporaryDirectory() end)
  teardown(function() process.removeDirectory(directory) end)

  local function check(text, env)
    process.writeFile(directory .. "/host.lua", text)
    return process.run({ "bin/hathora-host", "check", directory .. "/host.lua" }, env)
  end

  -- A configuration with nothing wrong but what is put in; the app's settings stand on line 4.
  local function with(settings, app)
    return ([[return {
      tokens = { "a-token-long-enough" }, %s
      apps = { game = { user = %q,
        %s
      } } }]]):format(settings, host.user, app or 'command = { "/bin/true" }')
  end

  it("finds nothing wrong with what serves", function()
    local output, status = check(with ("directory = '" .. directory .. "/state',"))
    assert.equal(0, status, output)
  end)

  for name, case in pairs {
    ["a program that is missing"] = { 4, "there is no file /nope", "", 'command = { "/nope" }' },
    ["a program that is nowhere in PATH"] = { 4, "is not in /usr/local/bin", "",
      'command = { "no-such-program" }' },
    ["a program that is not executable"] = { 4, "not executable", "",
      'command = { "/etc/passwd" }' },
    ["a working directory that is missing"] = { 4, "no such directory", "",
      'command = { "/bin/true" }, cwd = "/nowhere"' },
    ["a variable that is unknown"] = { 4, "${HATHORA_PROT}", "",
      'command = { "/bin/true", "${HATHORA_PROT}" }' },
    ["a variable of no such port"] = { 4, "${HATHORA_QUERY_PORT}", "",
      'command = { "/bin/true" }, env = { A = "${HATHORA_QUERY_PORT}" }' },
    ["a user that is unknown"] = { 3, "no such user", "",
      'command = { "/bin/true" }, user = "no-such-user"' },
    ["too few ports"] = { 2, "ports are 2, but the apps' maxProcesses need 3", "ports = { 1, 2 },",
      'command = { "/bin/true" }, maxProcesses = 3' },
    ["too few ports for one process"] = { 2, "fewer than one process of app game",
      "ports = { 1, 1 },",
      'command = { "/bin/true" }, additionalPorts = { { name = "a" } }' },
    ["a directory below a file"] = { 2, "/etc/passwd is a file",
      'directory = "/etc/passwd/state",' },
    ["a certificate that is missing"] = { 2, 'certificate is "/nope", which cannot be read',
      'certificate = "/nope", key = "/nope",' },
  } do
    it("finds " .. name .. ", with its line", function()
      local output, status = check(with(case[3], case[4]))
      assert.equal(1, status, output)
      assert.truthy(output:find(case[2], 1, true), output)
      assert.truthy(output:find("line " .. case[1] .. ": ", 1, true), output)
    end)
  end

  it("finds a certificate and a key that are swapped, and one that has expired", function()
    local own = certificates.make(directory, "localhost")
    local output = check(with(("certificate = %q, key = %q,"):format(own.key, own.certificate)))
    assert.equal(2, select(2, output:gsub("are swapped", "")))
    local good, status = check(with(("certificate = %q, key = %q,"):format(own.certificate,
      own.key)))
    assert.equal(0, status, good)
    local body = process.readFile(own.certificate):match "CERTIFICATE%-%-%-%-%-(.-)%-%-%-%-%-END"
    local der = mime.unb64((body:gsub("%s", "")))
    der = der:gsub("(\x17\x0d%d+Z\x17\x0d)%d%d(%d+Z)", "%118%2")
    local old = directory .. "/old.pem"
    process.writeFile(old, ("-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n")
      :format(mime.b64(der)))
    assert.matches("expired on 2018%-%d+%-%d+",
      (check(with(("certificate = %q, key = %q,"):format(old, own.key)))))
  end)

  it("finds a program that its user may not reach", function()
    if host.user ~= "root" then return pending(host.unprivileged) end
    process.run { "cp", "/bin/true", directory .. "/game" }
    process.run { "chmod", "700", directory }
    local output = check(([[return { tokens = { "a-token-long-enough" },
      apps = { game = { user = "nobody", command = { "%s/game" } } } }]]):format(directory))
    assert.matches("the user nobody may not execute", output)
    output = check [[return { tokens = { "a-token-long-enough" },
      apps = { game = { command = { "/bin/true" } } } }]]
    assert.matches('line 2: apps%["game"%].user is missing', output)
  end)

  it("finds several at once, in the order of their lines", function()
    local output = check [[return {
      tokens = { "change-me-before-use" },
      -- command = is not it
      apps = {
        b = { command = { "/nope" }, user = "no-such-user" },
        a = { command = { "/nope-either" }, user = "no-such-user" },
      },
    }]]
    local lines = {}
    for line in output:gmatch "line (%d+)" do lines[#lines + 1] = line end
    assert.same({ "2", "5", "5", "6", "6" }, lines)
    assert.no.matches("change-me", output, 1, true)
  end)

  it("reads secrets from the environment and from files, and nothing else", function()
    process.writeFile(directory .. "/token", "a-token-of-a-file\n")
    local text = ([[return { tokens = { env "GAME_TOKEN", file "%s/token" },
      apps = { game = { command = { "/bin/true" }, user = "%s" } } }]]):format(directory, host.user)
    assert.equal(0, select(2, check(text, { GAME_TOKEN = "a-token-long-enough" })))
    assert.matches("host.lua:1: the environment has no variable GAME_TOKEN", (check(text)))
    assert.matches("a secret cannot be read: /nope", (check 'return { tokens = { file "/nope" } }'))
    assert.matches("global 'os'", (check "return os.getenv 'HOME'"))
  end)

  it("refuses an app's id that no path can carry", function()
    for _, id in ipairs { "..", "a/b", "a\\nb", ("x"):rep(201) } do
      local output = check(([[return { tokens = { "a-token-long-enough" },
        apps = { ["%s"] = { command = { "/bin/true" } } } }]]):format(id))
      assert.matches("it must be an app's id", output)
    end
  end)
end)
