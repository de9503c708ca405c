--- Ids that a command line gives only the beginning of.
-- What such a beginning stands for is looked up among all live processes and the ten ended last,
-- or among the rooms that are on live processes. One that fits several is never acted on.
-- @module hathora.cli.ids

local hathora = require "hathora"
local schema = require "hathora.schema"
local time = require "hathora.time"

local ids = {}

-- A whole UUID (RFC 9562), which is what processes have, needs no list.
local uuidLength = 36
-- How many a list of the latest has.
local pageSize = 10
local maxNamed = 5

local live, ended = {}, {}
for _, status in ipairs(schema.values "ProcessStatus") do
  local list = schema.terminal[status] and ended or live
  list[#list + 1] = status
end

local function refuse(message, ...) error({ usage = message:format(...) }, 0) end

local function milliseconds(text) return math.floor(time(text) * 1000 + 0.5) end

-- Those of a page that were not on one before.
local function addNew(processes, seen, page)
  local count = 0
  for _, process in ipairs(page) do
    if not seen[process.processId] then
      seen[process.processId], count = true, count + 1
      processes[#processes + 1] = process
    end
  end
  return count
end

-- All live processes, a page at a time. Each page begins in the millisecond that the one before
-- ended in: a process on the border is listed twice rather than never.
-- @treturn {table,...}
-- @treturn boolean whether there are more, which this server has no page for
local function liveProcesses(sdk)
  local processes, seen, before = {}, {}, nil
  while true do
    local page = sdk.processesV3:getLatestProcesses { status = live, before = before }
    local added = addNew(processes, seen, page)
    if #page < pageSize then return processes, false end
    if added == 0 then return processes, true end
    before = milliseconds(page[#page].createdAt) + 1
  end
end

local function candidateProcesses(sdk)
  local processes, isPart = liveProcesses(sdk)
  local latest = sdk.processesV3:getLatestProcesses { status = ended }
  return table.move(latest, 1, #latest, #processes + 1, processes), isPart
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

--- What several fit, in a sentence.
-- @tparam string what "process" or "room"
-- @tparam string beginning
-- @tparam {string,...} found the ids that begin so
-- @treturn string
function ids.ambiguous(what, beginning, found)
  local named = table.concat(found, ", ", 1, math.min(#found, maxNamed))
  local more = #found > maxNamed and (" and %d more"):format(#found - maxNamed) or ""
  return ("more than one %s begins with %s: %s%s"):format(what, beginning, named, more)
end

-- The only one of `list` whose id begins so; an id that is whole is nobody else's beginning.
local function only(list, key, what, beginning)
  local found = {}
  for _, item in ipairs(list) do
    local id = item[key]
    if id == beginning then return id end
    if id:sub(1, #beginning) == beginning then found[#found + 1] = id end
  end
  if found[2] then refuse("%s", ids.ambiguous(what, beginning, found)) end
  return found[1]
end

local function certain(id, isPart, what, beginning)
  if isPart and id ~= beginning then
    refuse("there are too many processes to tell which %s %s is the beginning of: give its whole id",
      what, beginning)
  end
  return id
end

--- The id of a process.
-- @tparam table sdk
-- @tparam string given an id, or the beginning of one
-- @treturn string what was given where nothing begins so
-- @raise a table with `usage` where several do
function ids.process(sdk, given)
  if #given >= uuidLength then return given end
  local processes, isPart = candidateProcesses(sdk)
  local id = only(processes, "processId", "process", given)
  return certain(id, isPart, "process", given) or given
end

--- The id of a room. Rooms are named by their users: what is given may be whole at any length, so
-- ask for that first.
-- @tparam table sdk
-- @tparam string given the beginning of an id
-- @treturn ?string nil where no room begins so
-- @raise a table with `usage` where several do
function ids.room(sdk, given)
  local processes, isPart = liveProcesses(sdk)
  local id = only(roomsOn(sdk, processes), "roomId", "room", given)
  return certain(id, isPart, "room", given)
end

return ids
