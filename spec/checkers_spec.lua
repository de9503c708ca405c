local check = require "hathora.schema.check"
local core = require "hathora.core"
local plan = require "hathora.call.plan"
local schema = require "hathora.schema"
local seed = require "support.seed"

-- Two know whether a request is right: the core, which says yes or no, and the schema's check,
-- which says why not. They must never differ.

local base = "http://127.0.0.1:1"
local defaults = { appId = "app-1" }

local clients = {}
for _, allowUnknown in ipairs { true, false } do
  clients[allowUnknown] = core.client { base = base, origin = base, defaults = defaults,
    direct = true, allowUnknown = allowUnknown }
end

local plans = {}
local function planOf(operation)
  plans[operation] = plans[operation] or plan.compile(operation)
  return plans[operation]
end

local function show(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts = {}
  for key, item in pairs(value) do
    parts[#parts + 1] = ("[%s]=%s"):format(show(key), show(item))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

-- A body is checked by the schema alone, before the core sees it.
local function ofUrl(operation, problems)
  local found = {}
  for _, problem in ipairs(problems or {}) do
    local field = operation.fields[problem.path:match "^[^.%[]+"]
    if not (field and field.place == "body") or problem.path:find "^%[" then
      found[#found + 1] = problem
    end
  end
  return found
end

local function agree(operation, request, allowUnknown)
  local problems = check.request(operation, request, defaults, { allowUnknown = allowUnknown })
  local call = clients[allowUnknown]:start(1, planOf(operation), request, nil,
    operation.body and "{}" or nil)
  if call then core.abort(call) end
  local why = ofUrl(operation, problems)
  if operation.body and #why ~= #(problems or {}) then return end
  assert(call ~= nil == (why[1] == nil), ("%s %s: the core says %s, the schema %s"):format(
    operation.name, show(request), call and "yes" or "no", why[1] and why[1].path .. " "
    .. why[1].message or "yes"))
  return call and call.url
end

local long = ("x"):rep(101)
local values = {
  "p-1", "", " ", ".", "..", "a/b", "é", "\xff", "a\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80",
  "a\0b", long, ("é"):rep(100), ("x"):rep(20000), "Tokyo", "tokyo", "running", "Atlantis",
  0, 1, 5000, 5001, -1, 2.0, 2.5, 0/0, 1/0, -1/0, math.maxinteger, math.mininteger, true, false,
  print, io.stdout, coroutine.create(print),
}

local function lists()
  local found = { {}, { [2] = "running" }, { nil, "running" }, { x = "running" }, { [0] = "Tokyo" },
    { "running", x = 1 }, { {} }, { "running", {} }, { [1.5] = "Tokyo" } }
  for _, value in ipairs(values) do
    found[#found + 1] = { value }
    found[#found + 1] = { "running", value }
    found[#found + 1] = { "Tokyo", value }
  end
  return found
end

-- A request with everything an operation must have, all right.
local function usual(operation)
  local request = {}
  for _, field in ipairs(operation.fields) do
    local kind = field.type
    if not field.optional and field.name ~= "appId" then
      request[field.name] = kind.members and next(kind.members) or kind.list and {}
        or kind.name == "integer" and 1 or kind.name == "boolean" or "p-1"
    end
  end
  return request
end

describe("the core and the schema agree", function()
  for operation in schema.each() do
    it(("on every type in every field of %s.%s"):format(operation.group, operation.name), function()
      local count = 0
      for _, allowUnknown in ipairs { true, false } do
        agree(operation, usual(operation), allowUnknown)
        agree(operation, {}, allowUnknown)
        for _, field in ipairs(operation.fields) do
          local function try(value)
            local request = usual(operation)
            request[field.name] = value
            agree(operation, request, allowUnknown)
            count = count + 1
          end
          for _, value in ipairs(values) do try(value) end
          for _, value in ipairs(lists()) do try(value) end
          try(nil)
        end
        for _, wrong in ipairs { { "p-1" }, { [true] = 1 }, { [2.5] = 1 }, { procesId = "x" } } do
          local request = usual(operation)
          for key, value in pairs(wrong) do request[key] = value end
          assert.is_nil(agree(operation, request, allowUnknown))
        end
      end
      assert.is_true(count >= #operation.fields * 100)
    end)
  end

  it("on a thousand random requests", function()
    seed.with(function()
      local random, operations, all = math.random, {}, { table.unpack(values) }
      for operation in schema.each() do operations[#operations + 1] = operation end
      for _, list in ipairs(lists()) do all[#all + 1] = list end
      local function pick(list) return list[random(#list)] end
      local right = 0
      for _ = 1, 1000 do
        local operation = pick(operations)
        local request = usual(operation)
        for _ = 1, random(0, 3) do
          local field = operation.fields[1] and pick(operation.fields)
          local name = random(8) == 1 and pick { 1, true, "nobody", "appid", 2.5 }
            or field and field.name or "x"
          request[name] = pick(all)
        end
        if agree(operation, request, random(2) == 1) then right = right + 1 end
      end
      assert.is_true(right > 50 and right < 950, right .. " were right")
    end)
  end)
end)
