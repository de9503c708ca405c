-- The contract, held against itself and against the API's own documents.

local contract = require "hathora.contract"
local json = require "hathora.json"
local needs = require "support.needs"
local process = require "support.process"
local schema = require "hathora.schema"
local types = require "hathora.schema.types"

local folder = os.getenv "HATHORA_SPEC_OPENAPI" or "../shared/openapi"

describe("the contract", function()
  it("names each group, type and operation once", function()
    local groups, named = {}, {}
    for _, resourceName in ipairs(contract.resources) do
      local resource = contract.resource(resourceName)
      for group, rows in pairs(resource.groups or {}) do
        groups[group] = true
        local names = {}
        for _, row in ipairs(rows) do
          assert.is_nil(names[row[1]], row[1])
          names[row[1]] = true
        end
      end
      for _, kind in ipairs { "enums", "scalars", "types" } do
        for name in pairs(resource[kind] or {}) do
          assert.is_nil(named[name], name)
          named[name] = true
        end
      end
    end
    for _, group in ipairs(contract.groups) do
      assert.is_true(groups[group], group)
      groups[group] = nil
    end
    assert.is_nil(next(groups))
  end)

  it("has a type for every name in it", function()
    for _, name in ipairs(types.names "record") do assert.is_table(types.records[name]) end
    for operation in schema.each() do
      assert.is_true(operation.success.status >= 200, operation.name)
      assert.is_true(not operation.body or types.records[operation.body] ~= nil, operation.name)
    end
    assert.has_error(function() types.parse "[Unknown]?" end)
  end)

  it("has no field of a request in two places", function()
    for operation in schema.each() do
      local seen = {}
      for _, field in ipairs(operation.fields) do
        assert.is_nil(seen[field.name], operation.name .. " " .. field.name)
        seen[field.name] = true
      end
    end
  end)

  it("reads a group's file only when the group is asked for", function()
    local script = "local hathora = require 'hathora' local sdk = hathora.new {} "
      .. "local function has(name) return package.loaded['hathora.contract.' .. name] ~= nil end "
      .. "io.write(tostring(has 'lobbies'), ' ', type(sdk.lobbiesV3), ' ', tostring(has 'lobbies'))"
    assert.equal("false table true", (process.run { "lua5.4", "-e", script }))
  end)
end)

