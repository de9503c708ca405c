-- What the client writes, the host reads: random requests of every operation, there and back.

local check = require "hathora.schema.check"
local json = require "hathora.json"
local parameters = require "hathora.host.api.parameters"
local schema = require "hathora.schema"
local seed = require "support.seed"
local target = require "hathora.host.http.target"
local write = require "hathora.schema.write"

local letters = { "a", "Z", "7", "-", "_", " ", "/", "%", "?", "#", "&", "=", "+", ".", "[", "]",
  "\0", "\n", "é", "語", "😀", '"', "\\", "," }

local function randomText(kind)
  local least, most = kind.minLength or 1, math.min(kind.maxLength or 40, 40)
  local out = {}
  for index = 1, math.random(least, most) do
    out[index] = kind.pattern and letters[math.random(5)] or letters[math.random(#letters)]
  end
  return table.concat(out)
end

local function randomJson(depth)
  local choice = math.random(depth > 2 and 4 or 6)
  if choice == 1 then return math.random(-1000000, 1000000) end
  if choice == 2 then return math.random() end
  if choice == 3 then return randomText {} end
  if choice == 4 then return math.random() < 0.5 end
  local value = {}
  for index = 1, math.random(3) do
    value[choice == 5 and index or "k" .. index] = randomJson(depth + 1)
  end
  return value
end

local makers = {
  string = randomText,
  integer = function(kind) return math.random(kind.minimum or -1000, kind.maximum or 1000) end,
  number = function() return math.random() < 0.5 and math.random(1000) or math.random() * 1e12 end,
  boolean = function() return math.random() < 0.5 end,
  any = function() return randomJson(0) end,
}

local function one(kind)
  local members = kind.members and schema.values(kind.name)
  return members and members[math.random(#members)] or makers[kind.name](kind)
end

local function randomValue(kind, isEmptyKept)
  if not kind.list and not kind.map then return one(kind) end
  local value = {}
  for index = 1, math.random(isEmptyKept and 0 or 1, 4) do
    value[kind.list and index or "name" .. index] = one(kind)
  end
  return value
end

local function randomRequest(operation)
  local request = {}
  for _, field in ipairs(operation.fields) do
    if not field.optional or math.random() < 0.5 then
      request[field.name] = randomValue(field.type, field.place == "body")
    end
  end
  return request
end

-- The parameters of a path, as the host's router finds them.
local function pathParameters(operation, segments)
  local found, index = {}, 0
  for segment in operation.path:gmatch "/([^/]*)" do
    index = index + 1
    local name = segment:match "^{(.+)}$"
    if name then found[name] = segments[index] else assert.equal(segment, segments[index]) end
  end
  return found
end

local function thereAndBack(operation)
  local request = randomRequest(operation)
  assert.is_nil(check.request(operation, request, {}))
  local segments, query = target.parse(write.path(operation, request, {}))
  local fields, why = parameters.read(operation, pathParameters(operation, segments), query,
    write.body(operation, request))
  assert.is_nil(why)
  -- What may hold anything stays the text that it came as.
  for _, field in ipairs(operation.fields) do
    local value = fields[field.name]
    if field.type.map and value then fields[field.name] = json.decode(json.encode(value)) end
  end
  assert.same(request, fields)
end

describe("a random request", function()
  for operation in schema.each() do
    it(("of %s.%s arrives as it was sent"):format(operation.group, operation.name), function()
      seed.with(function()
        for _ = 1, 40 do thereAndBack(operation) end
      end)
    end)
  end
end)
