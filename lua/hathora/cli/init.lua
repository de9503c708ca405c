--- The command line `hathora`.
-- @module hathora.cli

local actions = require "hathora.cli.actions"
local advice = require "hathora.cli.advice"
local errors = require "hathora.errors"
local hathora = require "hathora"
local log = require "hathora.log"
local output = require "hathora.cli.output"
local parser = require "hathora.cli.parser"

local command = {}

local function say(text) io.stderr:write("hathora: ", text, "\n") end

local function usage(message) error({ usage = message }, 0) end

local function open(arguments)
  return hathora.new {
    appId = arguments.app_id, serverUrl = arguments.hathora_cloud_endpoint, caFile = arguments.ca,
    security = arguments.token and { hathoraDevToken = arguments.token },
    timeout = arguments.timeout, log = arguments.debug and log.toStandardError or nil,
  }
end

-- A line on standard error that the next one takes the place of; nothing where no one looks.
local function passing()
  if not output.isTerminal(2) then return function() end end
  return function(text) io.stderr:write("\r\27[K", text or "") end
end

local function emptyToNil(arguments)
  for name, value in pairs(arguments) do
    if type(value) == "table" and not next(value) then arguments[name] = nil end
  end
  return arguments
end

local function perform(words)
  local parse = parser.new()
  function parse.error(_, message) usage(message) end
  local arguments, mistake = parser.complete(emptyToNil(parse:parse(words)))
  if not arguments then usage(mistake) end
  local form
  form, mistake = output.form(arguments.output)
  if not form then usage(mistake) end
  local sdk <close> = open(arguments)
  actions[arguments.command](sdk, arguments, function(payload) print(form(payload)) end, passing())
end

--- Run the command line.
-- @tparam {string,...} words
-- @treturn integer the exit status: see `hathora.cli.grammar`
function command.run(words)
  local ok, problem = pcall(perform, words)
  if ok then return 0 end
  if type(problem) == "table" and problem.usage then
    say(problem.usage)
    io.stderr:write("Try `hathora --help`.\n")
    return 2
  end
  if not errors.is(problem) then error(problem, 0) end
  say(tostring(problem))
  local next = advice.on(problem)
  if next then io.stderr:write(next, "\n") end
  return advice.exit(problem)
end

return command
