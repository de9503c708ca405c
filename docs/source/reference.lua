--- The reference pages docs/operations.md and docs/options.md, from the contract and the options.

local contract = require "hathora.contract"
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
    local left = field.optional and " May be left out." or isGlobal(field.name)
      and " May be left out where the sdk has one." or ""
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

Made from [the contract](../lua/hathora/contract) by `make reference`; do not edit. Each
operation has a second form that returns at once with a call in flight: `createProcessAsync` and so
on, see [event-loops.md](event-loops.md). What any of them may raise is in [errors.md](errors.md),
the second argument they all take in [options.md](options.md). The examples find the server in
HATHORA_CLOUD_ENDPOINT, the token in HATHORA_TOKEN and the app in HATHORA_APP_ID.
]] }
  for operation in schema.each() do
    lines[#lines + 1] = ("## %s:%s\n"):format(operation.group, operation.name)
    lines[#lines + 1] = ("%s `%s %s`\n"):format(operation.doc, operation.method, operation.path)
    if operation.fields[1] then
      fieldRows(lines, operation.fields)
      lines[#lines + 1] = ""
    end
    lines[#lines + 1] = ("Gives %s. An ApiError for %s. %s%s\n"):format(gives(operation),
      statuses(operation), operation.idempotent and "Tried again when it fails in passing."
        or "Sent once, unless it provably never left.",
      securities[operation.security])
    lines[#lines + 1] = example(operation.group, operation.name, operation.fields) .. "\n"
  end
  for _, row in ipairs(wait.rows) do
    lines[#lines + 1] = ("## %s:%s\n"):format(row.group, row.name)
    lines[#lines + 1] = ("%s Looks with `%s` again and again, at most `timeout` seconds (60), also "
      .. "a field of the request. Gives the process; a ProcessError when it ended otherwise.\n")
      :format(row.doc, row.look)
  end
  lines[#lines + 1] = "# Records\n\nA field that may be null is nil then. What the API adds later "
    .. "passes through.\n"
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

--- docs/options.md.
function reference.options()
  return ([[# Options

Made from [its options](../lua/hathora/options.lua) by `make reference`; do not edit. A misspelt or
wrong option is a RequestError that names all of them. Times are in seconds, with fractions.

## Of an sdk: `hathora.new { ... }`

%s

`hathora.fromEnvironment(options)` reads HATHORA_TOKEN, HATHORA_APP_ID, HATHORA_CLOUD_ENDPOINT and
HATHORA_DEBUG; nothing else reads the environment, but for libcurl's own: the proxy variables.

## Of a call: the second argument of every operation

%s

## Of `retry`

%s
## Of `security`

%s
]]):format(optionRows(options.sdk), optionRows(options.call), optionRows(options.retry),
    optionRows(options.security))
end

return reference
