--- The command line `hathora-host`.
-- @module hathora.host.cli

local address = require "hathora.host.config.address"
local complete = require "hathora.cli.complete"
local config = require "hathora.host.config"
local core = require "hathora.core"
local credentials = require "hathora.cli.credentials"
local demo = require "hathora.host.cli.demo"
local grammar = require "hathora.host.cli.grammar"
local greeting = require "hathora.host.cli.greeting"
local inspect = require "hathora.host.cli.processes"
local machine = require "hathora.host.config.machine"
local output = require "hathora.cli.output"
local parser = require "hathora.cli.parser"
local remote = require "hathora.host.cli.remote"

local command = {}

local name = grammar.name

local function say(text) io.stderr:write(name, ": ", text, "\n") end

local function sayAll(problems, source)
  for _, problem in ipairs(problems) do say(source .. ": " .. problem) end
  return 1
end

local function usage(message) error({ usage = message }, 0) end

--- What each command does with its arguments; returns the exit status.
local actions = {}

-- The options that do not go with another, and why.
local excluded = {
  config = { options = { "listen", "token", "token_file", "hostname", "directory", "transport",
    "user", "certificate", "key" }, why = "set it in the configuration" },
  demo = { options = { "transport", "user" }, why = "the example game has its own" },
}

local function checkServe(arguments)
  local given = {}
  for _, option in ipairs { "demo", "config", "app" } do
    if arguments[option] then given[#given + 1] = "--" .. option end
  end
  if #given ~= 1 then
    usage("give one of --demo, --config FILE or --app ID"
      .. (given[1] and ", not " .. table.concat(given, " and ") or ""))
  end
  local mode = arguments.config and "config" or arguments.demo and "demo" or "app"
  for _, option in ipairs(excluded[mode] and excluded[mode].options or {}) do
    if arguments[option] then
      usage(("--%s cannot be given with --%s: %s"):format(option:gsub("_", "-"), mode,
        excluded[mode].why))
    end
  end
  if not arguments.app and arguments.program[1] then usage "only --app takes a command" end
  if arguments.app and not arguments.program[1] then
    usage "--app needs the game's command, after --"
  end
end

-- The token that clients must send: given, or made.
local function tokenFor(arguments)
  local token, source = credentials.find(arguments)
  if token then return token, source end
  if source then usage(source) end
  return core.uuid():gsub("-", ""), nil
end

-- The settings that `serve --app ID -- COMMAND...` or `serve --demo` stands for.
local function oneApp(arguments, app, id)
  local token, source = tokenFor(arguments)
  local settings, problems = config.check {
    listen = arguments.listen, tokens = { token }, hostname = arguments.hostname,
    directory = arguments.directory, apps = { [id] = app },
    certificate = arguments.certificate, key = arguments.key,
  }
  return settings, problems, source, not source and token or nil
end

-- The words that began this program: the interpreter's and ours, before the arguments.
local function ourWords()
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return table.move(arg, first, 0, 1, {})
end

-- What SIGHUP has taken up: a file that `check` finds nothing wrong with.
local function sourceOf(file)
  if not file then return nil end
  local check = ourWords()
  table.move({ "check", file }, 1, 2, #check + 1, check)
  return { check = check, read = function() return config.read(file, true) end }
end

local inUse = "Address already in use"
local inUseAdvice = "Another program listens there, perhaps another hathora-host. --listen, or "
  .. "`listen` in the configuration, names another address.\n"

local function serve(settings, source, made, file)
  local served, problem = require "hathora.host.main"(settings, function(url)
    output.write(greeting(url, settings, made, source))
  end, sourceOf(file))
  if served then return 0 end
  say(problem)
  if problem:find(inUse, 1, true) then io.stderr:write(inUseAdvice) end
  return 1
end

local function serveDemo(arguments)
  local app, close = demo.open()
  if not app then
    say(close)
    return 1
  end
  local settings, problems, source, made = oneApp(arguments, app, demo.app)
  if settings and app.user then say("the example game server runs as the user " .. app.user) end
  local status = settings and serve(settings, source, made) or sayAll(problems, "the command line")
  close()
  return status
end

function actions.serve(arguments)
  checkServe(arguments)
  if arguments.demo then return serveDemo(arguments) end
  if arguments.config then
    local settings, problems = config.read(arguments.config)
    if not settings then return sayAll(problems, arguments.config) end
    return serve(settings, arguments.config, nil, arguments.config)
  end
  local settings, problems, source, made = oneApp(arguments, { command = arguments.program,
    user = arguments.user, transportType = arguments.transport }, arguments.app)
  if not settings then return sayAll(problems, "the command line") end
  return serve(settings, source, made)
end

function actions.check(arguments)
  local problems = machine.check(arguments.file)
  if problems[1] then return sayAll(problems, arguments.file) end
  output.write(arguments.file .. ": no mistakes found\n")
  return 0
end

-- The running host that the options, the environment or a configuration name, in this order.
local function hostOf(arguments)
  local url, token = arguments.url, credentials.find(arguments)
  if arguments.config then
    local settings, problems = config.read(arguments.config)
    if not settings then error(arguments.config .. ": " .. problems[1], 0) end
    local listen = settings.listen
    local host = address.isWildcard(listen.host) and "127.0.0.1" or listen.host
    url = url or (settings.key and "https://" or "http://") .. address.join(host, listen.port)
    token = token or settings.tokens[1]
  end
  return remote.new { url = url or "http://127.0.0.1:4000", token = token,
    caFile = arguments.ca }
end

-- Run a command that asks a host; what goes wrong is said in one line.
local function asking(perform)
  return function(arguments)
    local ok, problem = pcall(function() perform(hostOf(arguments), arguments) end)
    if ok then return 0 end
    if type(problem) == "table" and (problem.usage or problem.output) then error(problem, 0) end
    say(tostring(problem))
    return 1
  end
end

actions.ps = asking(function(host, arguments)
  local show = arguments.output == "json" and inspect.json or inspect.ps
  output.write(show(host, arguments.all) .. "\n")
end)

actions.logs = asking(function(host, arguments) inspect.logs(host, arguments, output.write) end)

actions.drain = asking(function(host, arguments)
  output.write(inspect.drain(host, arguments.process) .. " takes no new rooms\n")
end)

actions.stop = asking(function(host, arguments)
  output.write(inspect.stop(host, arguments.process) .. " is being stopped\n")
end)

-- What completion offers; where no host can be asked, nothing.
local values = {}

function values.processes()
  return inspect.ids(hostOf { url = os.getenv "HATHORA_CLOUD_ENDPOINT" })
end

local function offer(words)
  local _, offered = pcall(complete.words, grammar, words, values)
  if type(offered) == "table" then output.write(table.concat(offered, "\n") .. "\n") end
  return 0
end

--- Run the command line.
-- @tparam {string,...} words
-- @treturn integer the exit status: 0, or 1 for a failure, 2 for a wrong command line
function command.run(words)
  if words[1] == "--complete" then return offer { table.unpack(words, 2) } end
  local row, arguments
  local ok, result = pcall(function()
    row, arguments = parser.parse(grammar, words)
    return actions[row[1]](arguments)
  end)
  if ok then return result end
  if type(result) == "table" and result.output then
    if output.complaint(result) then say(output.complaint(result)) end
    return 1
  end
  if type(result) ~= "table" or not result.usage then error(result, 0) end
  say(result.usage)
  io.stderr:write(("Try `%s --help`.\n"):format(result.help or name .. " " .. row[1]))
  return 2
end

return command
