--- A command line's completion: what may stand where the cursor is, by the grammar.
-- The shell's script asks the command itself, as `COMMAND --complete WORD...`.
-- @module hathora.cli.complete

local complete = {
  --- The shells there are scripts for.
  shells = { "bash", "zsh", "fish" },
}

local scripts = {
  bash = [[
_NAME() {
  local words
  words=$(COMMAND --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _NAME COMMAND
]],
  zsh = [[
#compdef COMMAND
_NAME() {
  compadd -- ${(f)"$(COMMAND --complete ${words[2,CURRENT]} 2>/dev/null)"}
}
compdef _NAME COMMAND
]],
  fish = [[
complete -c COMMAND -f \
  -a '(COMMAND --complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
]],
}

--- A shell's script.
function complete.script(grammar, shell)
  return (scripts[shell]:gsub("COMMAND", grammar.name):gsub("NAME", (grammar.name:gsub("-", "_"))))
end

--- The command that words begin with.
-- @treturn ?table its row, nil when they name none yet
-- @treturn string what of them was understood: the program, its group, the command
function complete.locate(grammar, words)
  local first, second = words[1] or "", words[2] or ""
  for _, row in ipairs(grammar.commands) do
    if row[1] == first or row[1] == first .. " " .. second then
      return row, grammar.name .. " " .. row[1]
    end
  end
  local isGroup = grammar.groups and grammar.groups[first]
  return nil, isGroup and grammar.name .. " " .. first or grammar.name
end

local function commandNames(grammar, path)
  local names, prefix = {}, path:sub(#grammar.name + 2)
  for _, row in ipairs(grammar.commands) do
    local name = prefix == "" and row[1]:match "^%S+" or row[1]:match("^" .. prefix .. " (%S+)$")
    if name and names[#names] ~= name then names[#names + 1] = name end
  end
  return names
end

local function optionsOf(grammar, row)
  local all = { table.unpack(row.options or {}) }
  if not row.alone then table.move(grammar.options, 1, #grammar.options, #all + 1, all) end
  return all
end

local function offered(item, values)
  if item.choices then return item.choices end
  local find = values[item.values]
  return find and find() or {}
end

--- What may stand at the last of the words, which is the one being written.
-- @tparam table grammar
-- @tparam {string,...} words without the program's name
-- @tparam table values functions that find what an option's or argument's `values` names
-- @treturn {string,...}
function complete.words(grammar, words, values)
  local row, path = complete.locate(grammar, words)
  if not row then return commandNames(grammar, path) end
  local current, before, names = words[#words] or "", words[#words - 1], { "--help" }
  for _, option in ipairs(optionsOf(grammar, row)) do
    for name in option[1]:gmatch "%S+" do
      if name == before and option.argname then return offered(option, values) end
    end
    names[#names + 1] = option[1]:match "^%S+"
  end
  local argument = row.arguments and row.arguments[1]
  if argument and current:sub(1, 1) ~= "-" then return offered(argument, values) end
  return names
end

return complete
