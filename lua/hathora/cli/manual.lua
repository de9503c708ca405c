--- A command line's man page, made from its grammar: roff with the macros of man(7).
-- @module hathora.cli.manual

local core = require "hathora.core"

local manual = {}

local function escape(text)
  return (text:gsub("\\", "\\e"):gsub("-", "\\-"):gsub("^%.", "\\&."):gsub("\n%.", "\n\\&."))
end

local function item(head, text) return (".TP\n%s\n%s"):format(head, escape(text)) end

local function optionItem(option)
  local names = {}
  for name in option[1]:gmatch "%S+" do names[#names + 1] = "\\fB" .. escape(name) .. "\\fR" end
  return item(table.concat(names, ", ")
    .. (option.argname and " \\fI" .. option.argname .. "\\fR" or ""), option[2])
end

local function writeCommand(add, row)
  local head = { escape(row[1]) }
  for _, argument in ipairs(not row.usage and row.arguments or {}) do
    head[#head + 1] = argument[1]:upper()
  end
  add(".SS " .. table.concat(head, " "))
  add(escape(row[2]))
  if row.usage then
    add((".PP\n.nf\n%s\n.fi"):format(escape((row.usage:gsub("%f[^\0\n].......", "")))))
  end
  for _, option in ipairs(row.options or {}) do add(optionItem(option)) end
end

-- What the environment says: of each option's variable, and what the grammar adds.
local function variables(grammar)
  local list, seen = {}, {}
  local function add(name, text)
    if name and not seen[name] then list[#list + 1], seen[name] = { name, text }, true end
  end
  local function ofOptions(options)
    for _, option in ipairs(options) do
      add(option.env, "The default of " .. option[1]:match "%S+" .. ".")
    end
  end
  ofOptions(grammar.options)
  for _, row in ipairs(grammar.commands) do ofOptions(row.options or {}) end
  for _, pair in ipairs(grammar.environment) do add(pair[1], pair[2]) end
  return list
end

--- The page.
-- @treturn string
function manual.page(grammar)
  local lines = {}
  local function add(line) lines[#lines + 1] = line end
  add(('.TH %s 1 "" "%s %s"'):format(grammar.name:upper(), grammar.name, core._VERSION))
  add(".SH NAME")
  add(("%s \\- %s"):format(escape(grammar.name),
    escape((grammar.summary:gsub("^%u", string.lower):gsub("%.$", "")))))
  add(".SH SYNOPSIS")
  add((".B %s\n\\fICOMMAND\\fR [\\fIOPTION\\fR]..."):format(escape(grammar.name)))
  add(".SH DESCRIPTION")
  for index, paragraph in ipairs(grammar.description) do
    if index > 1 then add(".PP") end
    add(escape(paragraph))
  end
  add(".SH COMMANDS")
  for _, row in ipairs(grammar.commands) do writeCommand(add, row) end
  add ".SH OPTIONS"
  add(grammar.optionsOf and escape(grammar.optionsOf) or "Every command that calls a server takes:")
  for _, option in ipairs(grammar.options) do add(optionItem(option)) end
  add ".SH EXAMPLES"
  for _, example in ipairs(grammar.examples) do
    add((".TP\n%s\n.nf\n%s\n.fi"):format(escape(example[1]), escape(example[2])))
  end
  add ".SH ENVIRONMENT"
  for _, pair in ipairs(variables(grammar)) do add(item(".B " .. pair[1], pair[2])) end
  add ".SH EXIT STATUS"
  for _, exit in ipairs(grammar.exits) do add(item(".B " .. exit[1], exit[2])) end
  return table.concat(lines, "\n") .. "\n"
end

return manual
