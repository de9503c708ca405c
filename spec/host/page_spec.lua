local browser = require "support.browser"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"

local create = { region = "Sao_Paulo" }

describe("the page at the host's root, in a browser #outside", function()
  local running, page, sdk
  setup(function()
    if not browser.isHere() then return end
    local markup = "echo '<b>bold</b>'; exec " .. process.build .. "/examples/gameserver"
    running = host.start { apps = { [host.appId] = { user = host.user, roomsPerProcess = 4,
      command = { "/bin/sh", "-c", markup } } } }
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
    page:find("#notice", "No process has been started yet")
  end)

  shows("shows a process live: region, status, port, rooms, log, as text", function()
    local made = sdk.processesV2:createProcess(create)
    local ready = sdk.processesV2:waitUntilRunning { processId = made.processId }
    page:find("article .status", "running")
    page:find("article .region", "Sao Paulo")
    page:find("article .engine", "local")
    page:find("article .id", made.processId)
    page:find("article .ports", ":" .. ready.exposedPort.port .. "/tcp")
    page:find("article .rooms", "0 of 4")
    page:find("article .log", "<b>bold</b>")
    assert.same({}, page:findAll "article b")
    page:find("#summary", "1 process on 127.0.0.1")
    local kept = os.getenv "HATHORA_SPEC_SCREENSHOT"
    if kept then page:screenshot(kept) end
  end)

  shows("stops a process at the second press of its button", function()
    local button = page:find "article .stop"
    button:click()
    page:find("article .stop", "Stop it?"):click()
    page:find("article .status", "stopped")
    assert.equal("stopped", sdk.processesV2:getLatestProcesses()[1].status)
  end)

  shows("keeps the token out of its address, and asks nothing of other servers", function()
    assert.equal(running.url .. "/", page:run "return location.href")
    assert.is_true(page:run("return performance.getEntriesByType('resource')"
      .. ".every(entry => entry.name.startsWith(location.origin))"))
  end)
end)
