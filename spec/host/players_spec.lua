-- Players who log in, and what their tokens prove.

local base64url = require "hathora.host.players.base64url"
local hathora = require "hathora"
local hmac = require "openssl.hmac"
local host = require "support.host"
local json = require "hathora.json"
local jwt = require "hathora.host.players.jwt"
local players = require "hathora.host.players"
local process = require "support.process"
local raw = require "support.raw"
local seed = require "support.seed"

local secret, otherSecret = "the-secret-of-one-game", "the-secret-of-another"
local now = 1700000000
local claims = { type = "anonymous", id = "wh08ycwy2p9", name = "jittery-salmon-gull", iat = now }

local function service(settings)
  local app = { secret = secret, authConfiguration = { anonymous = {}, nickname = {} } }
  for name, value in pairs(settings or {}) do app[name] = value end
  return players.new {
    apps = { game = app, other = { secret = otherSecret, authConfiguration = {} } },
    time = function() return now end,
  }
end

local function with(changes)
  local all = {}
  for name, value in pairs(claims) do all[name] = value end
  for name, value in pairs(changes) do all[name] = value end
  return all
end

-- A token whose header says what it likes, signed rightly all the same.
local function signed(header, body)
  local text = base64url.encode(json.encode(header)) .. "." .. base64url.encode(json.encode(body))
  return text .. "." .. base64url.encode(hmac.new(secret, "sha256"):final(text))
end

