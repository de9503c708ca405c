--- How each type of payload is shown to people, and what scripts want of it: one row a type.
--
-- `columns` are a list's, each `{ head, field or function }`; without them a list has the fields'
-- names as heads. `value` is the field that `--output value` prints. One record is shown with a
-- field a line, all that the contract has of it, unless `fields` lists them.
-- @module hathora.cli.views

local json = require "hathora.json"
local schema = require "hathora.schema"

local views = {}

local function place(record)
  local port = record.exposedPort
  return port and ("%s:%d/%s"):format(port.host, port.port, port.transportType) or "-"
end

local function roomsOf(process)
  return ("%d/%d"):format(process.roomsAllocated, process.roomsPerProcess)
end

local function toSeconds(field)
  return function(record) return (record[field]:gsub("%.%d+Z$", "Z")) end
end

-- A configuration may be long, and of several lines.
local function brief(field)
  return function(record)
    local text = (record[field] or "-"):gsub("%c", " ")
    local isLong = (utf8.len(text) or 0) > 40
    return isLong and text:sub(1, utf8.offset(text, 38) - 1) .. "..." or text
  end
end

local function processOf(room)
  return room.currentAllocation and room.currentAllocation.processId
end

local types = {
  ProcessV2 = { value = "processId",
    columns = { { "PROCESS", "processId" }, { "REGION", "region" }, { "STATUS", "status" },
      { "PORT", place }, { "ROOMS", roomsOf }, { "CREATED", toSeconds "createdAt" } },
    fields = { { "process", "processId" }, { "app", "appId" }, { "region", "region" },
      { "status", "status" }, { "port", place },
      { "rooms", function(process) return (roomsOf(process):gsub("/", " of ")) end },
      { "createdAt", "createdAt" }, { "startedAt", "startedAt" }, { "stoppingAt", "stoppingAt" },
      { "terminatedAt", "terminatedAt" } } },
  ProcessCount = { value = "count", text = "count" },
  RoomConnectionData = { value = "roomId",
    fields = { { "room", "roomId" }, { "status", "status" }, { "port", place },
      { "process", "processId" } } },
  ConnectionInfoV2 = { value = "roomId",
    fields = { { "room", "roomId" }, { "status", "status" }, { "port", place } } },
  RoomWithoutAllocations = { value = "roomId",
    columns = { { "ROOM", "roomId" }, { "STATUS", "status" }, { "PROCESS", processOf },
      { "CONFIG", brief "roomConfig" } } },
  Room = { value = "roomId",
    fields = { { "room", "roomId" }, { "app", "appId" }, { "status", "status" },
      { "process", processOf }, { "config", "roomConfig" },
      { "places", function(room) return #room.allocations end } } },
  LobbyV3 = { value = "roomId",
    columns = { { "ROOM", "roomId" }, { "REGION", "region" }, { "CODE", "shortCode" },
      { "VISIBILITY", "visibility" }, { "CREATED", toSeconds "createdAt" },
      { "CONFIG", brief "roomConfig" } } },
  PlayerTokenObject = { value = "token", text = "token" },
}
types.RoomAllocationData = types.RoomConnectionData

-- Every field that the contract has of a type, as shown.
local function allFields(kind)
  local fields = {}
  for index, field in ipairs(schema.records[kind]) do fields[index] = { field.name, field.name } end
  return fields
end

local function cell(record, source)
  local value = type(source) == "function" and source(record)
  if type(source) == "string" then value = record[source] end
  if type(value) == "table" then return json.encode(value) end
  return value ~= nil and tostring(value) or nil
end

--- The rows of a list, its heads first.
-- @tparam string kind the type of its elements
-- @tparam {table,...} records
-- @treturn {{string,...},...}
function views.list(kind, records)
  local columns, rows = types[kind].columns, { {} }
  for index, column in ipairs(columns) do rows[1][index] = column[1] end
  for number, record in ipairs(records) do
    local row = {}
    for index, column in ipairs(columns) do row[index] = cell(record, column[2]) or "-" end
    rows[number + 1] = row
  end
  return rows
end

--- The rows of one record: what each field is called, and its value. A record that is shown as one
-- value has a row of one cell.
-- @tparam string kind
-- @tparam table record
-- @treturn {{string,...},...}
function views.record(kind, record)
  local view, rows = types[kind], {}
  if view.text then return { { tostring(record[view.text]) } } end
  for _, field in ipairs(view.fields or allFields(kind)) do
    local value = cell(record, field[2])
    if value then rows[#rows + 1] = { field[1], value } end
  end
  for _, port in ipairs(record.additionalExposedPorts or {}) do
    rows[#rows + 1] = { "port " .. port.name, place { exposedPort = port } }
  end
  return rows
end

--- The field of a type that scripts want.
function views.value(kind) return types[kind].value end

return views