-- The documents, the one that counts first.
local documents = {}
for _, name in ipairs { "latest-reconstructed.json", "2024-05-08.json" } do
  local text = process.readFile(folder .. "/" .. name)
  if text then
    local document = json.decode(text)
    document.name = name
    documents[#documents + 1] = document
  end
end

-- An operation of a document by its row's method and path.
local function find(document, operation)
  local path = document.paths[operation.path]
  return path and path[operation.method:lower()]
end

local function origin(operation)
  for _, document in ipairs(documents) do
    local found = find(document, operation)
    if found then return found, document end
  end
end

local function copy(values)
  local result = {}
  for key, value in pairs(values) do result[key] = value end
  return result
end

local describeType

-- All properties of an object, each with whether it must be there.
local function propertiesOf(object, found)
  for name, property in pairs(object.properties or {}) do
    found[name] = describeType(property)
    found[name].required = false
  end
  for _, name in ipairs(object.required or {}) do found[name].required = true end
  return found
end

-- Of alternatives, only what all must have must be there.
local function alternativesOf(list)
  local found, counts = {}, {}
  for _, part in ipairs(list) do
    for name, property in pairs(describeType(part).properties) do
      counts[name] = (counts[name] or 0) + (property.required and 1 or 0)
      property.members = found[name] and found[name].members
        and table.move(found[name].members, 1, #found[name].members, #property.members + 1,
          copy(property.members)) or property.members
      found[name] = property
    end
  end
  for name, property in pairs(found) do property.required = counts[name] == #list end
  return found
end

local function partsOf(list)
  if not list[2] then return describeType(list[1]) end
  local found = { name = "record", properties = {} }
  for _, part in ipairs(list) do
    for name, property in pairs(describeType(part).properties) do
      found.properties[name] = property
    end
  end
  return found
end

local bounds = { "minimum", "maximum", "minLength", "maxLength", "pattern" }
local formats = { ["date-time"] = "date-time", binary = "bytes" }

-- What a name stands for in the document that counts first; an enum has the members of all.
local function dereference(name)
  local members, found = {}, nil
  for _, document in ipairs(documents) do
    local given = document.components.schemas[name]
    found = found or given
    if given and given.enum then table.move(given.enum, 1, #given.enum, #members + 1, members) end
  end
  if not members[1] then return found end
  found = copy(found)
  found.enum = members
  return found
end

-- A schema of a document, in the contract's own terms.
function describeType(given)
  local reference = given["$ref"]
  if reference then return describeType(dereference(reference:match "[^/]+$")) end
  local found
  if given.allOf then found = partsOf(given.allOf)
  elseif given.anyOf then
    found = { name = "record", properties = alternativesOf(given.anyOf) }
  elseif given.type == "array" then
    found = describeType(given.items)
    found.list = true
  elseif given.type == "object" then
    found = given.properties
      and { name = "record", properties = propertiesOf(given, {}) }
      or { name = "any", map = true }
  else
    found = { name = given.enum and "enum" or formats[given.format] or given.type,
      members = given.enum }
    for _, bound in ipairs(bounds) do found[bound] = given[bound] end
  end
  found.nullable = given.nullable or found.nullable or false
  return found
end

local compare, enumsSeen = nil, {}

local function compareRecord(place, fields, properties)
  for _, field in ipairs(fields) do
    local here = place .. "." .. field.name
    local theirs = properties[field.name]
    assert.is_table(theirs, here .. " is in no document")
    compare(here, field.type, theirs)
    assert.equal(theirs.required, not field.optional, here .. " must be there")
  end
  for name in pairs(properties) do
    assert.is_table(fields[name], place .. "." .. name .. " is missing in the contract")
  end
end

function compare(place, ours, theirs)
  assert.equal(theirs.list or false, ours.list, place .. " is a list")
  assert.equal(theirs.map or false, ours.map, place .. " is a map")
  assert.equal(theirs.nullable, ours.nullable or false, place .. " can be null")
  if ours.members then
    assert.equal("enum", theirs.name, place)
    enumsSeen[ours.name] = enumsSeen[ours.name] or {}
    for _, member in ipairs(theirs.members) do
      assert.is_true(ours.members[member], place .. ": " .. member)
      enumsSeen[ours.name][member] = true
    end
  elseif theirs.name == "record" then
    compareRecord(place, types.records[ours.name], theirs.properties)
  else
    assert.equal(theirs.name, ours.name, place)
  end
end

-- The parameters and the body of a document's operation, by name.
local function requestOf(found)
  local properties = {}
  for _, parameter in ipairs(found.parameters or {}) do
    properties[parameter.name] = describeType(parameter.schema)
    properties[parameter.name].place = parameter["in"]
    properties[parameter.name].required = parameter.required or false
  end
  local body = found.requestBody and found.requestBody.content["application/json"]
  local inBody = body and describeType(body.schema).properties or {}
  for name, property in pairs(inBody) do
    properties[name] = property
    property.place = "body"
  end
  return properties
end

-- A bound that the contract has stands in one of the documents, and the other way round.
local function compareBounds(operation, field, place)
  for _, bound in ipairs(bounds) do
    local said
    for _, document in ipairs(documents) do
      local found = find(document, operation)
      local theirs = found and requestOf(found)[field.name]
      if said == nil and theirs then said = theirs[bound] end
    end
    assert.equal(said, field.type[bound], ("%s: %s"):format(place, bound))
  end
end

local function successOf(found)
  for status, answer in pairs(found.responses) do
    if status:sub(1, 1) == "2" then
      local _, content = next(answer.content or {})
      -- The document of 2024 leaves out the `schema` around it.
      return tonumber(status), content and describeType(content.schema or content)
    end
  end
end

local function errorsOf(found)
  local set = {}
  for status in pairs(found.responses) do
    if status:sub(1, 1) ~= "2" then set[math.tointeger(tonumber(status))] = true end
  end
  return set
end

local securities = { hathoraDevToken = "developer", playerAuth = "player" }

local function securityOf(found)
  local first = found.security and found.security[1]
  return first and securities[next(first)] or "none"
end

local function lowered(name) return (name:gsub("^%u", string.lower)) end

local function namesOf(operation)
  local names = {}
  for _, document in ipairs(documents) do
    local found = find(document, operation)
    if found then
      names[lowered(found.operationId)] = true
      names[lowered(found.operationId):gsub("V2Deprecated$", "")] = true
    end
  end
  return names
end

-- What the contract leaves out: of the groups it has, operations that the later API no longer
-- has, and the measurements.
local leftOut = {
  ["/logs/v1/{appId}/all"] = true, ["/logs/v1/{appId}/deployment/{deploymentId}"] = true,
  ["/processes/v3/apps/{appId}/processes/process/{processId}/metrics"] = true,
}

local compared = needs(_ENV, function()
  return documents[2], "there are no documents of the API in " .. folder
end)

describe("beside the API's documents,", function()
  for operation in schema.each() do
    local found, document = origin(operation)
    compared(("%s.%s is as in %s"):format(operation.group, operation.name,
      document and document.name or "none"), function()
      assert.is_table(found, "no document has " .. operation.path)
      assert.is_true(namesOf(operation)[operation.name])
      local theirs = requestOf(found)
      for _, field in ipairs(operation.fields) do
        assert.equal(theirs[field.name].place, field.place, field.name)
        compareBounds(operation, field, field.name)
      end
      compareRecord("request", operation.fields, theirs)
      local status, kind = successOf(found)
      assert.equal(status, operation.success.status)
      if kind then compare("answer", operation.success.type, kind)
      else assert.equal("none", operation.answer) end
      assert.same(errorsOf(found), operation.errors)
      assert.equal(securityOf(found), operation.security)
      -- The second version of processes was deprecated last; here it is served as ever.
      if operation.group ~= "processesV2" then
        assert.equal(found.deprecated or false, operation.deprecated)
      end
    end)
  end

  compared("no operation of the contract's groups is left out, and no member of an enum is its own",
    function()
      local ours, prefixes = {}, {}
      for operation in schema.each() do
        ours[operation.path] = true
        prefixes[operation.path:match "^/%l+/v%d/"] = true
      end
      for _, document in ipairs(documents) do
        for path in pairs(document.paths) do
          local isOurs = prefixes[path:match "^/%l+/v%d/" or ""]
          assert.is_true(ours[path] or leftOut[path] or not isOurs, path)
        end
      end
      for name, seen in pairs(enumsSeen) do assert.same(types.members[name], seen, name) end
    end)
end)
