--- A command line's parser, made from its grammar by argparse.
-- @module hathora.cli.parser

local ok, argparse = pcall(require, "argparse")
if not ok then
  error("hathora's command line needs argparse: apt-get install lua-argparse, or luarocks install "
    .. "argparse", 0)
end
local complete = require "hathora.cli.complete"
local core = require "hathora.core"
local manual = require "hathora.cli.manual"
local output = require "hathora.cli.output"

local parser = {}

local function describe(option)
  return option.env and ("%s Or set %s."):format(option[2], option.env) or option[2]
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

-- An option that prints something and ends the program.
local function addPrinter(made, text)
  made:action(function(_, _, value)
    output.write(text(value))
    os.exit(0, true)
  end)
end

local function addHelp(command)
  command:add_help { description = "Print this help and exit.", action = function()
    output.write(command:get_help() .. "\n")
    os.exit(0, true)
  end }
end

local function addPrinters(top, grammar)
  addPrinter(top:flag("--version", "Print the version and exit."), function()
    return grammar.name .. " " .. core._VERSION .. "\n"
  end)
  addPrinter(top:flag("--manual", "Print the man page and exit."), function()
    return manual.page(grammar)
  end)
  addPrinter(top:option("--completion", "Print a shell's completion script and exit.")
    :argname "SHELL":choices(complete.shells), function(shell)
    return complete.script(grammar, shell)
  end)
end

local function addCommand(parent, name, row, grammar)
  local command = parent:command(name, row[2])
  addHelp(command)
  if row.usage then command:usage(row.usage) end
  for _, argument in ipairs(row.arguments or {}) do
    command:argument(argument[1], argument[2]):args(argument.args or "?")
  end
  add(command, row.options or {})
  if not row.alone then add(command, grammar.options) end
end

local function make(grammar)
  local top = argparse(grammar.name, grammar.summary)
  top:help_max_width(80)
  addHelp(top)
  addPrinters(top, grammar)
  top:require_command(true)
  top:command_target "group"
  local groups = {}
  for _, row in ipairs(grammar.commands) do
    local group, name = row[1]:match "^(%S+) (%S+)$"
    if group and not groups[group] then
      groups[group] = top:command(group, grammar.groups[group])
      addHelp(groups[group])
      groups[group]:require_command(true)
      groups[group]:command_target "command"
    end
    addCommand(group and groups[group] or top, name or row[1], row, grammar)
  end
  return top
end

-- The variable that stands in for an option; a flag's is set unless it is empty or 0.
local function standIn(option)
  local value = option.env and os.getenv(option.env)
  if not value or value == "" then return nil end
  if not option.argname then return value ~= "0" or nil end
  if not option.convert then return value end
  local converted, problem = option.convert(value)
  if converted == nil then error({ usage = ("%s: %s"):format(option.env, problem) }, 0) end
  return converted
end

local function key(option)
  return (option[1]:match "^%-*([%w-]+)":gsub("-", "_"))
end

local function fill(arguments, options)
  for _, option in ipairs(options) do
    local name = key(option)
    if type(arguments[name]) == "table" and not next(arguments[name]) then arguments[name] = nil end
    -- A token is found in its own way: see `hathora.cli.credentials`.
    if arguments[name] == nil and not name:find "^token" then arguments[name] = standIn(option) end
    if option.needed and arguments[name] == nil then
      error({ usage = ("%s is missing: give it, or set %s"):format(option[1]:match "%S+",
        option.env) }, 0)
    end
  end
end

--- Take a command line apart, and fill in from the environment what it leaves out.
-- @tparam table grammar
-- @tparam {string,...} words
-- @treturn table the command's row
-- @treturn table its arguments and options by name
-- @raise a table with `usage`, what is wrong, and `help`, the command whose help says more
function parser.parse(grammar, words)
  local _, path = complete.locate(grammar, words)
  local made, row, arguments = make(grammar), nil, nil
  function made.error(_, message) error({ usage = message }, 0) end
  local good, problem = pcall(function()
    arguments = made:parse(words)
    row = complete.locate(grammar, { arguments.group, arguments.command })
    fill(arguments, row.options or {})
    if not row.alone then fill(arguments, grammar.options) end
  end)
  if good then return row, arguments end
  if type(problem) == "table" then problem.help = path end
  error(problem, 0)
end

return parser
