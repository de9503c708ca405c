--- What the beginning of an id stands for. It is looked up among all live processes and the ten
-- newest of those that have ended, or among the rooms on live processes.
-- @module hathora.cli.ids

local abbreviation = require "hathora.cli.abbreviation"
local hathora = require "hathora"
local schema = require "hathora.schema"
local time = require "hathora.time"

local ids = {}

-- A whole UUID (RFC 9562), as processes have, needs no list.
local uuidLength = 36
-- How many processes a list of the latest has.
local pageSize = 10

local live, ended = {}, {}
for _, status in ipairs(schema.values "ProcessStatus") do
  local list = schema.terminal[status] and ended or live
  list[#list + 1] = status
end

local function milliseconds(text) return math.floor(time(text) * 1000 + 0.5) end

-- How many of a page were on none before.
local function add(processes, page)
  local count = 0
  for _, process in ipairs(page) do
    if not processes[process.processId] then
      processes[process.processId], count = process, count + 1
      processes[#processes + 1] = process
    end
  end
  return count
end

-- All live processes, a page at a time. A page begins in the millisecond in which the one before
-- ended: what was created in it is listed twice rather than not at all.
-- @treturn {table,...}
-- @treturn boolean whether this server has more than it lists
local function liveProcesses(sdk)
  local processes, before = {}, nil
  while true do
    local page = sdk.processesV3:getLatestProcesses { status = live, before = before }
    local count = add(processes, page)
    if #page < pageSize or count == 0 then return processes, #page >= pageSize end
    before = milliseconds(page[#page].createdAt) + 1
  end
end

local function resolve(list, key, given, what, isPart)
  local all = {}
  for index, item in ipairs(list) do all[index] = item[key] end
  local id = abbreviation.resolve(all, given, what)
  if isPart and id ~= given then
    error({ usage = ("there are too many processes to tell which %s begins with %s; give its "
      .. "whole id"):format(what, given) }, 0)
  end
  return id
end

--- The id of a process.
-- @tparam table sdk
-- @tparam string given an id, or the beginning of one
-- @treturn string what was given, where none begins so
-- @raise a table with `usage`, where several do
function ids.process(sdk, given)
  if #given >= uuidLength then return given end
  local processes, isPart = liveProcesses(sdk)
  add(processes, (sdk.processesV3:getLatestProcesses { status = ended }))
  return resolve(processes, "processId", given, "process", isPart) or given
end

local function roomsOn(sdk, processes)
  local calls, rooms = {}, {}
  for _, process in ipairs(processes) do
    if process.roomsAllocated > 0 then
      calls[#calls + 1] = sdk.roomsV2:getActiveRoomsForProcessAsync {
        processId = process.processId }
    end
  end
  hathora.all(calls)
  for _, call in ipairs(calls) do
    local found = call:result()
    table.move(found, 1, #found, #rooms + 1, rooms)
  end
  return rooms
end

--- The id of a room that has another id than what was given. Users name rooms: an id may be whole
-- at any length, so ask for what was given first.
-- @tparam table sdk
-- @tparam string given the beginning of an id
-- @treturn ?string nil where none begins so
-- @raise a table with `usage`, where several do
function ids.room(sdk, given)
  local processes, isPart = liveProcesses(sdk)
  return resolve(roomsOn(sdk, processes), "roomId", given, "room", isPart)
end

return ids
