local certificates = require "support.certificates"
local host = require "support.host"
local names = require "openssl.x509.name"
local pkey = require "openssl.pkey"
local process = require "support.process"
local x509 = require "openssl.x509"

describe("hathora-host check #outside", function()
  local directory
  setup(function() directory = process.temporaryDirectory() end)
  teardown(function() process.removeDirectory(directory) end)

  local function check(text, env)
    process.writeFile(directory .. "/host.lua", text)
    return process.run({ "bin/hathora-host", "check", directory .. "/host.lua" }, env)
  end

  -- A certificate that is valid for a day, which begins or ends so many days from now.
  local function certificate(days)
    local key, subject = pkey.new { type = "EC", curve = "prime256v1" }, names.new()
    local made, path, day = x509.new(), ("%s/%d.pem"):format(directory, days), 86400
    subject:add("CN", "localhost")
    made:setSubject(subject)
    made:setIssuer(subject)
    local first = os.time() + (days > 0 and days * day or (days - 1) * day)
    made:setLifetime(first, first + day)
    made:setPublicKey(key)
    made:sign(key)
    process.writeFile(path, made:toPEM())
    process.writeFile(path .. ".key", key:toPEM "private")
    return path
  end

  -- A configuration with nothing wrong but what is put in; the app's settings stand on line 4.
  local function with(settings, app)
    return ([[return {
      listen = "127.0.0.1:0", tokens = { "a-token-long-enough" }, %s
      apps = { game = { user = %q,
        %s
      } } }]]):format(settings, host.user, app or 'command = { "/bin/true" }')
  end

  it("finds nothing wrong with what serves", function()
    local output, status = check(with ("directory = '" .. directory .. "/state',"))
    assert.equal(0, status, output)
    output, status = check(with("", 'command = { "/bin/sh", "-c", "echo ${HOME}" }'))
    assert.equal(0, status, output)
  end)

  it("finds nothing wrong with the example, which fits the example unit", function()
    local example, unit = process.readFile "examples/host.lua",
      process.readFile "examples/hathora-host.service"
    local installed = { ["/etc/hathora-host.token"] = directory .. "/token",
      ["/var/lib/" .. unit:match "\nStateDirectory=(%S+)"] = directory .. "/state",
      ["/usr/local/lib/lua/5.4"] = process.build .. "/lib", ['"game"'] = '"' .. host.user .. '"' }
    for from, to in pairs(installed) do
      local first, last = example:find(from, 1, true)
      example = example:sub(1, first - 1) .. to .. example:sub(last + 1)
    end
    process.writeFile(directory .. "/token", host.token .. "\n")
    assert.equal((directory .. "/host.lua: no mistakes found\n"), (check(example)))
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
    ["a variable that is not filled in"] = { 4, "${HOME}, which is left as it is", "",
      'command = { "/bin/true", "${HOME}" }' },
    ["such a variable in the environment"] = { 4, "${PORT}, which is left as it is", "",
      'command = { "/bin/true" }, env = { A = "${PORT}" }' },
    ["a variable of no such port"] = { 4, "${HATHORA_QUERY_PORT}", "",
      'command = { "/bin/true" }, env = { A = "${HATHORA_QUERY_PORT}" }' },
    ["a user that is unknown"] = { 3, "no such user", "",
      'command = { "/bin/true" }, user = "no-such-user"' },
    ["too few ports"] = { 2, "ports are 2, but the apps' maxProcesses need 3", "ports = { 1, 2 },",
      'command = { "/bin/true" }, maxProcesses = 3' },
    ["too few ports for one process"] = { 2, "fewer than one process of app game",
      "ports = { 1, 1 },",
      'command = { "/bin/true" }, additionalPorts = { { name = "a" } }' },
    ["too few ports for TLS"] = { 2, "tlsPorts are 2, but the apps' maxProcesses need 3",
      "tlsPorts = { 1, 2 },", [[command = { "/bin/true" }, maxProcesses = 3, transportType = "tls",
        certificate = "/nope", key = "/nope" ]] },
    ["too few ports for TLS of one process"] = { 2, "tlsPorts are 1, fewer than one process of app",
      "tlsPorts = { 1, 1 },", [[command = { "/bin/true" }, transportType = "tls",
        additionalPorts = { { name = "a", transportType = "tls" } }, certificate = "/nope",
        key = "/nope" ]] },
    ["a directory below a file"] = { 2, "/etc/passwd is a file",
      'directory = "/etc/passwd/state",' },
    ["a directory whose parent is missing"] = { 2, "but /nowhere/at is not there",
      'directory = "/nowhere/at/all/",' },
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
    for days, message in pairs { [-1] = "expired on 2%d+%-%d+%-%d+",
      [1] = "not valid before 2%d+%-%d+%-%d+" } do
      local path = certificate(days)
      output, status = check(with(("certificate = %q, key = %q,"):format(path, path .. ".key")))
      assert.equal(1, status)
      assert.matches("line 2: certificate is .* which .*" .. message, output)
    end
  end)

  it("finds a key of another certificate, one with a passphrase, and one that is none", function()
    local own, path = certificates.make(directory, "localhost"), directory .. "/odd.key"
    local function checkKey(message)
      local output, status = check(with(("certificate = %q, key = %q,"):format(own.certificate,
        path)))
      assert.equal(1, status, output)
      assert.truthy(output:find('line 2: key is "' .. path .. '", which ' .. message, 1, true),
        output)
    end
    process.run { "openssl", "genrsa", "-out", path }
    checkKey("does not belong to the certificate " .. own.certificate)
    process.run { "openssl", "genrsa", "-aes128", "-passout", "pass:secret", "-out", path }
    checkKey "has a passphrase"
    process.run { "openssl", "genrsa", "-traditional", "-aes128", "-passout", "pass:secret", "-out",
      path }
    checkKey "has a passphrase"
    process.writeFile(path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
    checkKey "OpenSSL cannot read"
    local output, status = process.run { "bin/hathora-host", "serve", "--config", directory
      .. "/host.lua" }
    assert.equal(1, status)
    assert.matches("cannot listen on 127.0.0.1:%d+: its key is .* OpenSSL cannot read", output)
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

  -- Where a setting stands that may hold a secret, `%s`.
  local places = {
    "tokens = %s, apps = { game = { USER, command = { '/bin/true' } } }",
    "TOKENS, apps = { game = { USER, secret = %s, command = { '/bin/true' } } }",
    "TOKENS, apps = { game = { USER, env = %s, command = { '/bin/true' } } }",
    "TOKENS, apps = { game = { USER, env = { A = %s }, command = { '/bin/true' } } }",
    "TOKENS, apps = { game = { USER, command = { '/bin/true', %s } } }",
    "TOKENS, apps = { game = { USER, command = '/bin/true ' .. %s } }",
    "TOKENS, apps = { game = %s }",
    "TOKENS, apps = %s",
  }

  -- What may be written there by mistake.
  local shapes = { "'SECRET'", "{ 'SECRET' }", "{ { 'SECRET' } }", "{ { A = 'SECRET' } }",
    "{ A = { 'SECRET' } }", "'SECRET\\0'", "'SECRET x'", "{ 'SECRET\\0' }", "{ 'a' 'SECRET' }",
    "{ SECRET SECRET }", "{ 'SECRET\\q' }", "[[SECRET", "{ 'SECRET', ", "'SECRET' .. nil",
    "'SECRET' & 1", "'SECRET' + 1", "('SECRET')()", "('SECRET'):f()",
    "{ 'a-token-long-enough', ['SECRET'] = 1 }" }

  it("shows no secret, whatever is wrong with the setting that holds it", function()
    local words = { TOKENS = "tokens = { 'a-token-long-enough' }", SECRET = "nobody_may_see_this",
      USER = ("user = %q"):format(host.user) }
    for _, place in ipairs(places) do
      for index, shape in ipairs(shapes) do
        local text = place:gsub("%%s", (shape:gsub("%%", "%%%%"))):gsub("%u+", words)
        local output, status = check("return { " .. text .. " }")
        local isName = index == #shapes and not place:find "^tokens" -- of what is no list
        if not isName then assert.is_nil(output:find(words.SECRET, 1, true), text .. output) end
        if not isName and status ~= 0 then
          output = process.run { "bin/hathora-host", "serve", "--config", directory .. "/host.lua" }
          assert.is_nil(output:find(words.SECRET, 1, true), text .. output)
        end
      end
    end
    assert.matches("host.lua:1: '}' expected\n$", (check "return { tokens = { 'a' 'b' } }"))
  end)

  it("refuses an app's id that no path can carry", function()
    for _, id in ipairs { "..", "a/b", "a\\nb", ("x"):rep(201) } do
      local output = check(([[return { tokens = { "a-token-long-enough" },
        apps = { ["%s"] = { command = { "/bin/true" } } } }]]):format(id))
      assert.matches("it must be an app's id", output)
    end
  end)
end)