describe("a player's token", function()
  local function refusal(token, settings)
    local player, problem = service(settings):authenticate("game", "Bearer " .. token)
    assert.is_nil(player, token)
    assert.equal(401, problem.statusCode)
    assert.is_nil(problem.message:find(secret, 1, true))
    return problem.message
  end

  it("says who it is, to the host and to whoever has the secret", function()
    local made = service()
    for _, kind in ipairs { "anonymous", "nickname" } do
      local token = assert(made:login { appId = "game", type = kind, nickname = "Zoë" })
      local player = made:authenticate("game", "Bearer " .. token)
      assert.equal(kind, player.type)
      assert.matches("^[0-9a-z]+$", player.id)
      if kind == "nickname" then assert.equal("Zoë", player.name)
      else assert.matches("^%l+%-%l+%-%l+$", player.name) end
      assert.same({ type = kind, id = player.id, name = player.name, iat = now },
        jwt.verify(token, secret))
    end
  end)

  it("is taken as the API's document prints one", function()
    local token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXBlIjoiYW5vbnltb3VzIiwiaWQiOiJ3aDA4e"
      .. "WN3eTJwOSIsIm5hbWUiOiJqaXR0ZXJ5LXNhbG1vbi1ndWxsIiwiaWF0IjoxNzAwMDAwMDAwfQ"
    token = token .. "." .. base64url.encode(hmac.new(secret, "sha256"):final(token))
    assert.same({ id = claims.id, name = claims.name, type = claims.type },
      (service():authenticate("game", token)))
  end)

  it("is sent with its scheme or without", function()
    local token = jwt.sign(claims, secret)
    for _, header in ipairs { token, "Bearer " .. token, "bearer  " .. token .. " " } do
      assert.equal(claims.id, service():authenticate("game", header).id)
    end
    for _, header in ipairs { false, "", "Bearer", "Bearer ", "Basic " .. token, token .. " x" } do
      local player, problem = service():authenticate("game", header or nil)
      assert.is_nil(player)
      assert.equal(401, problem.statusCode)
    end
  end)

  it("of another app is refused", function()
    assert.matches("signature is wrong", refusal(jwt.sign(claims, otherSecret)))
    local player, problem = service():authenticate("none", jwt.sign(claims, secret))
    assert.is_nil(player)
    assert.equal(404, problem.statusCode)
  end)

  it("of no algorithm, or of another one, is refused", function()
    local text = base64url.encode [[{"alg":"none","typ":"JWT"}]] .. "."
      .. base64url.encode(json.encode(claims))
    refusal(text .. ".")
    refusal(text .. "." .. base64url.encode "x")
    for _, alg in ipairs { "none", "None", "HS384", "RS256", "hs256", 7 } do
      assert.matches("algorithm must be HS256", refusal(signed({ alg = alg }, claims)))
    end
    refusal(signed({}, claims))
    assert.matches("extensions", refusal(signed({ alg = "HS256", crit = { "x" } }, claims)))
  end)

  it("that says what no player's token says is refused", function()
    for _, changes in ipairs {
      { type = "developer" }, { type = 7 }, { type = json.list {} }, { id = 7 }, { id = "" },
      { id = ("x"):rep(201) }, { id = json.list { "x" } },
    } do
      assert.matches("its %a+ must be", refusal(jwt.sign(with(changes), secret)))
    end
    refusal(signed({ alg = "HS256" }, json.list { 1 }))
    refusal(signed(json.list { 1 }, claims))
  end)

  it("expires when the configuration says, and when it says so itself", function()
    local made = service { playerTokenLifetime = 60 }
    assert.truthy(made:authenticate("game", jwt.sign(with { iat = now - 59 }, secret)))
    for _, iat in ipairs { now - 60, 0, "x", -1e308 } do
      assert.matches("expired", refusal(jwt.sign(with { iat = iat }, secret),
        { playerTokenLifetime = 60 }))
    end
    assert.truthy(service():authenticate("game", jwt.sign(with { iat = 0 }, secret)))
    for _, exp in ipairs { now, now - 1, "soon", true } do
      assert.matches("expired", refusal(jwt.sign(with { exp = exp }, secret)))
    end
    assert.truthy(service():authenticate("game", jwt.sign(with { exp = now + 1 }, secret)))
  end)

  it("is refused when anything in it was changed: none of a thousand is accepted", function()
    seed.with(function()
      local made, token = service(), jwt.sign(claims, secret)
      local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ "
      local function letter()
        local place = math.random(#alphabet)
        return alphabet:sub(place, place)
      end
      local ways = {
        function(place) return token:sub(1, place - 1) .. letter() .. token:sub(place + 1) end,
        function(place) return token:sub(1, place) .. letter() .. token:sub(place + 1) end,
        function(place) return token:sub(1, place - 1) .. token:sub(place + 1) end,
        function(place) return token:sub(1, place - 1) end,
        function(place)
          local bit = 1 << math.random(0, 7)
          return token:sub(1, place - 1) .. string.char(token:byte(place) ~ bit)
            .. token:sub(place + 1)
        end,
      }
      local tried = 0
      while tried < 1000 do
        local mutant = ways[math.random(#ways)](math.random(#token))
        -- Blanks around a header's value are not part of it.
        if mutant:match "^%s*(.-)%s*$" ~= token then
          tried = tried + 1
          assert.is_nil((made:authenticate("game", "Bearer " .. mutant)), mutant)
        end
      end
    end)
  end)
end)

describe("a login", function()
  it("that the app's configuration does not name is refused", function()
    local made = service { authConfiguration = {} }
    for _, kind in ipairs { "anonymous", "nickname", "google" } do
      local token, problem = made:login { appId = "game", type = kind }
      assert.is_nil(token)
      assert.equal(404, problem.statusCode)
      assert.matches("authConfiguration", problem.message)
    end
    assert.truthy(made:authenticate("game", jwt.sign(claims, secret)))
    assert.equal(404, select(2, made:login { appId = "none", type = "anonymous" }).statusCode)
  end)

  it("under a nickname of no length, or of too great a one, is refused", function()
    for _, nickname in ipairs { "", ("é"):rep(101), "\xff" } do
      assert.equal(400, select(2, service():login { appId = "game", type = "nickname",
        nickname = nickname }).statusCode)
    end
    assert.truthy(service():login { appId = "game", type = "nickname", nickname = ("é"):rep(100) })
  end)

  describe("by Google", function()
    local digest = require "openssl.digest"
    local pkey = require "openssl.pkey"
    local directory, key, settings
    local idToken = { iss = "https://accounts.google.com", aud = "client-1", sub = "42",
      name = "Ann", exp = now + 60 }

    setup(function()
      directory = process.temporaryDirectory()
      key = pkey.new { type = "RSA", bits = 2048 }
      local numbers = key:getParameters()
      process.writeFile(directory .. "/keys.json", json.encode { keys = json.list {
        { kty = "EC", kid = "another" },
        { kty = "RSA", kid = "one", alg = "RS256", use = "sig",
          n = base64url.encode(numbers.n:toBinary()), e = base64url.encode(numbers.e:toBinary()) },
      } })
      settings = { authConfiguration = {
        google = { clientId = "client-1", keys = directory .. "/keys.json" } } }
    end)
    teardown(function() process.removeDirectory(directory) end)

    local function make(changes, header)
      local all = {}
      for name, value in pairs(idToken) do all[name] = value end
      for name, value in pairs(changes or {}) do all[name] = value end
      local text = base64url.encode(json.encode(header or { alg = "RS256", kid = "one" })) .. "."
        .. base64url.encode(json.encode(all))
      return text .. "." .. base64url.encode(key:sign(digest.new "sha256":update(text)))
    end
    local function login(token)
      return service(settings):login { appId = "game", type = "google", idToken = token }
    end

    it("is checked by the keys in a file", function()
      local player = service(settings):authenticate("game", assert(login(make())))
      assert.same({ id = "42", name = "Ann", type = "google" }, player)
    end)

    it("costs no key to be made, unless their file has changed", function()
      local real, made = pkey.new, 0
      pkey.new = function(...)
        made = made + 1
        return real(...)
      end
      local path = directory .. "/keys.json"
      for _ = 1, 20 do login(make()) login(make({}, { alg = "RS256", kid = "two" })) end
      local before, text = made, process.readFile(path)
      process.writeFile(path, '{"keys":[]}')
      local refused = login(make())
      process.writeFile(path, text)
      local accepted = login(make())
      pkey.new = real
      assert.equal(0, before)
      assert.is_nil(refused)
      assert.is_string(accepted)
    end)

    it("is refused with 401 when anything is wrong", function()
      local good = make()
      for why, token in pairs {
        ["issuer"] = make { iss = "https://accounts.example.com" },
        ["client id"] = make { aud = "client-2" },
        ["expired"] = make { exp = now },
        ["no player"] = make { sub = "" },
        ["algorithm"] = make({}, { alg = "none", kid = "one" }),
        ["algorithm must be RS256"] = signed({ alg = "HS256", kid = "one" }, idToken),
        ["no key with its kid"] = make({}, { alg = "RS256", kid = "two" }),
        ["signature is wrong"] = good:sub(1, -3) .. (good:sub(-2) == "AA" and "BB" or "AA"),
        ["not a JSON Web Token"] = "x.y",
      } do
        local given, problem = login(token)
        assert.is_nil(given, why)
        assert.equal(401, problem.statusCode)
        assert.matches(why, problem.message, 1, true)
      end
    end)

    it("is refused while there are no keys", function()
      for _, path in ipairs { "/none", "/dev/zero", directory } do
        local lost = service { authConfiguration = {
          google = { clientId = "client-1", keys = path } } }
        assert.equal(401, select(2, lost:login { appId = "game", type = "google",
          idToken = make() }).statusCode)
      end
    end)
  end)
end)

describe("a host with players #outside", function()
  local function login(running, body, headers, kind)
    return raw.send(running, ("POST /auth/v1/%s/login/%s HTTP/1.1\r\nHost: localhost\r\n"
      .. "Connection: close\r\n%s%s\r\n%s"):format(host.appId, kind or "anonymous", headers or "",
      body and ("Content-Length: %d\r\n"):format(#body) or "", body or ""))
  end

  it("logs them in whatever the body of those who have nothing to say", function()
    local running <close> = host.start()
    for _, reply in ipairs {
      login(running), login(running, "{}", "Content-Type: application/json\r\n"),
      login(running, "", "Content-Type: application/x-www-form-urlencoded\r\n"),
      login(running, "{}", "Authorization: Bearer wrong\r\n"), login(running, "x=y"),
    } do
      assert.equal(200, reply.status, reply.body)
      assert.is_string(json.decode(reply.body).token)
    end
    assert.equal(404, login(running, [[{"nickname":"Ann"}]], "", "nickname").status)
  end)

  it("reads no more of whom it does not know than a login takes", function()
    local running <close> = host.start()
    local many = '{"nickname":[' .. ("{},"):rep(3000) .. "{}]}"
    assert.equal(413, login(running, many, "", "nickname").status)
    assert.equal(413, login(running, many, "", "google").status)
  end)

  it("has one secret for its games and its tokens, which outlives it and shows nowhere", function()
    local running <close> = host.start { directory = true, apps = { [host.appId] = {
      command = { process.build .. "/examples/gameserver" }, user = host.user,
      authConfiguration = { anonymous = {}, nickname = {} } } } }
    local sdk <close> = hathora.new(running:options())
    local made = sdk.processesV2:createProcess { region = "Tokyo" }
    made = sdk.processesV2:waitUntilRunning { processId = made.processId }
    local environment = process.run { "sh", "-c", ("cat /proc/[0-9]*/environ 2>/dev/null | "
      .. "tr '\\0' '\\n' | grep -A20 -B20 '^HATHORA_PROCESS_ID=%s$'"):format(made.processId) }
    local found = environment:match "HATHORA_APP_SECRET=(%S+)"
    local token = sdk.authV1:loginNickname({ nickname = "Ann" }).token
    assert.equal("Ann", jwt.verify(token, found).name)

    local shown = { running.process:errors(), sdk.logsV1:getLogsForProcess {
      processId = made.processId } }
    for index, path in ipairs { "/", "/metrics", "/healthz", "/page.js",
      "/processes/v2/" .. host.appId .. "/info/" .. made.processId } do
      shown[index + 2] = raw.send(running, ("GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: "
        .. "close\r\nAuthorization: Bearer %s\r\n\r\n"):format(path, host.token)).body
    end
    for _, text in ipairs(shown) do assert.is_nil(text:find(found, 1, true)) end

    running:stop "KILL"
    running:restart()
    local again <close> = hathora.new(running:options())
    assert.truthy(jwt.verify(again.authV1:loginAnonymous({}).token, found))
    again.processesV2:stopProcess { processId = made.processId }
  end)

  it("uses the secret that its configuration gives", function()
    local running <close> = host.start { apps = { [host.appId] = { user = host.user,
      command = { process.build .. "/examples/gameserver" }, secret = secret } } }
    assert.truthy(jwt.verify(json.decode(login(running).body).token, secret))
  end)

  it("lets an address log in so often in a minute", function()
    local running <close> = host.start { loginsPerMinute = 3 }
    for _ = 1, 3 do assert.equal(200, login(running).status) end
    local reply = login(running)
    assert.equal(429, reply.status)
    assert.is_true(tonumber(reply.headers["retry-after"]) <= 60)
  end)
end)
