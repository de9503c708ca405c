--- What the command line writes: aligned text for people, JSON or a single value for scripts.
-- @module hathora.cli.output

local columns = require "hathora.cli.columns"
local json = require "hathora.json"
local schema = require "hathora.schema"
local suggest = require "hathora.suggest"
local views = require "hathora.cli.views"

local output = {}

local status = schema.enums.ProcessStatus
local colours = {
  [status.Running] = "32", [status.Failed] = "31", [status.Stopped] = "90",
}

--- Is a stream a terminal? Asked of the shell, as Lua does not know.
-- @tparam integer descriptor
function output.isTerminal(descriptor)
  return os.execute(("test -t %d"):format(descriptor)) == true
end

--- May it be coloured? As https://no-color.org says.
function output.mayColour()
  return (os.getenv "NO_COLOR" or "") == "" and output.isTerminal(1)
end

local function colour(text)
  for word, code in pairs(colours) do
    text = text:gsub("(  )(" .. word .. ")(%s)", "%1\27[" .. code .. "m%2\27[0m%3")
  end
  return text
end

local function field(payload, path)
  local value = payload
  for name in path:gmatch "[^%.]+" do value = type(value) == "table" and value[name] or nil end
  if type(value) == "table" then return json.encode(value) end
  return value ~= nil and tostring(value) or ""
end

local function each(payload, path)
  if not json.isList(payload) then return field(payload, path) end
  local lines = {}
  for index, item in ipairs(payload) do lines[index] = field(item, path) end
  return table.concat(lines, "\n")
end

local function asText(kind, payload)
  local show = json.isList(payload) and views.list or views.record
  local text = columns.align(show(kind, payload))
  return output.mayColour() and colour(text) or text
end

-- Does a type have a field under this path of names?
local function hasField(kind, path)
  for name in path:gmatch "[^%.]+" do
    local fields = schema.records[kind]
    if not fields or not fields[name] then return false, fields or {} end
    kind = fields[name].type.name
  end
  return true
end

local function fieldNames(kind)
  local names = {}
  for index, row in ipairs(schema.records[kind] or {}) do names[index] = row.name end
  return names
end

--- Find how to write a payload.
-- @tparam[opt="text"] string name `text`, `json`, `value`, or a field's path followed by `Value`
-- @tparam ?string kind the type of what is written, or of each element of a list
-- @treturn[1] function(payload) -> text
-- @treturn[2] nil
-- @treturn[2] string what would have been right
function output.format(name, kind)
  name = name or "text"
  if name == "text" then
    return function(payload) return asText(kind, payload) end
  end
  if name == "json" then return json.encode end
  if name == "value" then
    return function(payload) return each(payload, views.value(kind)) end
  end
  local path = name:match "^([%w%.]+)Value$"
  if not path then
    return nil, ("--output is %q; it must be text, json, value, or a field's name followed by "
      .. "Value, such as statusValue"):format(name)
  end
  if kind and not hasField(kind, path) then
    return nil, ("--output is %q, but a result has no field %s%s"):format(name, path,
      suggest.sentence(path, fieldNames(kind)))
  end
  return function(payload) return each(payload, path) end
end

-- EPIPE of Linux: who reads has seen enough, as `| head -1` has.
local brokenPipe = 32

--- Write to standard output, at once.
-- @raise a table with `output`, why it cannot be written; that is empty where nobody reads any more
function output.write(text)
  local good, problem, code = io.stdout:write(text)
  if good then good, problem, code = io.stdout:flush() end
  if not good then error({ output = code == brokenPipe and "" or problem }, 0) end
end

--- What to say of an error of `write`.
-- @treturn ?string nil for nothing
function output.complaint(problem)
  return problem.output ~= "" and "standard output: " .. problem.output or nil
end

return output
