local browser = require "support.browser"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"

local create = { region = "Sao_Paulo" }

describe("the page at the host's root, in a browser #outside", function()
  local running, page, sdk
  setup(function()
    if not browser.isHere() then return end
    local markup = "echo '<b>bold</b>'; (n=0; while sleep 0.1; do echo tick $((n += 1)); done) & "
      .. "exec " .. process.build .. "/examples/gameserver"
    running = host.start { apps = { [host.appId] = { user = host.user, roomsPerProcess = 4,
      command = { "/bin/sh", "-c", markup } },
      failing = { user = host.user, command = { "/bin/sh", "-c", "exit 3" } } } }
    sdk = hathora.new(running:options())
    page = browser.open(running.url)
  end)
  teardown(function()
    for _, open in pairs { page or nil, sdk, running } do open:close() end
  end)

  local function shows(name, act)
    it(name, function()
      if not page then return pending "there is no chromedriver: make peers installs it" end
      act()
    end)
  end

  shows("asks for a token, and refuses a wrong one", function()
    page:find("#token"):type "not-the-token\n"
    page:find("#notice", "does not know that token")
    page:run "document.getElementById('token').value = ''"
    page:find("#token"):type(host.token .. "\n")
    page:find("#empty", "No process has been started yet")
    page:find("#first", ("export HATHORA_CLOUD_ENDPOINT=%s\nexport HATHORA_APP_ID='%s'\nhathora "
      .. "processes create"):format(running.url, host.appId))
  end)

  shows("shows a process live: region, status, port, rooms", function()
    local made = sdk.processesV2:createProcess(create)
    local ready = sdk.processesV2:waitUntilRunning { processId = made.processId }
    page:find("tr.process .status", "running")
    page:find("tr.process .region", "Sao Paulo")
    page:find("tr.process .id", made.processId)
    page:find("tr.process .ports", ":" .. ready.exposedPort.port .. "/tcp")
    page:find("tr.process .rooms", "0 of 4")
    page:find("tr.process .memory", " MB")
    page:find("tr.process .cpu", " %")
    page:find("#summary", "1 process on 127.0.0.1")
    page:find("#statuses", "running 1")
  end)

  shows("opens a row by a key, to its engine and its log, which is text and goes on", function()
    page:find("tr.process"):type "\u{E007}"
    page:find(".details .engine", "local")
    page:find(".details .log", "<b>bold</b>")
    assert.same({}, page:findAll ".details b")
    local last = math.tointeger(page:find(".details .log", "tick"):text():match ".*tick (%d+)")
    page:find(".details .log", "tick " .. last + 3)
    page:find("tr.process"):type "\u{E00C}"
    assert.same({}, page:findAll ".details")
  end)

  shows("shows those alone that a filter or a status picks", function()
    page:find("#filter"):type "tokyo"
    page:find("#nothing", "No process matches")
    page:find("#all"):click()
    page:find("tr.process .status", "running")
    page:find("#statuses .chip"):click()
    page:find "#statuses .chip[aria-pressed=true]"
    page:find("#statuses .chip"):click()
  end)

  shows("stops a process once that has been confirmed", function()
    page:find("tr.process"):click()
    page:find(".details .stop"):click()
    page:find("#question [value=keep]"):click()
    page:find(".details .stop"):click()
    page:find("#question [value=stop]"):click()
    page:find("#ended .status", "stopped")
    assert.equal("stopped", sdk.processesV2:getLatestProcesses()[1].status)
  end)

  shows("says why one ended", function()
    sdk.processesV2:createProcess { region = "Tokyo", appId = "failing" }
    page:find("tr.failed .ports", "it exited with status 3")
  end)

  shows("keeps the token out of its address, and asks nothing of other servers", function()
    assert.equal(running.url .. "/", page:run "return location.href")
    assert.is_true(page:run("return performance.getEntriesByType('resource')"
      .. ".every(entry => entry.name.startsWith(location.origin))"))
  end)
end)
