local browser = require "support.browser"
local engines = require "support.engines"
local hathora = require "hathora"
local host = require "support.host"
local keepers = require "support.keeper"
local process = require "support.process"
local server = require "support.server"

teardown(engines.close)

local function create(sdk, region, appId)
  local made = sdk.processesV2:createProcess { appId = appId, region = region or "Tokyo" }
  return { appId = appId, processId = made.processId }
end

local function stop(sdk, id)
  sdk.processesV2:stopProcess(id)
  return sdk.processesV2:waitUntilStopped(id).status
end

describe("a Swarm #outside", function()
  local on = engines.specsOn("swarm", _ENV)
  local function can(sentence, act)
    on(sentence, function(ground) act(ground.daemon, ground) end)
  end

  can("is shown by the demo of examples/swarm", function()
    local output, status = process.run { "lua5.4", "examples/swarm/demo.lua" }
    assert.equal(0, status, output)
    assert.matches("Tokyo: [%d.]+%.[23]:%d+", output)
    assert.equal(3, select(2, output:gsub("\nstopped ", "")))
  end)

  can("runs a process on a node of its region, told with that node's address", function(nodes)
    local running <close> = engines.start(engines.app "swarm")
    local sdk <close> = hathora.new(running:options())
    for region, indexes in pairs { Frankfurt = { 1 }, Tokyo = { 2, 3 } } do
      local id = create(sdk, region)
      local address = sdk.processesV2:waitUntilRunning(id).exposedPort.host
      local isThere = false
      for _, index in ipairs(indexes) do isThere = isThere or address == nodes:address(index) end
      assert.truthy(isThere, address)
      assert.matches("swarm on node%-", engines.tell(running))
      stop(sdk, id)
    end
    process.waitFor(function() return #nodes:services() == 0 end, "the services to go", 60)
  end)

  -- As it does when it is just placing the task: one stop in some hundreds, sent at once.
  can("that forgets a stop it took is told again", function(_, ground)
    local forgets = { on = "^POST %S+/update", times = 1, body = "{}" }
    local daemon <close> = server.start { unix = true, forgets, { passOn = ground.socket } }
    local running <close> = engines.start(engines.app "swarm", { docker = daemon.socketPath })
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk)
    sdk.processesV2:waitUntilRunning(id)
    assert.equal("stopped", stop(sdk, id))
  end)

  can("shows players the address that a node's label gives", function(nodes)
    nodes:change(1, { Labels = { region = "Frankfurt", address = "frankfurt.example" } })
    local running <close> = engines.start(engines.app "swarm")
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk, "Frankfurt")
    assert.equal("frankfurt.example", sdk.processesV2:waitUntilRunning(id).exposedPort.host)
    stop(sdk, id)
    nodes:change(1, { Labels = { region = "Frankfurt" } })
  end)

  can("tells a game the name of its node", function()
    local running <close> = engines.start(engines.app("swarm", 'echo "on $HATHORA_HOSTNAME"'))
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk, "Frankfurt")
    sdk.processesV2:waitUntilStopped(id)
    assert.equal("on node-1\n", sdk.logsV1:downloadLogForProcess(id))
  end)

  can("without a node of the region has it starting, says why, and fails it at its deadline",
    function()
      local running <close> = engines.start(engines.app("swarm", nil, { startDeadline = 15 }))
      local sdk <close> = hathora.new(running:options())
      local id = create(sdk, "Sydney")
      process.waitFor(function() return engines.tell(running):find "no suitable node" end,
        "the reason", 30)
      assert.equal("starting", sdk.processesV2:getProcessInfo(id).status)
      assert.equal("failed", sdk.processesV2:waitUntilStopped(id).status)
      assert.matches("had not bound .* after 15 seconds: no suitable node", engines.tell(running))
    end)

  can("with a game that never binds its port says so", function()
    local running <close> = engines.start(engines.app("swarm", "exec sleep 600",
      { startDeadline = 15 }))
    local sdk <close> = hathora.new(running:options())
    local id = create(sdk)
    process.waitFor(function() return engines.tell(running):find "nothing listens there yet" end,
      "the reason", 30)
    assert.equal("failed", sdk.processesV2:waitUntilStopped(id).status)
    assert.matches("had not bound its tcp port %d+ after 15 seconds", engines.tell(running))
  end)

  can("tells of a process whose node was drained, or whose service was removed, by hand",
    function(nodes)
      local byHand = {
        function() nodes:change(1, { Availability = "drain" }) end,
        function()
          for _, service in ipairs(nodes:services()) do
            nodes.nodes[1]:ask("DELETE", "/services/" .. service.ID)
          end
        end,
      }
      for _, act in ipairs(byHand) do
        local running <close> = engines.start(engines.app "swarm")
        local sdk <close> = hathora.new(running:options())
        local id = create(sdk, "Frankfurt")
        sdk.processesV2:waitUntilRunning(id)
        act()
        assert.equal("failed", sdk.processesV2:waitUntilStopped(id).status)
        -- Of a removed service the last look may have seen the task's end, or nothing at all.
        local told = engines.tell(running)
        assert.truthy(told:find "Swarm shut it down" or told:find "its service is gone", told)
        nodes:change(1, { Availability = "active" })
      end
    end)

  for words, act in pairs {
    ["that runs there"] = function() end,
    ["that is to be stopped there"] = function(sdk, id) sdk.processesV2:stopProcess(id) end,
  } do
    can("with a node cut off tells what became of a process " .. words .. ", and starts no other",
      function(nodes)
        local running <close> = engines.start(engines.app "swarm")
        local sdk <close> = hathora.new(running:options())
        local id = create(sdk)
        local ready = sdk.processesV2:waitUntilRunning(id)
        local index = math.tointeger(tonumber(ready.exposedPort.host:match "%d+$"))
        local function count()
          local counts = nodes:counts()
          return counts[1] + counts[2] + counts[3]
        end
        nodes:setLink(index, "down")
        local ok, problem = pcall(function()
          act(sdk, id)
          local gone = sdk.processesV2:waitUntilStopped { processId = id.processId, timeout = 90 }
          assert.equal("failed", gone.status)
          assert.matches("does not answer; it may continue there", engines.tell(running))
          assert.equal(1, count())
        end)
        nodes:setLink(index, "up")
        assert(ok, problem)
        process.waitFor(function() return count() == 0 end, "the node that is back to end it", 60)
      end)
  end

  can("stands beside Docker and plain programs in one host, with published ports where asked",
    function(nodes, ground)
      local more = { containerPort = 7777, additionalPorts = {
        { name = "query", transportType = "udp", containerPort = 7777 },
      } }
      local apps = {
        plain = engines.app "local",
        container = engines.app("docker", nil, more),
        service = engines.app("swarm", nil, more),
      }
      local running <close> = host.start { directory = true, portQuarantine = 0, apps = apps,
        docker = ground.socket, hostname = nodes:address(1) }
      local sdk <close> = hathora.new(running:options())
      local ids = {}
      for _, appId in ipairs { "plain", "container", "service" } do
        local id = create(sdk, "Frankfurt", appId)
        local ready = sdk.processesV2:waitUntilRunning(id)
        assert.equal(nodes:address(1), ready.exposedPort.host)
        assert.not_equal(7777, ready.exposedPort.port)
        if appId ~= "plain" then
          assert.equal("welcome to Frankfurt", engines.play(ready.exposedPort))
          assert.equal("pong from Frankfurt process " .. id.processId,
            engines.play(ready.additionalExposedPorts[1]))
          assert.matches("on port 7777", sdk.logsV1:getLogsForProcess(id))
        end
        ids[#ids + 1] = id
      end
      local told = engines.tell(running)
      for _, words in ipairs { "plain%s+local ", "container%s+docker ",
        "service%s+swarm on node%-1 " } do assert.matches(words, told) end
      if browser.isHere() then
        local page <close> = browser.open(running.url)
        page:find("#token"):type(host.token .. "\n")
        page:find("tr.process"):click() -- the newest comes first
        page:find(".details .engine", "swarm on node-1")
      end
      for _, id in ipairs(ids) do assert.equal("stopped", stop(sdk, id)) end
      process.waitFor(function() return ground.left() == 0 end, "all of it to go", 60)
    end)
end)

