local disks = require "support.disk"
local hathora = require "hathora"
local host = require "support.host"
local prism = require "support.prism"
local process = require "support.process"

local modules = process.build .. "/node/node_modules"

local function missing()
  if select(2, process.run "command -v node") ~= 0 then return "there is no node" end
  if not process.readFile(modules .. "/@hathora/cloud-sdk-typescript/package.json") then
    return "there is no official SDK: make peers installs it"
  end
end

-- What the script sees, whoever serves it.
local function expected(counted)
  return "created starting Tokyo true\nrunning default true\nlisted true\n"
    .. (counted and "counted 1\n" or "") .. "stopped true\nrefused ApiError 404\n"
end

local function script(url, ...)
  return process.run { "node", "spec/support/sdk.mjs", modules, url, host.token, host.appId, ... }
end

-- What is seen of rooms: each line unless what it is of was left out.
local function seenOfRooms(without)
  local lines = { { "created my-room starting 0" }, { "ready default true" },
    { "info active new 1 true null" }, { "active my-room" },
    { "suspended my-room suspended", "suspend" }, { "resumed active true", "resume" },
    { "destroyed destroyed" }, { "inactive my-room destroyed" },
    { "process starting string true", "v3" }, { "up running true true", "v3" },
    { "listed true", "v3" }, { "counted 1", "v3" }, { "limit ApiError 402", "v3" },
    { "down stopped", "v3" }, { "getProcess ApiError 404", "v3" },
    { "stopProcess ApiError 404", "v3" }, { "taken ApiError 400" },
    { "app ApiError 404" }, { "token ApiError 401" }, { "getRoomInfo ApiError 404" },
    { "getConnectionInfo ApiError 404" }, { "destroyRoom ApiError 404" },
    { "suspendRoomV2Deprecated ApiError 404" }, { "updateRoomConfig ApiError 404" },
    { "gone ApiError 404" }, { "resumeRoom ApiError 404", "resume" },
    { "final ApiError 404", "resume" }, { "getActiveRoomsForProcess ApiError 404" },
    { "getInactiveRoomsForProcess ApiError 404" }, { "region ApiError 422", "region" } }
  local seen = {}
  for _, line in ipairs(lines) do
    if not without[line[2]] then seen[#seen + 1] = line[1] end
  end
  return table.concat(seen, "\n") .. "\n"
end

local function rooms(url, ...)
  local without = {}
  for _, word in ipairs { ... } do without[word] = true end
  assert.equal(seenOfRooms(without), (process.run { "node", "spec/support/rooms.mjs", modules, url,
    host.token, host.appId, ... }))
end

local function startForRooms()
  return host.start { apps = { [host.appId] = { user = host.user, roomsPerProcess = 2,
    maxProcesses = 2, command = { process.build .. "/examples/gameserver" } } } }
end

describe("a script on the official TypeScript SDK #outside", function()
  it("works against the host as it worked against Hathora Cloud", function()
    if missing() then return pending(missing()) end
    local running <close> = host.start()
    assert.equal(expected(true), (script(running.url)))
  end)

  it("works through Prism, which holds every answer against the API's own document", function()
    local reason = missing() or prism.missing()
    if reason then return pending(reason) end
    local running <close> = host.start()
    local proxy <close> = prism.proxy(running.url)
    -- The count came to the API after that document.
    assert.equal(expected(false), (script(proxy.url, "nocount")))
  end)

  it("places rooms, and sees processes as version 3 shows them", function()
    if missing() then return pending(missing()) end
    local running <close> = startForRooms()
    rooms(running.url)
  end)

  it("sees an error where no port is left, for what cannot be given, for too many tries", function()
    if missing() then return pending(missing()) end
    local port = process.freePort()
    local running <close> = host.start { ports = { port, port } }
    -- 503 is not in the document of the API.
    assert.equal([[
a room SDKError 503
a process SDKError 503
a config ApiError 422
a region ApiError 422
a stranger ApiError 401
rooms ApiError 429
processes ApiError 429
]], (process.run { "node", "spec/support/refusals.mjs", modules, running.url, host.token,
      host.appId }))
  end)

  local function failures(running)
    return (process.run { "node", "spec/support/failures.mjs", modules, running.url, host.token,
      host.appId })
  end

  it("sees an error where the game cannot be started as it is configured", function()
    if missing() then return pending(missing()) end
    local directory = process.temporaryDirectory()
    local running <close> = host.start { apps = { [host.appId] = { user = host.user,
      cwd = directory, command = { process.build .. "/examples/gameserver" } } } }
    process.removeDirectory(directory)
    assert.equal([[
createRoom ApiError 500
createProcessV2 ApiError 500
createProcess ApiError 500
updateRoomConfig ApiError 404
suspendRoom ApiError 404
destroyRoom ApiError 404
getConnectionInfo ApiError 404
]], failures(running))
  end)

  it("sees an error for all that cannot be recorded on a full disk, and nothing is done", function()
    if missing() then return pending(missing()) end
    local done = disks.small(function(running, ballast)
      local sdk <close> = hathora.new(running:options())
      local room = sdk.roomsV2:createRoom { region = "Tokyo", roomId = "my-room",
        roomConfig = "old" }
      ballast.fill()
      -- 503 is not in the document of the API.
      assert.equal([[
createRoom SDKError 503
createProcessV2 SDKError 503
createProcess SDKError 503
updateRoomConfig SDKError 503
suspendRoom SDKError 503
destroyRoom SDKError 503
getConnectionInfo done
]], failures(running))
      assert.equal(1, sdk.processesV2:getProcessesCountExperimental().count)
      local found = sdk.roomsV2:getActiveRoomsForProcess { processId = room.processId }
      assert.equal(1, #found)
      assert.equal("old", found[1].roomConfig)
    end)
    if not done then return pending(disks.missing) end
  end)

  -- The one document has not version 3 nor resumeRoom, the other not `suspended`. A region that is
  -- none Prism refuses itself.
  it("does so through Prism, by both documents", function()
    local reason = missing() or prism.missing()
    if reason then return pending(reason) end
    for document, without in pairs { [prism.document] = { "resume", "v3", "region" },
      [prism.later] = { "suspend", "region" } } do
      local running <close> = startForRooms()
      local proxy <close> = prism.proxy(running.url, document)
      rooms(proxy.url, table.unpack(without))
    end
  end)
end)
