--- library/hathora.lua: the types that LuaLS (https://luals.github.io) completes and checks by.

local contract = require "hathora.contract"
local options = require "hathora.options"
local schema = require "hathora.schema"
local suggest = require "hathora.suggest"
local types = require "hathora.schema.types"
local wait = require "hathora.call.wait"

local library = {}

local basic = {
  ["date-time"] = "string", bytes = "string", text = "string", string = "string",
  integer = "integer", number = "number", boolean = "boolean", any = "any",
}

local function luaType(kind)
  local name = basic[kind.name] or "hathora." .. kind.name
  if kind.map then return ("table<string, %s>"):format(name) end
  return kind.list and name .. "[]" or name
end

local function class(lines, name, rows)
  lines[#lines + 1] = "---@class " .. name
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("---@field %s%s %s %s"):format(row[1], row.optional and "?" or "", row[2],
      row[3])
  end
  lines[#lines + 1] = ""
end

local isGlobal = {}
for _, name in ipairs(contract.globals) do isGlobal[name] = true end

local function record(lines, name, fields, isRequest)
  local rows = {}
  for index, field in ipairs(fields) do
    rows[index] = { field.name, luaType(field.type), field.doc, optional = field.optional
      or field.type.nullable or isRequest and isGlobal[field.name] }
  end
  class(lines, "hathora." .. name, rows)
end

-- The name of an operation's request: `roomsV2.CreateRoomRequest`.
local function requestName(operation)
  return ("%s.%sRequest"):format(operation.group, (operation.name:gsub("^%l", string.upper)))
end

local function optionClass(lines, name, rows)
  local fields = {}
  for index, row in ipairs(rows) do
    fields[index] = { row[1], row[2].lua, row[3], optional = true }
  end
  class(lines, name, fields)
end

local function method(lines, group, row)
  local optional = row.optional and "?" or ""
  for _, form in ipairs { "", "Async" } do
    table.move({ "---" .. row.doc, ("---@param request%s %s"):format(optional, row.takes),
      "---@param options? hathora.CallOptions" }, 1, 3, #lines + 1, lines)
    if form == "" then
      lines[#lines + 1] = "---@return " .. row.gives .. " answer"
      lines[#lines + 1] = "---@return hathora.Response response"
    else
      lines[#lines + 1] = "---@return hathora.Call call in flight"
    end
    lines[#lines + 1] = ("function %s:%s%s(request, options) end\n"):format(group, row.name, form)
  end
end

local function operationRow(operation)
  local needed = false
  for _, field in ipairs(operation.fields) do
    needed = needed or not field.optional and not isGlobal[field.name]
  end
  return { name = operation.name, doc = operation.doc, optional = not needed,
    takes = "hathora." .. requestName(operation),
    gives = operation.success.type and luaType(operation.success.type) or "true" }
end

-- What a group can do.
local function groupRows(group)
  local rows = {}
  for index, name in ipairs(schema.names(group)) do
    rows[index] = operationRow(schema.operation(group, name))
  end
  for _, row in ipairs(wait.rows) do
    if row.group == group then
      local polled = operationRow(schema.operation(group, row.polled))
      rows[#rows + 1] = { name = row.name, doc = row.doc, gives = polled.gives,
        takes = polled.takes .. "|{ timeout: number }" }
    end
  end
  return rows
end

--- The fields of a response.
library.response = {
  { "statusCode", "integer", "The HTTP status." },
  { "contentType", "string?", "The type of the body, if the server says it." },
  { "headers", "table<string, string>", "The headers; their names in lower case." },
  { "rawResponse", "string", "The body." },
  { "attempts", "integer", "The number of the last attempt." },
  { "timings", "table<string, number>?", "Seconds from the start: `nameLookup`, `connect`, `tls`, "
    .. "`firstByte`, `total`. Nil with a `client` of your own." },
  { "reused", "boolean", "Was the connection kept from an earlier call?" },
}

local failure = {
  { "name", '"ApiError"|"SDKException"|"ConnectionError"|"TimeoutError"|"CancelledError"'
    .. '|"RequestError"|"SecurityError"|"ProcessError"|"RoomError"', "" },
  { "message", "string", "" }, { "statusCode", "integer?", "" },
  { "body", "table|string|nil", "" }, { "headers", "table<string, string>?", "" },
  { "sent", '"no"|"maybe"|"yes"|nil', "Whether the server may have acted." },
  { "operation", "string?", "" }, { "method", "string?", "" }, { "url", "string?", "" },
  { "attempts", "integer?", "" }, { "idempotencyKey", "string?", "" },
  { "problems", "{ path: string, message: string }[]?", "Of a RequestError." },
  { "process", "hathora.ProcessV2?", "Of a wait for a process: as last seen." },
  { "room", "hathora.ConnectionInfoV2?", "Of a wait for a room: as last seen." },
}

-- What no row tells: the sdk's own methods, calls, and the module.
local fixed = [[
---@class hathora.Call
local call = {}
---Has it ended, in success or failure?
---@return boolean
function call:isDone() end
---What the plain call returns, or raises.
---@return any answer
---@return hathora.Response response
function call:result() end
---Step until it has ended, or the time is up.
---@param seconds? number
---@return boolean ended
function call:wait(seconds) end
---Cancel it; its error's `sent` says whether the server may have acted.
---@return boolean cancelled false when it had ended
function call:cancel() end

---Do what there is to do; wait up to `seconds` for something to do.
---@param seconds? number 0 if left out
function sdk:step(seconds) end
---@return integer descriptor readable when `step` has something to do
function sdk:pollfd() end
---@return "r"
function sdk:events() end
---@return number? seconds until `step` has something to do at the latest
function sdk:timeout() end
---@return integer calls that have not been answered
function sdk:inFlight() end
function sdk:close() end

---Make an sdk.
---@param options? hathora.Options
---@return hathora.Sdk
function hathora.new(options) end
---Make an sdk from HATHORA_TOKEN, HATHORA_APP_ID, HATHORA_CLOUD_ENDPOINT and HATHORA_DEBUG.
---@param options? hathora.Options
---@return hathora.Sdk
function hathora.fromEnvironment(options) end
---Wait for many calls.
---@param calls hathora.Call[]
---@return table<integer, any> answers by position
---@return table<integer, hathora.Error> errors by position
function hathora.all(calls) end
---Unix seconds of one of the API's times.
---@param text string
---@return number?
function hathora.time(text) end
---What this build can do.
---@return { libcurl: string, nonblockingDns: boolean, http2: boolean }
function hathora.info() end

return hathora
]]

--- The file's text.
function library.text()
  local lines = { "---@meta hathora",
    "-- Made from lua/hathora/contract by `make reference`; do not edit.", "" }
  for _, name in ipairs(types.names "enum") do
    lines[#lines + 1] = "---@alias hathora." .. name
    for _, value in ipairs(types.values(name)) do
      lines[#lines + 1] = ('---| "%s"'):format(value)
    end
    lines[#lines + 1] = "---| string\n"
  end
  for _, name in ipairs(types.names "record") do record(lines, name, types.records[name]) end
  for operation in schema.each() do
    record(lines, requestName(operation), operation.fields, true)
  end
  optionClass(lines, "hathora.Options", options.sdk)
  optionClass(lines, "hathora.CallOptions", options.call)
  optionClass(lines, "hathora.RetryOptions", options.retry)
  optionClass(lines, "hathora.Security", options.security)
  class(lines, "hathora.Response", library.response)
  class(lines, "hathora.Error", failure)
  local groups = {}
  for index, group in ipairs(schema.groups()) do
    lines[#lines + 1] = ("---@class hathora.%s\nlocal %s = {}\n"):format(group, group)
    for _, row in ipairs(groupRows(group)) do method(lines, group, row) end
    groups[index] = { group, "hathora." .. group, "" }
  end
  class(lines, "hathora.Sdk", groups)
  lines[#lines] = "local sdk = {}\n"
  lines[#lines + 1] = "---@class hathora\n---@field _VERSION string\nlocal hathora = {}\n"
  for _, name in ipairs(types.names "enum") do
    lines[#lines + 1] = ("hathora.%s = {"):format(name)
    for _, member in ipairs(suggest.names(schema.enums[name])) do
      lines[#lines + 1] = ('  %s = "%s",'):format(member, schema.enums[name][member])
    end
    lines[#lines + 1] = "}\n"
  end
  return (table.concat(lines, "\n") .. "\n" .. fixed):gsub("[ \t]+\n", "\n")
end

return library
