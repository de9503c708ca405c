--- What a configuration's values may be, as rules that report every mistake they find.
-- A rule has `allowed`, words for what would be right, and
-- `check(value, path, report)`, which calls `report(path, message)` for each mistake.
-- @module hathora.host.config.rules

local suggest = require "hathora.suggest"

local rules = {}

local function show(value)
  if type(value) == "string" then return (("%q"):format(value):gsub("\\\n", "\\n")) end
  if type(value) == "table" then
    return not next(value) and "empty" or #value > 0 and "a list of " .. #value or "a table"
  end
  return tostring(value)
end

-- Where a table should be that holds a secret, the secret itself may be.
local function wrong(rule, value, path, report)
  local isHidden = rule.secret and type(value) ~= "table"
  local shown = isHidden and "is not valid (its value is not shown)" or "is " .. show(value)
  report(path, ("%s; it must be %s"):format(shown, rule.allowed))
end

--- A single value.
-- @tparam string allowed
-- @tparam function test whether a value will do
function rules.value(allowed, test)
  local rule = { allowed = allowed }
  function rule.check(value, path, report)
    if not test(value) then wrong(rule, value, path, report) end
  end
  return rule
end

--- Text of some form. Nothing that becomes an argument, a path or a variable may hold a NUL.
-- @tparam string allowed
-- @tparam[opt] string pattern
function rules.text(allowed, pattern)
  return rules.value(allowed, function(value)
    return type(value) == "string" and not value:find "%z" and (not pattern or
      value:find(pattern) ~= nil)
  end)
end

--- Text that no message may show: rules that contain it show none either.
function rules.secret(allowed, pattern)
  local rule = rules.text(allowed, pattern)
  rule.secret = true
  return rule
end

--- A whole number within limits.
function rules.integer(least, most)
  return rules.value(("a whole number from %d to %d"):format(least, most), function(value)
    return math.type(value) == "integer" and value >= least and value <= most
  end)
end

--- A number within limits, of some unit.
function rules.number(unit, least, most)
  return rules.value(("a number of %s from %g to %g"):format(unit, least, most), function(value)
    return type(value) == "number" and value >= least and value <= most
  end)
end

--- One of a set of texts.
function rules.member(set)
  local names = table.concat(suggest.names(set), ", ")
  return rules.value("one of " .. names, function(value) return set[value] ~= nil end)
end

--- A list of so many values (`most` may be left out), each under one rule.
function rules.list(of, least, most)
  local count = least == most and least
    or most and ("%d to %d"):format(least, most) or "at least " .. least
  local rule = { allowed = ("a list of %s %s"):format(count,
    (most or least) == 1 and "value" or "values"), secret = of.secret }
  function rule.check(value, path, report)
    if type(value) ~= "table" or #value < least or #value > (most or #value) then
      return wrong(rule, value, path, report)
    end
    for key, element in pairs(value) do
      local isHidden = of.secret and type(key) == "string"
      local place = ("%s[%s]"):format(path, isHidden and "..." or show(key))
      if math.type(key) ~= "integer" or key < 1 or key > #value then
        report(place, "has no place in a list, whose keys are 1, 2, 3 and so on")
      else
        of.check(element, place, report)
      end
    end
  end
  return rule
end

--- A table from names to values, each under its rule.
function rules.map(name, of, allowed)
  local rule = { allowed = allowed, secret = of.secret }
  function rule.check(value, path, report)
    if type(value) ~= "table" then return wrong(rule, value, path, report) end
    for key, element in pairs(value) do
      local place = ("%s[%s]"):format(path, show(key))
      name.check(key, place, report)
      of.check(element, place, report)
    end
  end
  return rule
end

--- A table of named fields: `{ name = { rule, required = true } }`.
function rules.record(fields)
  local rule = { allowed = "a table of settings" }
  for _, field in pairs(fields) do rule.secret = rule.secret or field[1].secret end
  local known = suggest.names(fields)
  local function place(path, name)
    return path == "" and tostring(name) or ("%s.%s"):format(path, tostring(name))
  end
  function rule.check(value, path, report)
    if type(value) ~= "table" then return wrong(rule, value, path, report) end
    for name in pairs(value) do
      if not fields[name] then
        report(place(path, name), "is not a setting" .. suggest.sentence(name, known))
      end
    end
    for _, name in ipairs(known) do
      local of, element = fields[name][1], value[name]
      if element ~= nil then
        of.check(element, place(path, name), report)
      elseif fields[name].required then
        report(place(path, name), ("is missing; it must be %s"):format(of.allowed))
      end
    end
  end
  return rule
end

return rules
