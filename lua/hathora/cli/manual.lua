--- The man page of `hathora`, made from the grammar: roff with the macros of man(7).
-- @module hathora.cli.manual

local core = require "hathora.core"
local grammar = require "hathora.cli.grammar"

local manual = {}

local function escape(text)
  return (text:gsub("\\", "\\e"):gsub("-", "\\-"):gsub("\n%.", "\n\\&."))
end

local function writeOption(lines, option)
  local names = {}
  for name in option[1]:gmatch "%S+" do names[#names + 1] = "\\fB" .. escape(name) .. "\\fR" end
  lines[#lines + 1] = ".TP"
  lines[#lines + 1] = table.concat(names, ", ")
    .. (option.argname and " \\fI" .. option.argname .. "\\fR" or "")
  lines[#lines + 1] = escape(option[2]) .. (option.env and " Or " .. option.env .. "." or "")
end

--- The page.
-- @treturn string
function manual.page()
  local lines = {
    '.TH HATHORA 1 "" "hathora ' .. core._VERSION .. '"',
    ".SH NAME", "hathora \\- " .. escape(grammar.summary:gsub("^%u", string.lower):gsub("%.$", "")),
    ".SH SYNOPSIS", ".B hathora processes", "\\fICOMMAND\\fR [\\fIOPTION\\fR]...",
    ".SH COMMANDS",
  }
  for _, row in ipairs(grammar.commands) do
    lines[#lines + 1] = (".SS %s%s"):format(row[1], row.argument and " PROCESS" or "")
    lines[#lines + 1] = escape(row[2])
    for _, option in ipairs(row.options) do writeOption(lines, option) end
  end
  lines[#lines + 1] = ".SH OPTIONS OF EVERY COMMAND"
  for _, option in ipairs(grammar.options) do writeOption(lines, option) end
  lines[#lines + 1] = ".SH EXIT STATUS"
  for _, exit in ipairs(grammar.exits) do
    lines[#lines + 1] = (".TP\n.B %d\n%s"):format(exit[1], escape(exit[2]))
  end
  return table.concat(lines, "\n") .. "\n"
end

return manual
