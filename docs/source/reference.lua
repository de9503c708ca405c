--- The reference pages docs/operations.md and docs/options.md, from the contract and the options.

local contract = require "hathora.contract"
local described = require "docs.source.options"
local schema = require "hathora.schema"
local waiting = require "hathora.waiting"

local reference = {}

local function cell(text) return (text:gsub("|", "\\|")) end

local function isGlobal(name)
  for _, global in ipairs(contract.globals) do if name == global then return true end end
  return false
end

local function fieldRows(lines, fields)
  lines[#lines + 1] = "| field | type | |"
  lines[#lines + 1] = "| --- | --- | --- |"
  for _, field in ipairs(fields) do
    local kind = field.type.list and ("[%s]"):format(field.type.name) or field.type.name
    local left = field.optional and " May be left out." or isGlobal(field.name)
      and " May be left out where the sdk has one." or ""
    lines[#lines + 1] = ("| `%s` | %s | %s%s |"):format(field.name, kind, field.doc, left)
  end
end

-- What an example asks for, by the name of a field.
local samples = {
  region = '"Tokyo"', processId = 'os.getenv "PROCESS_ID"', status = '{ "running" }',
  tailLines = "20",
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
  if not operation.answer then return "true" end
  local kind = operation.answer
  if kind.name == "bytes" then return "text, or true with `onData`" end
  return kind.list and "a list of " .. kind.name or kind.name
end

local function statuses(operation)
  local sorted = {}
  for status in pairs(operation.raises) do sorted[#sorted + 1] = status end
  table.sort(sorted)
  return sorted[1] and table.concat(sorted, ", ") or "no status"
end

--- docs/operations.md.
function reference.operations()
  local lines = { [[# Operations

Made from [the contract](../lua/hathora/contract.lua) by `make reference`; do not edit. Each
operation has a second form that returns at once with a call in flight: `createProcessAsync` and so
on, see [event-loops.md](event-loops.md). What any of them may raise is in [errors.md](errors.md),
the second argument they all take in [options.md](options.md). The examples find the server in
HATHORA_CLOUD_ENDPOINT, the token in HATHORA_TOKEN and the app in HATHORA_APP_ID.
]] }
  for _, operation in ipairs(schema.operations) do
    lines[#lines + 1] = ("## %s:%s\n"):format(operation.group, operation.name)
    lines[#lines + 1] = ("%s `%s %s`\n"):format(operation.doc, operation.method, operation.path)
    if operation.fields[1] then
      fieldRows(lines, operation.fields)
      lines[#lines + 1] = ""
    end
    lines[#lines + 1] = ("Gives %s. An ApiError for %s. %s%s\n"):format(gives(operation),
      statuses(operation), operation.repeatable and "Tried again when it fails in passing."
        or "Sent once, unless it provably never left.",
      operation.open and " Sent without a token." or "")
    lines[#lines + 1] = example(operation.group, operation.name, operation.fields) .. "\n"
  end
  for _, row in ipairs(waiting.rows) do
    lines[#lines + 1] = ("## %s:%s\n"):format(row.group, row.name)
    lines[#lines + 1] = ("%s Looks with `%s` again and again, at most `timeout` seconds (60), also "
      .. "a field of the request. Gives the process; a ProcessError when it ended otherwise.\n")
      :format(row.doc, row.look)
  end
  lines[#lines + 1] = "# Records\n\nA field that may be null is nil then. What the API adds later "
    .. "passes through.\n"
  local names = {}
  for name in pairs(contract.types) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    lines[#lines + 1] = ("## %s\n\n| field | type | |\n| --- | --- | --- |"):format(name)
    for _, field in ipairs(schema.records[name]) do
      local kind = field.type.list and ("[%s]"):format(field.type.name) or field.type.name
      lines[#lines + 1] = ("| `%s` | %s%s | %s |"):format(field.name, kind,
        field.optional and " or nil" or "", field.doc)
    end
    lines[#lines + 1] = ""
  end
  return table.concat(lines, "\n")
end

local function optionRows(rows)
  local lines = { "| option | type | default | |", "| --- | --- | --- | --- |" }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("| `%s` | %s | %s | %s |"):format(row[1], cell(row[2]), row[3], row[4])
  end
  return table.concat(lines, "\n")
end

--- docs/options.md.
function reference.options()
  return ([[# Options

Made from [source/options.lua](source/options.lua) by `make reference`; do not edit. A misspelt or
wrong option is a RequestError that names all of them. Times are in seconds, with fractions.

## Of an sdk: `hathora.new { ... }`

%s

`hathora.fromEnvironment(options)` reads HATHORA_TOKEN, HATHORA_APP_ID, HATHORA_CLOUD_ENDPOINT and
HATHORA_DEBUG; nothing else reads the environment, but for libcurl's own: the proxy variables,
and SSLKEYLOGFILE, a file that the keys of TLS connections are written to.

## Of a call: the second argument of every operation

%s

## Of `retry`

%s
]]):format(optionRows(described.sdk), optionRows(described.call), optionRows(described.retry))
end

return reference
