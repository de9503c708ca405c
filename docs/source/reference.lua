--- The reference pages docs/operations.md and docs/options.md, from the contract and the options.

local contract = require "hathora.contract"
local library = require "docs.source.library"
local options = require "hathora.options"
local schema = require "hathora.schema"
local types = require "hathora.schema.types"
local wait = require "hathora.call.wait"

local reference = {}

local function cell(text) return (text:gsub("|", "\\|")) end

local function isGlobal(name)
  for _, global in ipairs(contract.globals) do if name == global then return true end end
  return false
end

-- A type in words: a list of T is [T], a table of T under names of one's own {T}.
local function typeName(kind)
  if kind.list then return ("[%s]"):format(kind.name) end
  return kind.map and ("{%s}"):format(kind.name) or kind.name
end

local function range(least, most, unit)
  if not most then return nil end
  if least then return (" %d to %d%s."):format(least, most, unit) end
  return (" At most %d%s."):format(most, unit)
end

local function bounds(kind)
  if kind.allowed then return (" %s."):format(kind.allowed:gsub("^%l", string.upper)) end
  return range(kind.minimum, kind.maximum, "") or range(kind.minLength, kind.maxLength,
    " characters") or ""
end

local function fieldRows(lines, fields)
  lines[#lines + 1] = "| field | type | |"
  lines[#lines + 1] = "| --- | --- | --- |"
  for _, field in ipairs(fields) do
    local left = field.optional and " Optional." or isGlobal(field.name)
      and " Optional if the sdk has one." or ""
    lines[#lines + 1] = ("| `%s` | %s | %s%s%s |"):format(field.name, typeName(field.type),
      field.doc, bounds(field.type), left)
  end
end

-- What an example asks for, by the name of a field.
local samples = {
  region = '"Tokyo"', processId = 'os.getenv "PROCESS_ID"', status = '{ "running" }',
  tailLines = "20", roomId = '"room-1"', shortCode = '"abc"', roomConfig = [['{"map":"harbour"}']],
  visibility = '"public"', initialConfig = '{ map = "harbour" }', state = "{ players = 2 }",
  nickname = '"Ada"', idToken = '"a token of Google\'s"',
}

local function sample(field)
  if field.type.list and field.type.name == "Region" then return '{ "Tokyo", "Seattle" }' end
  return samples[field.name]
end

local function example(group, name, fields)
  local given = {}
  for _, field in ipairs(fields) do
    if sample(field) then given[#given + 1] = field.name .. " = " .. sample(field) end
  end
  return ([[```lua
local hathora = require "hathora"
local sdk <close> = hathora.fromEnvironment()

local answer, response = sdk.%s:%s%s
print(answer, response.statusCode)
```]]):format(group, name, given[1] and " { " .. table.concat(given, ", ") .. " }" or "()")
end

local function gives(operation)
  if operation.answer == "none" then return "true" end
  if operation.answer == "bytes" then return "text, or true with `onData`" end
  local kind = operation.success.type
  return kind.list and "a list of " .. kind.name or kind.name
end

local function statuses(operation)
  local sorted = {}
  for status in pairs(operation.errors) do sorted[#sorted + 1] = status end
  table.sort(sorted)
  return sorted[1] and table.concat(sorted, ", ") or "no status"
end

local securities = {
  developer = "", player = " Sent with the player's token.", none = " Sent without a token.",
}

--- docs/operations.md.
function reference.operations()
  local lines = { [[# Operations

Every operation, written from [the contract](../lua/hathora/contract) by `make reference`; do not
edit this page. Each operation has a second form that returns a call in flight at once, such as
`createProcessAsync`: see [Event loops](event-loops.md). [Errors](errors.md) says what they raise,
and [Options](options.md) what their second argument may hold. The examples read the server from
HATHORA_CLOUD_ENDPOINT, the token from HATHORA_TOKEN and the application from HATHORA_APP_ID.
]] }
  for operation in schema.each() do
    lines[#lines + 1] = ("## %s:%s\n"):format(operation.group, operation.name)
    lines[#lines + 1] = ("%s `%s %s`\n"):format(operation.doc, operation.method, operation.path)
    if operation.fields[1] then
      fieldRows(lines, operation.fields)
      lines[#lines + 1] = ""
    end
    lines[#lines + 1] = ("Returns %s. Raises an ApiError for %s. %s%s\n"):format(gives(operation),
      statuses(operation), operation.idempotent and "Retried after a transient failure."
        or "Never sent twice, unless the first attempt did not reach the server.",
      securities[operation.security])
    lines[#lines + 1] = example(operation.group, operation.name, operation.fields) .. "\n"
  end
  for _, row in ipairs(wait.rows) do
    lines[#lines + 1] = ("## %s:%s\n"):format(row.group, row.name)
    lines[#lines + 1] = ("%s Repeats `%s` for at most `timeout` seconds (60), which is also a "
      .. "field of the request. Returns what that returned last. Raises a %s when the %s ends "
      .. "otherwise, a TimeoutError when time runs out.\n")
      :format(row.doc, row.polled, row.failure, row.subject)
  end
  lines[#lines + 1] = "# Records\n\nA null is nil. Fields that the API adds later are passed "
    .. "on.\n"
  for _, name in ipairs(types.names "record") do
    lines[#lines + 1] = ("## %s\n\n| field | type | |\n| --- | --- | --- |"):format(name)
    for _, field in ipairs(schema.records[name]) do
      lines[#lines + 1] = ("| `%s` | %s%s | %s |"):format(field.name, typeName(field.type),
        (field.optional or field.type.nullable) and " or nil" or "", field.doc)
    end
    lines[#lines + 1] = ""
  end
  return table.concat(lines, "\n")
end

local function default(row)
  if row.shown then return row.shown end
  return row.default == nil and "" or tostring(row.default)
end

local function optionRows(rows)
  local lines = { "| option | type | default | |", "| --- | --- | --- | --- |" }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("| `%s` | %s | %s | %s |"):format(row[1],
      cell((row[2].lua:gsub("hathora%.", ""))), default(row), row[3])
  end
  return table.concat(lines, "\n")
end

local function responseRows(rows)
  local lines = { "| field | type | |", "| --- | --- | --- |" }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("| `%s` | %s | %s |"):format(row[1], cell(row[2]), row[3])
  end
  return table.concat(lines, "\n")
end

-- What no option says: the sdk's own methods, and the module.
local methods = {
  { "`sdk:close()`", "lets go of all connections; calls in flight are dropped. `local sdk <close>` "
    .. "does it at the end of the block" },
  { "`sdk:step(seconds)`, `sdk:pollfd()`, `sdk:events()`, `sdk:timeout()`",
    "see [Event loops](event-loops.md)" },
  { "`sdk:inFlight()`", "how many calls `step` still has something to do for, with those "
    .. "that are queued" },
  { "`hathora.all { a, b }`", "waits for calls in flight; returns their payloads and their errors, "
    .. "by position" },
  { "`hathora.time(text)`", "the Unix seconds, with their fraction, of one of the API's times; nil "
    .. "and the reason for other text" },
  { "`hathora.info()`",
    "what this build can do: `libcurl` (its version), `nonblockingDns`, `http2`" },
  { "`hathora.Region.Tokyo`, `hathora.ProcessStatus.Running`, ...",
    "the members of the API's enums" },
  { "`hathora._VERSION`", "the version" },
}

local function methodRows()
  local lines = { "| | |", "| --- | --- |" }
  for _, row in ipairs(methods) do lines[#lines + 1] = ("| %s | %s |"):format(row[1], row[2]) end
  return table.concat(lines, "\n")
end

--- docs/options.md.
function reference.options()
  return ([[# Options

Every option, written from [its table](../lua/hathora/options.lua) by `make reference`; do not edit
this page. Misspelt and wrong options raise a RequestError that names all of them. Times are in
seconds, and may have fractions.

## Of an sdk: `hathora.new { ... }`

%s

`hathora.fromEnvironment(options)` reads HATHORA_TOKEN, HATHORA_APP_ID, HATHORA_CLOUD_ENDPOINT and
HATHORA_DEBUG. `hathora.new` reads no variable; libcurl reads those that name a proxy.

## Of a call: the second argument of every operation

%s

## Of `retry`

%s

## Of `security`

%s

## What a call returns

A call returns the payload of its operation, or true if it has none, and then the response:

```lua
local hathora = require "hathora"
local sdk <close> = hathora.fromEnvironment()

local processes, response = sdk.processesV2:getLatestProcesses()
print(#processes, response.statusCode, response.timings.total)
```

%s

A call in flight (`createProcessAsync` and so on) gives the same two from `call:result()`. The other
methods of a call are in [Event loops](event-loops.md).

## The sdk and the module

%s
]]):format(optionRows(options.sdk), optionRows(options.call), optionRows(options.retry),
    optionRows(options.security), responseRows(library.response), methodRows())
end

return reference
