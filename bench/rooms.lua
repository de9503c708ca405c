--- What rooms cost the host: rooms.lua [COUNT]
-- Creates COUNT (10000) rooms on processes of ten thousand places, lists them all, and prints how
-- many were created a second and what each costs the host in memory.

local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local socket = require "socket"

local count, places = tonumber(arg[1] or 10000), 10000

local running <close> = host.start { directory = true, apps = { [host.appId] = {
  command = { process.build .. "/examples/gameserver" }, user = host.user,
  roomsPerProcess = places } } }
local sdk <close> = hathora.new(running:options { timeout = 300 })

-- Resident memory of the host alone, in KiB.
local function resident()
  local pages = process.readFile(("/proc/%d/statm"):format(running.process.pid)):match "%d+ (%d+)"
  return tonumber(pages) * 4
end

local function create(amount)
  local calls = {}
  for index = 1, amount do
    calls[index] = sdk.roomsV2:createRoomAsync { region = "Tokyo", roomConfig = '{"mode":"duel"}' }
  end
  local _, failures = hathora.all(calls)
  local _, failure = next(failures)
  assert(not failure, tostring(failure))
end

create(100)
local before, began = resident(), socket.gettime()
for _ = 1, count // 100 - 1 do create(100) end
print(("rooms created a second, a hundred in flight: %.0f"):format(
  (count - 100) / (socket.gettime() - began)))
print(("memory of the host for each of %d rooms: %.1f KiB"):format(count,
  (resident() - before) / (count - 100)))
for _, made in ipairs(sdk.processesV2:getLatestProcesses()) do
  sdk.roomsV2:getActiveRoomsForProcess { processId = made.processId }
end
print(("once all were listed: %.1f KiB"):format((resident() - before) / (count - 100)))
