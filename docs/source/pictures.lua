--- The pictures of the documentation: the host's page in a real browser, with games of several
-- apps and regions, their rooms, and one that has failed. `make pictures` writes them anew.

local browser = require "support.browser"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local socket = require "socket"

local game = process.build .. "/examples/gameserver"

-- A game that also writes what a game writes, and takes some time of a processor.
local function lively(lines, seconds)
  return { "/bin/sh", "-c", ("(for line in %s; do echo \"$line\"; done; "
    .. "while sleep %s; do :; done) & exec %s"):format(lines, seconds, game) }
end

local apps = {
  arena = { command = lively("'map harbour loaded' 'tick rate 60' 'player 1 joined' "
    .. "'player 2 joined' 'round 1 of 5' 'player 3 joined' 'round 2 of 5'", 0.01),
    user = host.user, roomsPerProcess = 4 },
  duel = { command = lively("'waiting for two players'", 0.05), user = host.user },
  quest = { command = lively("'dungeon 7 of 12'", 0.02), user = host.user, roomsPerProcess = 8,
    additionalPorts = { { name = "voice", transportType = "udp" } } },
  beta = { command = { "/bin/sh", "-c", "echo 'cannot open map: islands.bsp'; exit 3" },
    user = host.user },
}

local config = '{"map":"harbour"}'
local rooms = {
  arena = { Tokyo = 6, Frankfurt = 3, Chicago = 2, Sao_Paulo = 1 },
  duel = { Tokyo = 2, Seattle = 1 },
  quest = { London = 5, Sydney = 8 },
}

-- Rooms are made one after another, so that a process is filled before the next is started.
local function fill(sdk)
  for app, regions in pairs(rooms) do
    for region, count in pairs(regions) do
      for index = 1, count do
        sdk.roomsV2:createRoom({ appId = app, region = region, roomConfig = config },
          { idempotencyKey = ("%s-%s-%d"):format(app, region, index) })
      end
    end
  end
end

local function waitUntilRunning(sdk)
  process.waitFor(function()
    local starting = 0
    for app in pairs(rooms) do
      starting = starting + sdk.processesV2:getProcessesCountExperimental {
        appId = app, status = { "starting" } }.count
    end
    return starting == 0
  end, "every game to run")
end

local function stopSome(sdk)
  local duel = sdk.processesV2:createProcess { appId = "duel", region = "Dubai" }
  local id = { appId = "duel", processId = duel.processId }
  sdk.processesV2:waitUntilRunning(id)
  sdk.processesV2:stopProcess(id)
  sdk.processesV2:waitUntilStopped(id)
  sdk.processesV2:createProcess { appId = "beta", region = "Mumbai" }
end

local function open(running)
  local page = browser.open(running.url .. "/#token=" .. host.token, "--window-size=1280,1260")
  page:find("#ended .status", "failed")
  page:run [[
    for (const row of document.querySelectorAll("tr.process"))
      if (row.innerText.includes("4 of 4")) return row.click()
  ]]
  page:find(".details .log", "round 2")
  return page
end

local running <close> = host.start { apps = apps, directory = true }
local sdk <close> = hathora.new(running:options { retry = { idempotencyKeys = true } })
fill(sdk)
waitUntilRunning(sdk)
stopSome(sdk)
local page <close> = open(running)
socket.sleep(3) -- processor time is shown of the last seconds
page:screenshot "docs/images/console.png"
