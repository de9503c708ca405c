--- The command line's parser and its completion, made from the grammar by argparse.
-- @module hathora.cli.parser

local ok, argparse = pcall(require, "argparse")
if not ok then
  error("hathora's command line needs argparse: apt-get install lua-argparse, or luarocks install "
    .. "argparse", 0)
end
local core = require "hathora.core"
local grammar = require "hathora.cli.grammar"
local manual = require "hathora.cli.manual"

local parser = {}

local function describe(option)
  return option.env and ("%s Or %s."):format(option[2], option.env) or option[2]
end

local function add(target, options)
  for _, option in ipairs(options) do
    local made = option.argname and target:option(option[1], describe(option))
      or target:flag(option[1], describe(option))
    if option.argname then made:argname(option.argname) end
    if option.choices then made:choices(option.choices) end
    if option.convert then made:convert(option.convert) end
    if option.count then made:count(option.count) end
    if option.required then made:count(1) end
  end
end

-- A flag that prints something and ends.
local function addPrinter(target, name, summary, text)
  target:flag(name, summary):action(function()
    io.stdout:write(text())
    os.exit(0, true)
  end)
end

--- Make the parser.
-- @treturn table of argparse; its result has `command`, `name` (of the command) and the options
function parser.new()
  local top = argparse(grammar.name, grammar.summary)
  addPrinter(top, "--version", "Print the version and exit.", function()
    return grammar.name .. " " .. core._VERSION .. "\n"
  end)
  addPrinter(top, "--manual", "Print the man page and exit.", manual.page)
  top:help_max_width(80)
  top:add_complete()
  top:require_command(true)
  top:command_target "group"
  local processes = top:command("processes", "Processes of an application.")
  processes:require_command(true)
  processes:command_target "command"
  for _, row in ipairs(grammar.commands) do
    local command = processes:command(row[1], row[2])
    if row.argument then
      command:argument(row.argument[1], row.argument[2]):args "?"
    end
    add(command, row.options)
    add(command, grammar.options)
  end
  return top
end

-- The variable that stands in for an option; a flag's is set unless it is empty or 0.
local function standIn(option)
  local value = option.env and os.getenv(option.env)
  if not value or value == "" then return nil end
  if not option.argname then return value ~= "0" or nil end
  if option.convert then return (option.convert(value)) end
  return value
end

local function key(option)
  return (option[1]:match "^%-*([%w-]+)":gsub("-", "_"))
end

local rows = {}
for _, row in ipairs(grammar.commands) do rows[row[1]] = row end

--- Fill in from the environment what the command line left out.
-- @treturn[1] table the arguments
-- @treturn[2] nil
-- @treturn[2] string what is missing
function parser.complete(arguments)
  local row = rows[arguments.command]
  for _, options in ipairs { row.options, grammar.options } do
    for _, option in ipairs(options) do
      local name = key(option)
      if arguments[name] == nil then arguments[name] = standIn(option) end
    end
  end
  for _, option in ipairs(grammar.options) do
    if option.needed and not arguments[key(option)] then
      return nil, ("%s is missing: give it, or set %s"):format(option[1]:match "%S+", option.env)
    end
  end
  arguments.process = arguments.process or arguments.process_id
  if row.argument and not arguments.process then return nil, "no process is named" end
  return arguments
end

return parser
