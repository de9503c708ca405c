local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local procfs = require "hathora.host.machine.procfs"
local seed = require "support.seed"
local socket = require "socket"

-- As many ports as there are processes in a round: a port that was lost is missed at once.
local count, firstPort = 5, 26100

local function uuid() return require "hathora.core".uuid() end

-- A host whose processes are asked for by key, and what each key has become.
local Matrix = {}
Matrix.__index = Matrix

local function start()
  local appId = "app-" .. uuid()
  local running = host.start { directory = true, portQuarantine = 0,
    ports = { firstPort, firstPort + count - 1 },
    apps = { [appId] = { command = { process.build .. "/examples/gameserver" }, user = host.user,
      stopGrace = 1, roomsPerProcess = 2 } } }
  return setmetatable({ host = running, appId = appId, made = 0 }, Matrix)
end

function Matrix:sdk()
  return hathora.new(self.host:options { appId = self.appId, timeout = 5, retry = false })
end

function Matrix:close() self.host:close() end
Matrix.__close = Matrix.close

-- Signal the host a little later, from another process, so that it falls where it falls.
local function disturbSoon(self, signal)
  os.execute(("(sleep %.4f; kill -%s %d) &"):format(math.random() * 0.01, signal,
    self.host.process.pid))
end

-- What a host needs after each signal to answer again.
local recover = {
  KILL = function(self)
    self.host.process:wait()
    self.host:stop "KILL"
    self.host:restart()
  end,
  STOP = function(self)
    -- On a busy machine the signal may take its time.
    process.waitFor(function()
      return process.readFile(("/proc/%d/stat"):format(self.host.process.pid)):find ") T "
    end, "the host to stop")
    socket.sleep(0.1)
    self.host.process:signal "CONT"
  end,
}
recover.TERM = recover.KILL

local function newKeys()
  local keys = {}
  for index = 1, count do keys[index] = uuid() end
  return keys
end

-- Ask for every key's process, whatever came of asking before.
local function createAll(self, sdk, keys)
  local ids = {}
  for index, key in ipairs(keys) do
    ids[index] = sdk.processesV2:createProcess({ region = "Tokyo" },
      { idempotencyKey = key }).processId
  end
  self.made = self.made + #keys
  assert.equal(self.made, sdk.processesV2:getProcessesCountExperimental().count)
  return ids
end

local function waitForAll(sdk, ids, wait)
  local found = {}
  for index, id in ipairs(ids) do found[index] = sdk.processesV2[wait](sdk.processesV2,
    { processId = id }) end
  return found
end

-- The games that really run, by their process' id.
local function games(self)
  local found = {}
  for _, pid in ipairs(procfs.withVariable("HATHORA_APP_ID", self.appId)) do
    if process.readFile(("/proc/%d/comm"):format(pid)) == "gameserver\n" then
      local environment = process.readFile(("/proc/%d/environ"):format(pid)) or ""
      local id = environment:match "HATHORA_PROCESS_ID=([^%z]+)"
      assert.is_nil(found[id], "two games of one process")
      found[id] = pid
    end
  end
  return found
end

local function assertTheseRun(self, ids)
  local running = games(self)
  for _, id in ipairs(ids) do
    assert.truthy(running[id], "a process without its game")
    running[id] = nil
  end
  assert.is_nil(next(running), "a game without its process")
end

-- Ask for all of it again and again until the host is gone, or has been asked for all.
local function askWhileDisturbed(ask, items)
  for _, item in ipairs(items) do
    if not pcall(ask, item) then return end
  end
end

local function createAtOnce(sdk, keys, timeout)
  local calls = {}
  for index, key in ipairs(keys) do
    calls[index] = sdk.processesV2:createProcessAsync({ region = "Tokyo" },
      { idempotencyKey = key, timeout = timeout })
  end
  return calls
end

-- Rooms are asked for by their own ids, which are their keys, too.

local function createRoom(sdk, key, timeout)
  return sdk.roomsV2:createRoom({ region = "Tokyo", roomId = key, roomConfig = key },
    { idempotencyKey = key, timeout = timeout })
end

local function createRooms(sdk, keys)
  for _, key in ipairs(keys) do createRoom(sdk, key) end
end

local function live(sdk)
  local found = {}
  for _, held in ipairs(sdk.processesV2:getLatestProcesses {
    status = { "starting", "running", "stopping" } }) do found[held.processId] = held end
  return found
end

