local core = require "hathora.core"
local hathora = require "hathora"
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

  local function invoke(words, more)
    local output, status = process.run({ "bin/hathora", table.unpack(words) }, with(more))
    assert.equal(0, status, output)
    return (output:gsub("\n$", ""))
  end

  it("takes a room through its life", function()
    local id = invoke { "rooms", "create", "-r", "Tokyo", "--room-config", "map=1", "--wait",
      "-o", "value" }
    local on = invoke { "rooms", "info", id, "-o", "currentAllocation.processIdValue" }
    assert.matches("^room +" .. id .. "\nstatus +active\nport +127.0.0.1:%d+/tcp$",
      invoke({ "rooms", "connect", id }, { HATHORA_TOKEN = "" }))
    local row = invoke({ "rooms", "list", on:sub(1, 13) }):match "\n(.*)$"
    assert.equal(id .. " active " .. on .. " map=1", (row:gsub(" +", " ")))
    assert.equal("map=2", invoke { "rooms", "update", id, "--room-config", "map=2",
      "-o", "roomConfigValue" })
    assert.equal("destroyed", invoke { "rooms", "destroy", id, "-o", "statusValue" })
    assert.matches("^ROOM +STATUS +PROCESS +CONFIG$", invoke { "rooms", "list", on })
    assert.equal(id, invoke { "rooms", "list", on, "--inactive", "-o", "value" })
    local output, status = process.run({ "bin/hathora", "rooms", "resume", id }, with())
    assert.equal(1, status)
    assert.matches(id, output)
    output, status = process.run({ "bin/hathora", "rooms", "create", "-r", "Tokyo", "--room-id",
      "a/b" }, with())
    assert.equal(2, status)
    assert.matches("^hathora: RequestError in createRoom: %-%-room%-id is \"a/b\"; [^(\n]*\n$",
      output)
    invoke { "processes", "stop", on }
  end)

  it("resumes a room whose process has ended, under its own id", function()
    local id = invoke { "rooms", "create", "-r", "Tokyo", "--room-id", "my-room", "-o", "value" }
    local on = invoke { "rooms", "info", id, "-o", "currentAllocation.processIdValue" }
    invoke { "processes", "stop", on, "--wait" }
    local again = invoke { "rooms", "resume", "my-room", "--wait", "-o", "processIdValue" }
    assert.not_equal(on, again)
    invoke { "processes", "stop", again }
  end)

  it("logs players in, who make lobbies that others find, without a developer's token", function()
    local player = { HATHORA_TOKEN = "" }
    player.HATHORA_PLAYER_TOKEN = invoke({ "login", "anonymous" }, player)
    assert.matches("^[%w_-]+%.[%w_-]+%.[%w_-]+$", player.HATHORA_PLAYER_TOKEN)
    local output, status = process.run({ "bin/hathora", "login", "nickname", "one" }, with(player))
    assert.equal(1, status)
    assert.matches("^hathora: ApiError 404 in loginNickname: [^\n]*no nickname login[^\n]*%)\n",
      output)
    local id = invoke({ "lobbies", "create", "-r", "Tokyo", "--short-code", "abcd",
      "--room-config", "{}", "-o", "value" }, player)
    assert.matches("\n" .. id .. " +Tokyo +abcd +public",
      invoke({ "lobbies", "list", "--region", "Tokyo" }, player))
    assert.equal(id, invoke({ "lobbies", "info", "--short-code", "abcd", "-o", "value" }, player))
    assert.equal("public", invoke({ "lobbies", "info", id, "-o", "visibilityValue" }, player))
    player.HATHORA_PLAYER_TOKEN = "not.a.token"
    output, status = process.run({ "bin/hathora", "lobbies", "create", "-r", "Tokyo" },
      with(player))
    assert.equal(1, status)
    assert.matches("^hathora: ApiError 401 [^\n]+\nLog the player in again: `hathora login", output)
    local on = invoke { "rooms", "info", id, "-o", "currentAllocation.processIdValue" }
    invoke { "processes", "stop", on }
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
      { 1, "401.*A token was sent, from HATHORA_TOKEN", { "list" },
        { HATHORA_TOKEN = "not-this-token" } },
      { 2, "region.*Try `hathora processes create %-%-help`", { "create" } },
      { 2, "no token: give %-%-token%-file or %-%-token, or set HATHORA_TOKEN", { "list" },
        { HATHORA_TOKEN = "" } },
      { 2, "give a process's id", { "stop" } },
      { 2, "processId is empty", { "stop", "" } },
      { 2, "%-%-output is \"xml\"", { "list", "-o", "xml" } },
      { 2, "no field statu; did you mean \"status\"", { "list", "-o", "statuValue" } },
      { 2, "%-%-token%-file cannot be read: /nope", { "list", "--token-file", "/nope" } },
      { 2, "%-%-region is \"tokyo\"; did you mean \"Tokyo\"", { "create", "-r", "tokyo" } },
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

  it("writes lists of none, of one and of fifty processes, in every format", function()
    local sdk <close> = hathora.new(running:options())
    for region, count in pairs { Dubai = 0, Mumbai = 1, Sydney = 50 } do
      local calls = {}
      for index = 1, count do
        calls[index] = sdk.processesV2:createProcessAsync { region = region }
      end
      for _, call in ipairs(calls) do call:wait() end
      -- A list is of the newest ten.
      local listed = math.min(count, 10)
      local list = succeed { "list", "-r", region }
      assert.matches("^PROCESS +REGION", list)
      assert.equal(listed, select(2, list:gsub("\n", "")))
      local written = succeed { "list", "-r", region, "-o", "json" }
      assert.equal("[", written:sub(1, 1))
      assert.equal(listed, #json.decode(written))
      local ids = succeed { "list", "-r", region, "-o", "value" }
      assert.equal(listed, select(2, ids:gsub("%S+", "")))
      assert.equal(tostring(count), succeed { "count", "-r", region })
      for _, call in ipairs(calls) do
        sdk.processesV2:stopProcess { processId = call:result().processId }
      end
    end
  end)

  -- What two of seventeen ids or more begin with: there are sixteen digits.
  local function sharedDigit(ids)
    local seen = {}
    for _, id in ipairs(ids) do
      local digit = id:sub(1, 1)
      if seen[digit] then return digit end
      seen[digit] = true
    end
  end

  it("takes the beginning of a live process's id, and acts on none that several have", function()
    local sdk <close> = hathora.new(running:options())
    local calls, ids = {}, {}
    for index = 1, 35 do
      calls[index] = sdk.processesV2:createProcessAsync { region = "Seattle" }
    end
    hathora.all(calls)
    for index, call in ipairs(calls) do ids[index] = call:result().processId end
    local oldest = ids[1]
    local enough, tooShort = oldest:sub(1, 13), sharedDigit(ids)
    assert.equal(oldest, succeed { "info", enough, "-o", "value" })
    local output, status = run { "stop", tooShort }
    assert.equal(2, status, output)
    assert.matches("more than one process begins with " .. tooShort .. ": %x+%-", output)
    assert.equal(35, sdk.processesV2:getProcessesCountExperimental {
      region = { "Seattle" }, status = { "starting", "running" } }.count)
    assert.equal("stopped", succeed { "stop", enough, "--wait", "-o", "statusValue" })
    assert.equal(oldest, succeed { "info", enough, "-o", "value" })
    for _, id in ipairs(ids) do sdk.processesV2:stopProcess { processId = id } end
  end)

  local function fail(expected, words, more)
    local output, status = process.run({ "bin/hathora", table.unpack(words) }, with(more))
    assert.equal(expected, status, output)
    return output
  end

  it("shows a room by the beginning of its id, and changes one by its whole id alone", function()
    local rooms = { "harbour-1", "harbour-12", "island-1" }
    for _, id in ipairs(rooms) do invoke { "rooms", "create", "-r", "Tokyo", "--room-id", id } end
    assert.equal("island-1", invoke { "rooms", "info", "isl", "-o", "value" })
    assert.equal("island-1", invoke { "rooms", "connect", "isl", "-o", "value" })
    assert.matches("more than one room begins with harb: harbour%-%d+, harbour%-%d+\n",
      fail(2, { "rooms", "info", "harb" }))
    assert.equal("harbour-1", invoke { "rooms", "destroy", "harbour-1", "-o", "value" })
    for _, words in ipairs { { "destroy", "isl" }, { "resume", "harbour" },
      { "update", "harbour", "--room-config", "map=2" } } do
      assert.matches("404 in .*whole id", fail(1, { "rooms", table.unpack(words) }))
    end
    for _, id in ipairs { "harbour-12", "island-1" } do
      assert.equal("active", invoke { "rooms", "info", id, "-o", "statusValue" })
      assert.no.matches("map=2", invoke { "rooms", "info", id })
    end
    for id in succeed({ "list", "-r", "Tokyo", "-s", "running", "-o", "value" }):gmatch "%S+" do
      succeed { "stop", id }
    end
  end)

  it("does not destroy another room when the one that it destroyed is not shown", function()
    local scripted <close> = server.start {
      { on = "^GET .*/processes/", times = 9, body = '[{"processId":"p","roomsAllocated":1}]' },
      { on = "^GET .*/list/", times = 9, body = '[{"roomId":"match-10"}]' },
      { on = "^GET ", times = 9, status = 404, body = '{"message":"no room"}' },
      { on = "^POST ", times = 9, status = 204, body = "" },
    }
    assert.matches("404 in getRoomInfo", fail(1, { "rooms", "destroy", "match-1" },
      { HATHORA_CLOUD_ENDPOINT = scripted.url }))
    for _, request in ipairs(scripted:requests()) do
      assert.no.matches("match%-10", request.target)
    end
  end)

  it("tells of an unknown room also where no other can be looked up", function()
    assert.matches("404 in getConnectionInfo", fail(1, { "rooms", "connect", "reef" },
      { HATHORA_TOKEN = "not-this-token" }))
    assert.matches("404 in getConnectionInfo", fail(1, { "rooms", "connect", "reef" }))
  end)

  it("refuses the beginning of an id where a server lists only some of the processes", function()
    local page = {}
    for index = 1, 10 do
      page[index] = ('{"processId":"%dab","createdAt":"2026-01-01T00:00:00Z"}'):format(index)
    end
    local scripted <close> = server.start { { on = "GET", times = 100,
      body = "[" .. table.concat(page, ",") .. "]" }, { on = "POST", status = 204, body = "" } }
    for given, message in pairs { [1] = "begins with 1: 1ab, 10ab\n", ["2"] = "too many processes "
      .. "to tell which process begins with 2; give its whole id", x = "too many processes" } do
      local output, status = run({ "stop", given }, { HATHORA_CLOUD_ENDPOINT = scripted.url })
      assert.equal(2, status, output)
      assert.matches(message, output)
    end
    for _, request in ipairs(scripted:requests()) do assert.equal("GET", request.method) end
    run({ "stop", "2ab" }, { HATHORA_CLOUD_ENDPOINT = scripted.url })
    assert.matches("/stop/2ab", scripted:requests()[#scripted:requests() - 1].target)
  end)

  it("lists the regions, and completes commands, options, regions, statuses and ids", function()
    local regions = process.run { "bin/hathora", "regions" }
    assert.matches("Tokyo\n", regions)
    local id = succeed { "create", "-r", "Tokyo", "-o", "value" }
    for _, row in ipairs {
      { "regions", "" }, { "create", "processes", "" }, { "%-%-status", "processes", "list", "--" },
      { "Los_Angeles", "processes", "create", "--region", "" },
      { "draining", "processes", "list", "-s", "" },
      { id:gsub("-", "%%-"), "processes", "stop", "" },
    } do
      local offered = process.run({ "bin/hathora", "--complete", table.unpack(row, 2) }, with())
      assert.matches("%f[^\0\n]" .. row[1] .. "\n", offered)
    end
    local shell = process.run({ "bash", "-c", [[PATH=bin:$PATH; eval "$(hathora --completion bash)"
      COMP_WORDS=(hathora processes list --region Tok) COMP_CWORD=4; _hathora; echo $COMPREPLY]] })
    assert.equal("Tokyo\n", shell)
    succeed { "stop", id }
  end)

  it("takes the token from a file, and hides one that stands in the command line", function()
    local directory = process.temporaryDirectory()
    process.writeFile(directory .. "/token", host.token .. "\n")
    succeed({ "list", "--token-file", directory .. "/token" }, { HATHORA_TOKEN = "" })
    succeed({ "list" }, { HATHORA_TOKEN = "", HATHORA_TOKEN_FILE = directory .. "/token" })
    process.removeDirectory(directory)
    local scripted <close> = server.start { server.silence }
    local held <close> = process.hold { env = with { HATHORA_CLOUD_ENDPOINT = scripted.url },
      command = { "bin/hathora", "processes", "list", "--token", "a-token-to-hide" } }
    process.waitFor(function()
      local line = process.readFile(("/proc/%d/cmdline"):format(held.pid)) or ""
      return line:find("--token\0***************", 1, true)
    end, "the token to be hidden")
  end)

  it("fails when standard output is full", function()
    local output, status = process.run({ "sh", "-c", "bin/hathora processes list >/dev/full" },
      with())
    assert.equal(4, status)
    assert.matches("standard output: No space left", output)
    for _, words in ipairs { "regions", "--help", "processes --help", "processes list --help",
      "--manual", "--version", "--completion bash" } do
      output, status = process.run(("bin/hathora %s >/dev/full"):format(words))
      assert.equal(4, status, words)
      assert.matches("standard output: No space left", output)
    end
  end)

  it("says nothing when its reader has seen enough", function()
    for _, words in ipairs { "processes list", "regions", "--help", "--manual" } do
      local output, status = process.run({ "bash", "-c",
        ("(bin/hathora %s; echo $? >&2) | exec true"):format(words) }, with())
      assert.equal(0, status)
      assert.is_true(output == "4\n" or output == "141\n", output)
    end
  end)

  it("tells after a create without an answer how to get the one process of it", function()
    local scripted <close> = server.start { server.silence }
    local output, status = run({ "create", "-r", "Tokyo", "--timeout", "0.3" },
      { HATHORA_CLOUD_ENDPOINT = scripted.url })
    assert.equal(3, status, output)
    assert.matches("may have been started.*%-%-idempotency%-key %x+%-%x+", output)
    output = process.run({ "bin/hathora", "rooms", "create", "-r", "Tokyo", "--timeout", "0.3" },
      with { HATHORA_CLOUD_ENDPOINT = scripted.url })
    assert.matches("A room may have been created.*%-%-idempotency%-key %x+%-%x+", output)
    -- A lobby's command has no such option.
    output = process.run({ "bin/hathora", "lobbies", "create", "-r", "Tokyo", "--timeout", "0.3",
      "--player-token", "a.b.c" }, with { HATHORA_CLOUD_ENDPOINT = scripted.url })
    assert.no.matches("idempotency", output)
  end)

  it("has help for each command, a man page without warnings, and completion for bash", function()
    for _, command in ipairs { "create", "list", "info", "count", "wait", "stop", "logs" } do
      local output = succeed { command, "--help" }
      assert.matches("^Usage: hathora processes " .. command, output)
      assert.matches("HATHORA_TOKEN", output)
    end
    local page = process.run { "bin/hathora", "--manual" }
    assert.matches("%.SS processes logs PROCESS\n", page)
    for _, section in ipairs { "DESCRIPTION", "EXAMPLES", "ENVIRONMENT", "EXIT STATUS" } do
      assert.matches("%.SH " .. section .. "\n", page)
    end
    assert.equal("", process.run "bin/hathora --manual | groff -man -Tutf8 -ww >/dev/null")
    assert.equal("", process.run "bin/hathora --completion bash | bash -n")
  end)
end)
