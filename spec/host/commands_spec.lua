local certificates = require "support.certificates"
local hathora = require "hathora"
local host = require "support.host"
local json = require "hathora.json"
local process = require "support.process"

local bearer = "Authorization: Bearer " .. host.token

local function command(...)
  return process.run { "bin/hathora-host", ... }
end

describe("the operator of a host #outside", function()
  local running, sdk, made
  setup(function()
    running = host.start()
    sdk = hathora.new(running:options())
    made = sdk.processesV2:createProcess { region = "Tokyo" }
    sdk.processesV2:waitUntilRunning { processId = made.processId }
  end)
  teardown(function()
    sdk:close()
    running:close()
  end)

  local function ask(word, ...)
    return command(word, "--url", running.url, "--token", host.token, ...)
  end

  local function get(path, ...)
    return process.run { "curl", "-s", running.url .. path, ... }
  end

  it("sees the processes in an aligned table, with ps", function()
    local output, status = ask "ps"
    assert.equal(0, status, output)
    local head, row = output:match "^(PROCESS[^\n]*)\n([^\n]*)\n$"
    assert.truthy(head, output)
    for _, pair in ipairs { { "PROCESS", made.processId }, { "APP", host.appId },
      { "ENGINE", "local" },
      { "REGION", "Tokyo" }, { "STATUS", "running" }, { "ROOMS", "0/1" }, { "PORTS", "127.0.0.1:" },
    } do
      assert.equal(pair[2], row:sub((head:find(pair[1], 1, true))):sub(1, #pair[2]))
    end
  end)

  it("finds the host in the environment or in its configuration as well", function()
    local expected = ask "ps":match "PROCESS[^\n]*\n%S+"
    local env = { HATHORA_CLOUD_ENDPOINT = running.url, HATHORA_TOKEN = host.token }
    assert.equal(expected, process.run({ "bin/hathora-host", "ps" }, env):match(
      "PROCESS[^\n]*\n%S+"))
    local config = process.readFile(running.configFile):gsub("127.0.0.1:0",
      (running.url:gsub("http://", "")))
    process.writeFile(running.base .. "/other.lua", config)
    assert.equal(expected, command("ps", "--config", running.base .. "/other.lua"):match(
      "PROCESS[^\n]*\n%S+"))
  end)

  it("reads a log by the beginning of a process's id", function()
    local output, status = ask("logs", made.processId:sub(1, 13), "--tail", "1")
    assert.equal(0, status)
    assert.matches("^[^\n]+\n$", output)
  end)

  it("follows a log until the process ends", function()
    local other = sdk.processesV2:createProcess { region = "Tokyo" }
    sdk.processesV2:waitUntilRunning { processId = other.processId }
    local following <close> = process.hold { ready = "%S+", command = { "bin/hathora-host", "logs",
      "--url", running.url, "--token", host.token, "--follow", other.processId } }
    assert.is_nil(following:endStatus())
    sdk.processesV2:stopProcess { processId = other.processId }
    assert.equal(0, following:wait())
  end)

  it("drains a process", function()
    local output, status = ask("drain", made.processId)
    assert.equal(0, status, output)
    assert.equal("draining", sdk.processesV2:getProcessInfo { processId = made.processId }.status)
  end)

  it("is told of no such process, a wrong token, no host, no such command", function()
    local rows = {
      { 1, "has no process none", "drain", "none", "--url", running.url, "--token", host.token },
      { 1, "token", "ps", "--url", running.url, "--token", "another-token" },
      { 1, "connect to 127.0.0.1 port 1", "ps", "--url", "http://127.0.0.1:1", "--token", "t" },
      { 2, "Try `hathora%-host %-%-help`", "pss" },
      { 2, "Try `hathora%-host ps %-%-help`", "ps", "--al" },
    }
    for _, row in ipairs(rows) do
      local output, status = command(table.unpack(row, 3))
      assert.equal(row[1], status, output)
      assert.matches(row[2], output)
      assert.no.matches("another%-token", output)
      assert.no.matches("traceback", output)
    end
  end)

  it("has every mistake of a configuration named at once, with check", function()
    local file = running.base .. "/wrong.lua"
    process.writeFile(file, "return { tokens = {}, ports = { 9, 8, 7 }, apps = { a = {} } }")
    local output, status = command("check", file)
    assert.equal(1, status)
    for _, place in ipairs { "tokens", "ports", "command" } do assert.matches(place, output) end
    assert.equal(0, select(2, command("check", running.configFile)))
  end)

  it("is told of health without a token, and of figures with one", function()
    assert.equal("ok\n", (get "/healthz"))
    assert.equal("401", (get("/metrics", "-o", "/dev/null", "-w", "%{http_code}")))
    local text = get("/metrics", "-H", bearer)
    local sample = ('hathora_host_processes{app="%s",status="draining"} 1\n'):format(host.appId)
    assert.truthy(text:find(sample, 1, true))
  end)

  it("can have it serve TLS with a certificate and its key", function()
    local own = certificates.make(running.base, "localhost")
    local secure <close> = host.start { certificate = own.certificate, key = own.key }
    assert.matches("^https://", secure.url)
    local client <close> = hathora.new(secure:options { caFile = own.authority })
    assert.same({}, client.processesV2:getLatestProcesses())
    local output, status = command("ps", "--url", secure.url, "--token", host.token,
      "--ca", own.authority)
    assert.equal(0, status, output)
    assert.matches("certificate", command("ps", "--url", secure.url, "--token", host.token))
  end)

  it("is refused a host that would run games as root unasked", function()
    if host.user ~= "root" then return pending(host.unprivileged) end
    local output, status = command("serve", "--listen", "127.0.0.1:0", "--token", host.token,
      "--app", "game", "--", "/bin/true")
    assert.equal(1, status)
    assert.matches("does not say which user", output)
  end)

  it("is told when the address is taken, and when there is no host", function()
    local output, status = command("serve", "--demo", "--listen",
      (running.url:gsub("http://", "")))
    assert.equal(1, status)
    assert.matches("cannot listen on 127.0.0.1:%d+: Address already in use\n.*%-%-listen", output)
    output, status = command("ps", "--url", "http://127.0.0.1:1", "--token", host.token)
    assert.equal(1, status)
    assert.matches("Is the host running%? %-%-url or HATHORA_CLOUD_ENDPOINT", output)
  end)

  it("is told when standard output is full, and nothing when its reader has seen enough", function()
    local env = { HATHORA_CLOUD_ENDPOINT = running.url, HATHORA_TOKEN = host.token }
    for _, words in ipairs { "ps", "logs " .. made.processId, "--help", "serve --help",
      "--version" } do
      local line = "bin/hathora-host " .. words
      local output, status = process.run({ "bash", "-c", line .. " >/dev/full" }, env)
      assert.equal(1, status, words)
      assert.equal("hathora-host: standard output: No space left on device\n", output)
      output = process.run({ "bash", "-c", ("(%s; echo $? >&2) | exec true"):format(line) }, env)
      assert.is_true(output == "1\n" or output == "141\n", output)
    end
  end)

  it("has the same processes as JSON", function()
    local list = json.decode((ask("ps", "--output", "json")))
    assert.equal(made.processId, list[1].processId)
    assert.equal("local", list[1].engine)
    assert.same({}, list[1].additionalExposedPorts)
    assert.matches('"additionalExposedPorts":%[%]', (ask("ps", "-o", "json")))
  end)

  it("stops a process by the beginning of its id, which completion offers", function()
    local other = sdk.processesV2:createProcess { region = "Tokyo" }.processId
    local env = { HATHORA_CLOUD_ENDPOINT = running.url, HATHORA_TOKEN = host.token }
    local offered = process.run({ "bin/hathora-host", "--complete", "stop", "" }, env)
    assert.truthy(offered:find(other, 1, true), offered)
    local output, status = ask("stop", other:sub(1, 9))
    assert.equal(0, status, output)
    assert.equal("stopped", sdk.processesV2:waitUntilStopped { processId = other }.status)
  end)

  it("acts on no process where the beginning is that of several, or empty", function()
    local ids = {}
    -- Of seventeen, two begin with the same digit.
    for index = 1, 17 do
      ids[index] = sdk.processesV2:createProcess { region = "Tokyo" }.processId
    end
    local digits, shared = {}, nil
    for _, id in ipairs(ids) do
      local digit = id:sub(1, 1)
      shared, digits[digit] = digits[digit] and digit or shared, true
    end
    local output, status = ask("stop", shared)
    assert.equal(2, status, output)
    assert.matches("more than one process begins with " .. shared .. ": " .. shared .. "%x+%-",
      output)
    output, status = ask("stop", "")
    assert.equal(1, status, output)
    for _, id in ipairs(ids) do
      assert.no.equal("stopping", sdk.processesV2:getProcessInfo { processId = id }.status)
      sdk.processesV2:stopProcess { processId = id }
    end
  end)

  it("has a man page without warnings, and completion for three shells", function()
    local page = process.run { "bin/hathora-host", "--manual" }
    for _, section in ipairs { "DESCRIPTION", "EXAMPLES", "ENVIRONMENT", "EXIT STATUS" } do
      assert.matches("%.SH " .. section .. "\n", page)
    end
    assert.equal("", process.run "bin/hathora-host --manual | groff -man -Tutf8 -ww >/dev/null")
    assert.equal("", process.run "bin/hathora-host --completion bash | bash -n")
    for _, shell in ipairs { "zsh", "fish" } do
      assert.matches("hathora%-host %-%-complete", (command("--completion", shell)))
    end
  end)

  it("gets one app from the command line alone", function()
    local simple <close> = process.hold { ready = "listening on (%S+)", command = {
      "bin/hathora-host", "serve", "--listen", "127.0.0.1:0", "--token", host.token, "--user",
      host.user, "--app", "game", "--", process.build .. "/examples/gameserver" } }
    local client <close> = hathora.new { serverUrl = simple.found, appId = "game",
      security = { hathoraDevToken = host.token } }
    local id = client.processesV2:createProcess({ region = "Tokyo" }).processId
    client.processesV2:waitUntilRunning { processId = id }
  end)
end)
