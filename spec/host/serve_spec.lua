local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"

local function serve(env, ...)
  return process.hold { ready = "listening on (%S+)", env = env,
    command = { "bin/hathora-host", "serve", "--listen", "127.0.0.1:0", ... } }
end

local game = { "--user", host.user, "--app", "game", "--", process.build .. "/examples/gameserver" }

describe("hathora-host serve #outside", function()
  it("has a demo without a configuration, and prints a first command that works", function()
    local demo <close> = serve(nil, "--demo")
    local said = demo:output()
    local token = said:match "/#token=(%S+)\n"
    assert.truthy(said:find("export HATHORA_TOKEN=" .. token, 1, true), said)
    local lines = {}
    for line in said:gmatch "\n  ([^\n]+)" do lines[#lines + 1] = line end
    assert.equal(4, #lines)
    local output, status = process.run(table.concat(lines, " && "))
    assert.equal(0, status, output)
    assert.matches("status +running\n", output)
    if host.user == "root" then assert.matches("as the user nobody\n", demo:errors()) end
    local id = output:match "process +(%S+)"
    local owners = {}
    for _, pid in ipairs(require "hathora.host.machine.procfs".withVariable("HATHORA_PROCESS_ID",
      id)) do
      owners[process.run { "ps", "-o", "user=", "-p", pid }:match "%S+"] = true
    end
    assert.is_true(owners[host.user == "root" and "nobody" or host.user])
    demo:signal "TERM"
    assert.equal(0, demo:wait())
  end)

  it("takes its token from a file or the environment, and never shows that", function()
    local directory = process.temporaryDirectory()
    process.writeFile(directory .. "/token", host.token .. "\n")
    for _, held in ipairs {
      serve(nil, "--token-file", directory .. "/token", table.unpack(game)),
      serve({ HATHORA_TOKEN = host.token }, table.unpack(game)),
    } do
      local running <close> = held
      local sdk <close> = hathora.new { serverUrl = running.found, appId = "game",
        security = { hathoraDevToken = host.token } }
      assert.equal(0, sdk.processesV2:getProcessesCountExperimental().count)
      assert.no.matches(host.token, running:output(), 1, true)
    end
    process.removeDirectory(directory)
  end)

  it("may have as many files open as it is allowed to allow itself; games begin with 1,024",
    function()
      local most = tonumber((process.run "ulimit -H -n")) or math.huge
      if most < 2048 then return pending "this user may have too few open files" end
      local held <close> = process.hold { ready = "listening on (%S+)",
        env = { HATHORA_TOKEN = host.token }, command = { "sh", "-c",
          'ulimit -S -n 40; exec "$@"', "sh", "bin/hathora-host", "serve", "--listen",
          "127.0.0.1:0", "--user", host.user, "--app", "game", "--", "sh", "-c",
          "ulimit -S -n; exec sleep 1000" } }
      local sdk <close> = hathora.new { serverUrl = held.found, appId = "game",
        security = { hathoraDevToken = host.token } }
      local id
      for _ = 1, 50 do id = sdk.processesV2:createProcess({ region = "Tokyo" }).processId end
      process.waitFor(function()
        return sdk.logsV1:getLogsForProcess { processId = id } == "1024\n"
      end, "a game's limit")
    end)

  it("hides a token of its command line", function()
    local running <close> = serve(nil, "--token", "a-token-to-be-hidden", table.unpack(game))
    local line = process.readFile(("/proc/%d/cmdline"):format(running.pid))
    assert.truthy(line:find("--token\0********************\0", 1, true), line)
    assert.no.matches("a-token-to-be-hidden", line, 1, true)
  end)

  it("refuses options that contradict each other", function()
    for _, row in ipairs {
      { "one of %-%-demo, %-%-config FILE or %-%-app ID" },
      { "not %-%-demo and %-%-app", "--demo", "--app", "x" },
      { "%-%-token cannot be given with %-%-config", "--config", "x", "--token", "y" },
      { "%-%-listen cannot be given with %-%-config", "--config", "x", "--listen", "y" },
      { "%-%-user cannot be given with %-%-demo", "--demo", "--user", "y" },
      { "only %-%-app takes a command", "--demo", "true" },
      { "must be one of", "--app", "x", "--transport", "sctp", "true" },
    } do
      local output, status = process.run { "bin/hathora-host", "serve", table.unpack(row, 2) }
      assert.equal(2, status, output)
      assert.matches(row[1], output)
      assert.matches("Try `hathora%-host serve %-%-help`", output)
    end
  end)
end)
