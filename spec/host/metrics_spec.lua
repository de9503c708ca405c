-- What `/metrics` tells: in Prometheus' form, checked by its own tool, and true.

local admin = require "hathora.host.admin"
local core = require "hathora.core"
local hathora = require "hathora"
local histograms = require "hathora.host.admin.histogram"
local host = require "support.host"
local keepers = require "support.keeper"
local needs = require "support.needs"
local ports = require "hathora.host.processes.ports"
local process = require "support.process"
local routes = require "hathora.host.http.routes"
local tallies = require "hathora.host.admin.tally"

local function shell(script) return { "/bin/sh", "-c", script } end

-- What a keeper's figures are, as a function that gives the text.
local function figuresOf(keeper)
  local all = routes.new()
  admin.add(all, { services = keeper.services, config = keeper.config,
    tally = tallies.new(keeper.processes) })
  local route = all:find("GET", { "metrics" })
  return function() return route.act().body end
end

local function value(text, sample)
  return tonumber((("\n" .. text):match("\n" .. sample:gsub("%p", "%%%0") .. " (%S+)\n")))
end

describe("a histogram", function()
  it("has in each bucket what is not larger than its bound", function()
    local histogram = histograms.new { 0.1, 1, 10 }
    for _, seconds in ipairs { 0.1, 0.2, 1, 5, 11 } do histogram:observe(seconds) end
    local samples = {}
    histogram:write(function(labels, number, suffix)
      samples[#samples + 1] = ("%s %s %g"):format(suffix, table.concat(labels, " "), number)
    end, { "app", "a" })
    assert.same({ "_bucket app a le 0.1 1", "_bucket app a le 1 3", "_bucket app a le 10 4",
      "_bucket app a le +Inf 5", "_sum app a 17.3", "_count app a 5" }, samples)
  end)
end)

describe("the figures of a host's ports", function()
  it("are those in use, resting and free, whatever is taken and given back #quick", function()
    local ledger = ports.new { first = 17310, last = 17319, quarantine = 0.2 }
    local function usage()
      local now = ledger:usage()
      return { now.in_use, now.resting, now.free }
    end
    assert.same({ 0, 0, 10 }, usage())
    local taken = {}
    for index = 1, 4 do taken[index] = ledger:take() end
    assert.same({ 4, 0, 6 }, usage())
    assert.is_nil((ledger:takeAll { {}, {}, {}, {}, {}, {}, {} }))
    assert.same({ 4, 0, 6 }, usage())
    ledger:release(taken[1])
    ledger:release(taken[2], 1)
    assert.same({ 2, 1, 7 }, usage())
    ledger:hold(taken[3])
    assert.same({ 2, 1, 7 }, usage())
    process.waitFor(function() return ledger:usage().resting == 0 end, "the rest to end")
    assert.same({ 2, 0, 8 }, usage())
  end)
end)

describe("the figures of a host #outside", function()
  local directory
  setup(function()
    directory = process.temporaryDirectory()
    process.writeFile(directory .. "/broken", "#!/no/such/interpreter\n")
    process.run { "chmod", "-R", "755", directory }
  end)
  teardown(function() process.removeDirectory(directory) end)

  it("tell what was created, refused and ended, and by what", function()
    local keeper <close> = keepers.start {
      game = { command = keepers.server, maxProcesses = 1, stopGrace = 1 },
      ["odd \\ \"one\""] = { command = shell "exit 3" },
      done = { command = shell "exit 0" }, killed = { command = shell "kill -9 $$" },
      late = { command = shell "exec sleep 60", startDeadline = 0.2, stopGrace = 0 },
      broken = { command = { directory .. "/broken" } },
    }
    local read = figuresOf(keeper)
    local function has(sample, expected)
      local text = read()
      assert.equal(expected, value(text, sample), sample .. "\n" .. text)
    end
    has('hathora_host_processes_created_total{app="game"}', 0)
    has('hathora_host_processes_ended_total{app="late",cause="start_deadline"}', 0)
    local running = keeper:create("game", "key")
    assert.equal(running.processId, keeper:create("game", "key").processId)
    assert.equal(402, select(2, keeper:ask { appId = "game", region = "Tokyo" }).statusCode)
    keeper:ask { appId = "no-such-app", region = "Tokyo" }
    keeper:waitForStatus(running, "running")
    has('hathora_host_processes_created_total{app="game"}', 1)
    has('hathora_host_creates_refused_total{app="game",code="402"}', 1)
    has('hathora_host_process_start_duration_seconds_count{app="game"}', 1)
    has('hathora_host_process_start_duration_seconds_bucket{app="game",le="+Inf"}', 1)
    has('hathora_host_ports{state="in_use"}', 1)
    assert.no.matches("no%-such%-app", read())
    keeper.processes:stop(running)
    keeper:waitForStatus(running, "stopped")
    has('hathora_host_processes_ended_total{app="game",cause="stopped"}', 1)
    for appId, cause in pairs { ["odd \\ \"one\""] = "exit_status", done = "finished",
      killed = "signal", late = "start_deadline", broken = "error" } do
      local one = keeper:create(appId)
      keeper:waitFor(function() return keeper:info(one).terminatedAt end, "its end")
      local label = appId:gsub('[\\"]', "\\%0")
      has(('hathora_host_processes_ended_total{app="%s",cause="%s"}'):format(label, cause), 1)
    end
    has('hathora_host_ports{state="in_use"}', 0)
    has('hathora_host_ports{state="resting"}', 6)
    has(('hathora_host_build_info{version="%s"}'):format(core._VERSION), 1)
  end)

  it("tell how long starts took, without those that an earlier host began", function()
    local keeper <close> = keepers.start({ game = { command = shell("sleep 0.5; exec "
      .. keepers.server[1]) } }, { durable = true })
    local early = keeper:create "game"
    keeper:restart()
    local read = figuresOf(keeper)
    keeper:waitForStatus(early, "running")
    keeper:waitForStatus(keeper:create "game", "running")
    assert.equal(1, value(read(), 'hathora_host_process_start_duration_seconds_count{app="game"}'))
  end)

  it("tell how many changes share a commit, and what could not be written", function()
    local keeper <close> = keepers.start { game = { command = keepers.server, stopGrace = 1 } }
    local read = figuresOf(keeper)
    keeper.store:flush()
    local commits = value(read(), "hathora_host_store_commits_total")
    local writes = value(read(), "hathora_host_store_writes_total")
    for _ = 1, 5 do
      keeper.processes:create({ appId = "game", region = "Tokyo" }, function(created)
        keeper.created[#keeper.created + 1] = created.processId
      end)
    end
    keeper.store:flush()
    assert.equal(commits + 1, value(read(), "hathora_host_store_commits_total"))
    assert.equal(writes + 5, value(read(), "hathora_host_store_writes_total"))
    assert.equal(0, value(read(), "hathora_host_store_failures_total"))
    local told
    keeper.store:write(function() error "the disk is full" end, function(why) told = why end)
    keeper.store:flush()
    assert.matches("the disk is full", told)
    assert.equal(1, value(read(), "hathora_host_store_failures_total"))
  end)

  it("tell what logs take, by a look that whoever asks brings about", function()
    local keeper <close> = keepers.start({ game = { command = shell(
      "head -c 300000 /dev/zero; exec " .. keepers.server[1]), stopGrace = 1 } })
    local read = figuresOf(keeper)
    keeper:waitForStatus(keeper:create "game", "running")
    assert.equal(1024 * 1024 * 1024, value(read(), "hathora_host_log_limit_bytes"))
    keeper:waitFor(function()
      return (value(read(), "hathora_host_log_bytes") or 0) >= 300000
    end, "the logs to be looked at")
  end)

  needs(_ENV, function()
    local _, status = process.run "command -v promtool"
    return status == 0 or nil, "there is no promtool"
  end)("are as promtool wants them", function()
    local running <close> = host.start { apps = {
      [host.appId] = { command = keepers.server, user = host.user, maxProcesses = 1 },
      ['odd \\ "one"'] = { command = keepers.server, user = host.user },
    } }
    local sdk <close> = hathora.new(running:options())
    sdk.processesV2:createProcess { region = "Tokyo" }
    local output, status = process.run(("curl -sf -H 'Authorization: Bearer %s' %s/metrics | "
      .. "promtool check metrics"):format(host.token, running.url))
    assert.equal(0, status, output)
    assert.equal("", output)
  end)
end)