-- A process and the rooms on it, between which nothing happened: a host that was stopped carries
-- out what it was asked before.
local function withRooms(sdk, id)
  local wanted = { processId = id }
  while true do
    local before = sdk.processesV2:getProcessInfo(wanted)
    local rooms = sdk.roomsV2:getActiveRoomsForProcess(wanted)
    local after = sdk.processesV2:getProcessInfo(wanted)
    if before.roomsAllocated == after.roomsAllocated then return after, rooms end
  end
end

-- No room is on two processes, none on one that is gone, and each process says how many it has.
-- Returns the rooms that are on processes, by their ids.
local function placedRooms(sdk)
  local placed = {}
  for id in pairs(live(sdk)) do
    local held, rooms = withRooms(sdk, id)
    assert.equal(held.roomsAllocated, #rooms)
    assert.is_true(#rooms <= held.roomsPerProcess)
    for _, room in ipairs(rooms) do
      assert.is_nil(placed[room.roomId], "a room on two processes")
      assert.equal(id, room.currentAllocation.processId)
      placed[room.roomId] = id
    end
  end
  return placed
end

local function assertAllPlaced(self, sdk, keys)
  local placed = placedRooms(sdk)
  for _, key in ipairs(keys) do
    local room = sdk.roomsV2:getRoomInfo { roomId = key }
    assert.same({ "active", key, placed[key] },
      { room.status, room.roomConfig, room.currentAllocation.processId })
  end
  local ids = {}
  for id in pairs(live(sdk)) do ids[#ids + 1] = id end
  assert.equal((#keys + 1) // 2, #ids)
  waitForAll(sdk, ids, "waitUntilRunning")
  assertTheseRun(self, ids)
  return ids
end

local function stopProcesses(sdk)
  local ids = {}
  for id in pairs(live(sdk)) do ids[#ids + 1] = id end
  for _, id in ipairs(ids) do sdk.processesV2:stopProcess { processId = id } end
  waitForAll(sdk, ids, "waitUntilStopped")
end

local function processesOf(sdk)
  local ids = {}
  for id in pairs(live(sdk)) do ids[#ids + 1] = id end
  waitForAll(sdk, ids, "waitUntilRunning")
  return ids
end

local moments = {
  ["during creates of rooms"] = function(self, sdk, keys, signal)
    disturbSoon(self, signal)
    askWhileDisturbed(function(key) createRoom(sdk, key, 1) end, keys)
    recover[signal](self)
    local later <close> = self:sdk()
    placedRooms(later)
    createRooms(later, keys)
    return assertAllPlaced(self, later, keys)
  end,
  ["during destroys of rooms"] = function(self, sdk, keys, signal)
    createRooms(sdk, keys)
    local function destroy(key) sdk.roomsV2:destroyRoom({ roomId = key }, { timeout = 1 }) end
    disturbSoon(self, signal)
    askWhileDisturbed(destroy, keys)
    recover[signal](self)
    local later <close> = self:sdk()
    local placed = placedRooms(later)
    for _, key in ipairs(keys) do
      local status = later.roomsV2:getRoomInfo({ roomId = key }).status
      if status == "destroyed" then placed = placedRooms(later) end
      assert.equal(placed[key] and "active" or "destroyed", status)
      later.roomsV2:destroyRoom { roomId = key }
      local ok, problem = pcall(later.roomsV2.resumeRoom, later.roomsV2, { roomId = key })
      assert.same({ false, 404 }, { ok, not ok and problem.statusCode })
    end
    assert.same({}, placedRooms(later))
    return processesOf(later)
  end,
  ["during resumes of rooms"] = function(self, sdk, keys, signal)
    createRooms(sdk, keys)
    stopProcesses(sdk)
    disturbSoon(self, signal)
    askWhileDisturbed(function(key)
      sdk.roomsV2:resumeRoom({ roomId = key }, { timeout = 1 })
    end, keys)
    recover[signal](self)
    local later <close> = self:sdk()
    placedRooms(later)
    for _, key in ipairs(keys) do later.roomsV2:resumeRoom { roomId = key } end
    return assertAllPlaced(self, later, keys)
  end,
  idle = function(self, sdk, keys, signal)
    local before = waitForAll(sdk, createAll(self, sdk, keys), "waitUntilRunning")
    local pids = games(self)
    disturbSoon(self, signal)
    recover[signal](self)
    self.made = self.made - #keys
    local later <close> = self:sdk()
    local ids = createAll(self, later, keys)
    assert.same(before, waitForAll(later, ids, "waitUntilRunning"))
    assert.same(pids, games(self))
    return ids
  end,
  ["during create"] = function(self, sdk, keys, signal)
    disturbSoon(self, signal)
    askWhileDisturbed(function(key)
      sdk.processesV2:createProcess({ region = "Tokyo" }, { idempotencyKey = key, timeout = 1 })
    end, keys)
    recover[signal](self)
    local later <close> = self:sdk()
    local ids = createAll(self, later, keys)
    waitForAll(later, ids, "waitUntilRunning")
    assertTheseRun(self, ids)
    return ids
  end,
  ["during creates at once"] = function(self, sdk, keys, signal)
    disturbSoon(self, signal)
    hathora.all(createAtOnce(sdk, keys, 1))
    recover[signal](self)
    local later <close> = self:sdk()
    local ids = createAll(self, later, keys)
    waitForAll(later, ids, "waitUntilRunning")
    assertTheseRun(self, ids)
    return ids
  end,
  ["during stop"] = function(self, sdk, keys, signal)
    local ids = createAll(self, sdk, keys)
    waitForAll(sdk, ids, "waitUntilRunning")
    disturbSoon(self, signal)
    askWhileDisturbed(function(id)
      sdk.processesV2:stopProcess({ processId = id }, { timeout = 1 })
    end, ids)
    recover[signal](self)
    return ids
  end,
}

local function stopAll(self, ids)
  local sdk <close> = self:sdk()
  for _, id in ipairs(ids) do sdk.processesV2:stopProcess { processId = id } end
  for _, stopped in ipairs(waitForAll(sdk, ids, "waitUntilStopped")) do
    assert.equal("stopped", stopped.status)
  end
  assert.same({}, procfs.withVariable("HATHORA_APP_ID", self.appId))
end

local rounds = 4 * (tonumber(os.getenv "HATHORA_SPEC_ROUNDS") or 1)

describe("no orphan, no duplicate and no lost port comes of a host #outside", function()
  local words = { KILL = "killed", TERM = "told to end", STOP = "stopped for a while" }
  for signal, word in pairs(words) do
    for moment, disturb in pairs(moments) do
      it(("%s, %s"):format(word, moment), function()
        seed.with(function()
          local matrix <close> = start()
          for _ = 1, rounds do
            local sdk <close> = matrix:sdk()
            stopAll(matrix, disturb(matrix, sdk, newKeys(), signal))
          end
        end)
      end)
    end
  end

  for _, point in ipairs { "prepared", "recorded", "started" } do
    it("killed in a create just after it is " .. point, function()
      local matrix <close> = start()
      matrix.host:stop "KILL"
      matrix.host:restart { HATHORA_HOST_FAULT = point }
      local sdk <close> = matrix:sdk()
      local keys = newKeys()
      local ok, problem = pcall(sdk.processesV2.createProcess, sdk.processesV2,
        { region = "Tokyo" }, { idempotencyKey = keys[1] })
      assert.is_false(ok)
      assert.equal("maybe", problem.sent)
      recover.KILL(matrix)
      local later <close> = matrix:sdk()
      local ids = createAll(matrix, later, keys)
      waitForAll(later, ids, "waitUntilRunning")
      assertTheseRun(matrix, ids)
      stopAll(matrix, ids)
    end)
  end

  for _, point in ipairs { "prepared", "recorded", "started" } do
    it("killed in several creates just after the first is " .. point, function()
      local matrix <close> = start()
      matrix.host:stop "KILL"
      matrix.host:restart { HATHORA_HOST_FAULT = point }
      local sdk <close> = matrix:sdk()
      local keys = newKeys()
      local _, failures = hathora.all(createAtOnce(sdk, keys, 5))
      for index = 1, count do assert.is_truthy(failures[index], "an answer") end
      recover.KILL(matrix)
      local later <close> = matrix:sdk()
      local ids = createAll(matrix, later, keys)
      waitForAll(later, ids, "waitUntilRunning")
      assertTheseRun(matrix, ids)
      stopAll(matrix, ids)
    end)
  end

  for _, point in ipairs { "prepared", "recorded", "started", "roomRecorded" } do
    it("killed in a create of a room just after it is " .. point, function()
      local matrix <close> = start()
      matrix.host:stop "KILL"
      matrix.host:restart { HATHORA_HOST_FAULT = point }
      local sdk <close> = matrix:sdk()
      local keys = newKeys()
      assert.is_false((pcall(createRoom, sdk, keys[1])))
      recover.KILL(matrix)
      local later <close> = matrix:sdk()
      local before = placedRooms(later)[keys[1]]
      assert.equal(point ~= "prepared", before ~= nil)
      createRooms(later, keys)
      assert.equal(before or placedRooms(later)[keys[1]], placedRooms(later)[keys[1]])
      local ids = assertAllPlaced(matrix, later, keys)
      for _, id in ipairs(ids) do -- the next host tells the game as the first would have
        local log = later.logsV1:getLogsForProcess { processId = id }
        local first = log:match "its first room is (%S+):"
        assert.equal(id, placedRooms(later)[first])
      end
      stopAll(matrix, ids)
    end)
  end

  it("killed in a stop that is recorded and not begun", function()
    local matrix <close> = start()
    matrix.host:stop "KILL"
    matrix.host:restart { HATHORA_HOST_FAULT = "stopRecorded" }
    local sdk <close> = matrix:sdk()
    local id = { processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
    sdk.processesV2:waitUntilRunning(id)
    assert.is_false((pcall(sdk.processesV2.stopProcess, sdk.processesV2, id)))
    recover.KILL(matrix)
    local later <close> = matrix:sdk()
    later.processesV2:waitUntilStopped(id) -- the next host carries it out unasked
    assert.same({}, procfs.withVariable("HATHORA_APP_ID", matrix.appId))
  end)

  -- Those whose command line names a process's result; the pattern does not match itself.
  local function shimOf(id)
    local pids = {}
    for pid in process.run { "pgrep", "-f", "result[s]/" .. id }:gmatch "%d+" do
      pids[#pids + 1] = pid
    end
    return pids
  end

  -- Hundredths of a second that a process has computed (proc(5)).
  local function ticks(pid)
    local fields = {}
    local stat = process.readFile(("/proc/%d/stat"):format(pid)):match ".*%) (.*)"
    for field in stat:gmatch "%S+" do fields[#fields + 1] = field end
    return tonumber(fields[12]) + tonumber(fields[13])
  end

  it("killed that keeps nothing: a shim does nothing but wait for its game's grace", function()
    local told = os.tmpname()
    local running <close> = host.start { apps = { [host.appId] = { stopGrace = 60,
      env = { TOLD = told }, user = host.user, command = { "/bin/sh", "-c",
        "trap 'echo told >$TOLD' TERM; echo ready; while :; do sleep 0.1; done" } } } }
    process.run { "chmod", "666", told }
    local sdk <close> = hathora.new(running:options())
    local id = { processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
    process.waitFor(function() return sdk.logsV1:getLogsForProcess(id) == "ready\n" end, "it")
    local worker = shimOf(id.processId)[2]
    running:stop "KILL"
    process.waitFor(function() return process.readFile(told) == "told\n" end, "it to be told")
    local before = ticks(worker)
    socket.sleep(1)
    assert.is_true(ticks(worker) - before < 5, ticks(worker) - before)
    os.remove(told)
  end)

  -- By their numbers the guard is the first; the worker is its child.
  local victims = {
    ["the guard of its shim"] = function(pids) return { pids[1] } end,
    ["the worker of its shim"] = function(pids) return { pids[2] } end,
    ["all of its shim"] = function(pids) return pids end,
  }
  for victim, choose in pairs(victims) do
    it("killed while a stop is in its grace, and then " .. victim, function()
      local stubborn = "trap '' TERM; (setsid sleep 1000 &) ; echo ready; "
        .. "while :; do sleep 1000; done"
      local running <close> = host.start { directory = true, apps = { [host.appId] = {
        command = { "/bin/sh", "-c", stubborn }, user = host.user, stopGrace = 60 } } }
      local sdk <close> = hathora.new(running:options())
      local id = { processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
      process.waitFor(function() return sdk.logsV1:getLogsForProcess(id) == "ready\n" end, "it")
      local shim = shimOf(id.processId)
      assert.equal(2, #shim)
      sdk.processesV2:stopProcess(id)
      running:stop "KILL"
      process.run { "kill", "-KILL", table.unpack(choose(shim)) }
      running:restart()
      local later <close> = hathora.new(running:options())
      assert.equal("stopped", later.processesV2:waitUntilStopped(id).status)
      assert.same({}, procfs.withVariable("HATHORA_PROCESS_ID", id.processId))
    end)
  end
end)
