local core = require "hathora.core"
local host = require "support.host"
local json = require "hathora.json"
local process = require "support.process"
local server = require "support.server"

describe("the command hathora #outside", function()
  local running, env
  setup(function()
    running = host.start()
    env = { HATHORA_CLOUD_ENDPOINT = running.url, HATHORA_TOKEN = host.token,
      HATHORA_APP_ID = host.appId }
  end)
  teardown(function() running:close() end)

  local function with(more)
    local all = {}
    for name, value in pairs(env) do all[name] = value end
    for name, value in pairs(more or {}) do all[name] = value end
    return all
  end

  local function run(words, more)
    return process.run({ "bin/hathora", "processes", table.unpack(words) }, with(more))
  end

  -- What a command that succeeds writes, without its last line break.
  local function succeed(words, more)
    local output, status = run(words, more)
    assert.equal(0, status, output)
    return (output:gsub("\n$", ""))
  end

  it("takes a process through its life, as a script would", function()
    local id = succeed { "create", "--region", "Tokyo", "--wait", "--output", "value" }
    assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", id)
    assert.equal("running", succeed { "info", id, "--output", "statusValue" })
    assert.matches("^%d+$", succeed { "info", id, "-o", "exposedPort.portValue" })
    assert.equal("1", succeed { "count", "--status", "running", "-o", "value" })
    assert.equal(id, succeed { "list", "-r", "Tokyo", "-r", "London", "-s", "running",
      "-o", "value" })
    assert.matches("serving Tokyo on port", succeed { "logs", "--process-id", id })
    assert.equal("stopped", succeed { "stop", "-p", id, "--wait", "-o", "statusValue" })
    assert.equal("stopped", succeed { "wait", id, "--for", "stopped", "-o", "statusValue" })
  end)

  it("writes an aligned table, or JSON, without colour unless on a terminal", function()
    local id = succeed { "create", "--region", "Los_Angeles", "-w", "-o", "processIdValue" }
    local head, row = succeed { "list", "-s", "running" }:match "^([^\n]+)\n([^\n]+)$"
    assert.equal(head:find("STATUS", 1, true), (row:find("running", 1, true)))
    assert.no.matches("\27", row)
    local list = json.decode(succeed({ "list", "-s", "running" }, { HATHORA_OUTPUT = "json" }))
    assert.equal(id, list[1].processId)
    local terminal = process.run({ "script", "-qec", "bin/hathora processes list -s running",
      "/dev/null" }, with { NO_COLOR = "" })
    assert.truthy(terminal:find("\27[32mrunning\27[0m", 1, true), terminal)
    assert.no.matches("\27%[32m", process.run({ "script", "-qec",
      "bin/hathora processes list -s running", "/dev/null" }, with { NO_COLOR = "1" }))
    succeed { "stop", id }
  end)

  it("creates one process for one idempotency key", function()
    local words = { "create", "-r", "Tokyo", "--idempotency-key", core.uuid(), "-o", "value" }
    local id = succeed(words)
    assert.equal(id, succeed(words))
    succeed { "stop", id }
  end)

  it("shows how a wait goes on a terminal, and nothing of it elsewhere", function()
    local scripted <close> = server.start { { body =
      '{"processId":"p-1","appId":"a","region":"Tokyo","status":"starting"}' } }
    local words = "bin/hathora processes wait p-1 --timeout 1.5"
    local slow = with { HATHORA_CLOUD_ENDPOINT = scripted.url }
    local shown = process.run({ "script", "-qec", words, "/dev/null" }, slow)
    assert.matches("waiting for p%-1", shown)
    local output, status = process.run({ "sh", "-c", words }, slow)
    assert.equal(3, status)
    assert.no.matches("waiting", output)
    assert.matches("still starting", output)
    assert.matches("hathora processes logs p%-1", output)
  end)

  it("says what was wrong on standard error and what to do next, with an exit status", function()
    local none = "http://127.0.0.1:1"
    local rows = {
      { 1, "404.*hathora processes list", { "info", "none" } },
      { 1, "401.*HATHORA_TOKEN", { "list" }, { HATHORA_TOKEN = "not-this-token" } },
      { 2, "region.*Try `hathora", { "create" } },
      { 2, "%-%-token is missing: give it, or set HATHORA_TOKEN", { "list" },
        { HATHORA_TOKEN = "" } },
      { 2, "no process is named", { "stop" } },
      { 2, "%-%-output is \"xml\"", { "list", "-o", "xml" } },
      { 2, "Did you mean", { "lisst" } },
      { 2, "must be one of", { "list", "--status", "asleep" } },
      { 3, "connect.*HATHORA_CLOUD_ENDPOINT", { "list" }, { HATHORA_CLOUD_ENDPOINT = none } },
    }
    for _, row in ipairs(rows) do
      local output, status = run(row[3], row[4])
      assert.equal(row[1], status, output)
      assert.matches(row[2], output)
      assert.no.matches("not%-this%-token", output)
      assert.no.matches("traceback", output)
    end
  end)

  it("tells after a create without an answer how to get the one process of it", function()
    local scripted <close> = server.start { server.silence }
    local output, status = run({ "create", "-r", "Tokyo", "--timeout", "0.3" },
      { HATHORA_CLOUD_ENDPOINT = scripted.url })
    assert.equal(3, status, output)
    assert.matches("may have been started.*%-%-idempotency%-key %x+%-%x+", output)
  end)

  it("has help for each command, a man page without warnings, and completion for bash", function()
    for _, command in ipairs { "create", "list", "info", "count", "wait", "stop", "logs" } do
      local output = succeed { command, "--help" }
      assert.matches("^Usage: hathora processes " .. command, output)
      assert.matches("HATHORA_TOKEN", output)
    end
    local page = process.run { "bin/hathora", "--manual" }
    assert.matches("%.SS logs PROCESS\n", page)
    assert.equal("", process.run "bin/hathora --manual | groff -man -Tutf8 -ww >/dev/null")
    assert.equal("", process.run "bin/hathora --completion bash | bash -n")
  end)
end)