-- Docker as it is to answer, and a keeper with an app of a Swarm.
local function script(...)
  local docker = server.start { unix = true,
    { on = "/_ping", times = 99, headers = { ["Api-Version"] = "1.44" }, body = "OK" }, ... }
  local keeper = keepers.start({ game = { engine = "swarm", image = "game:1" } },
    { docker = docker.socketPath, durable = true })
  return keeper, docker, setmetatable({}, { __close = function()
    keeper:close()
    docker:close()
  end })
end

describe("a Swarm whose answers are not as they should be #outside", function()
  it("and say nothing in words has the process failed, and recorded as that", function()
    local keeper, _, closing <close> = script(
      { on = "/services/create", times = 1, status = 400, body = [[{"odd":1}]] }, { body = "[]" })
    local made = keeper:create "game"
    keeper:waitForStatus(made, "failed")
    assert.equal([[{"odd":1}]], keeper:reason(made))
    keeper.store:flush()
    assert.is_nil(keeper:row(made).unsaved)
    assert(closing)
  end)

  it("but late is not believed about a service that has been asked for anew since", function()
    local keeper, docker, closing <close> = script(
      { on = "/services/create", times = 99, status = 201, body = [[{"ID":"s"}]] },
      { on = "GET /[^?]*/services/hathora", times = 2, delay = 2.5, status = 404, body = "{}" },
      { on = "GET /[^?]*/services/hathora", times = 99,
        body = [[{"Spec":{"Mode":{"Replicated":{"Replicas":1}}}}]] },
      { body = "[]" })
    local made = keeper:create "game"
    local function count(pattern)
      local found = 0
      for _, request in ipairs(docker:requests()) do
        if (request.method .. " " .. request.target):find(pattern) then found = found + 1 end
      end
      return found
    end
    -- Both denials were asked for before the first has come; each is an end, were it believed.
    keeper:waitFor(function() return count "/tasks" >= 8 end, "more polls", 30)
    assert.equal(2, count "/services/create")
    assert.equal("starting", keeper:info(made).status)
    assert(closing)
  end)
end)
