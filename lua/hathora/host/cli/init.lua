--- The command line `hathora-host`.
-- @module hathora.host.cli

local argparse = require "argparse"
local authority = require "hathora.host.config.address"
local config = require "hathora.host.config"
local core = require "hathora.core"
local inspect = require "hathora.host.cli.processes"
local remote = require "hathora.host.cli.remote"

local command = {}

local name = "hathora-host"

local function say(text) io.stderr:write(name, ": ", text, "\n") end

local function sayAll(problems, source)
  for _, problem in ipairs(problems) do say(source .. ": " .. problem) end
  return 1
end

--- What each command does with its arguments; returns the exit status.
local actions = {}

local function madeToken()
  local token = core.uuid():gsub("-", "")
  say("no --token was given; this one was made: " .. token)
  return token
end

-- The configuration that `serve --app ID -- COMMAND...` stands for.
local function oneApp(arguments)
  return {
    listen = arguments.listen, tokens = { arguments.token or madeToken() },
    hostname = arguments.hostname, directory = arguments.directory,
    apps = { [arguments.app] = { command = arguments.command, user = arguments.user,
      transportType = arguments.transport } },
  }
end

function actions.serve(arguments, parser)
  if (arguments.config == nil) == (arguments.app == nil) then
    parser:error "one of --config FILE and --app ID must be given"
  end
  local settings, problems
  if arguments.config then settings, problems = config.read(arguments.config)
  else settings, problems = config.check(oneApp(arguments)) end
  if not settings then return sayAll(problems, arguments.config or "the command line") end
  local served, problem = require "hathora.host.main"(settings)
  if served then return 0 end
  say(problem)
  return 1
end

function actions.check(arguments)
  local settings, problems = config.read(arguments.file)
  if not settings then return sayAll(problems, arguments.file) end
  print(arguments.file .. ": nothing is wrong with it")
  return 0
end

-- The running host that the options, the environment or a configuration name, in this order.
local function hostOf(arguments)
  local url = arguments.url or os.getenv "HATHORA_CLOUD_ENDPOINT"
  local token = arguments.token or os.getenv "HATHORA_TOKEN"
  if arguments.config then
    local settings, problems = config.read(arguments.config)
    if not settings then error(arguments.config .. ": " .. problems[1], 0) end
    local listen = settings.listen
    local host = authority.isWildcard(listen.host) and "127.0.0.1" or listen.host
    url = url or (settings.key and "https://" or "http://") .. authority.join(host, listen.port)
    token = token or settings.tokens[1]
  end
  return remote.new { url = url or "http://127.0.0.1:4000", token = token,
    caFile = arguments.ca }
end

-- Run a command that asks a host; what goes wrong is said in one line.
local function asking(perform)
  return function(arguments)
    local ok, problem = pcall(function() perform(hostOf(arguments), arguments) end)
    if not ok then say(tostring(problem)) end
    return ok and 0 or 1
  end
end

actions.ps = asking(function(host, arguments) print(inspect.ps(host, arguments.all)) end)

actions.logs = asking(function(host, arguments)
  inspect.logs(host, arguments, function(text)
    io.stdout:write(text)
    io.stdout:flush()
  end)
end)

actions.drain = asking(function(host, arguments)
  print(inspect.drain(host, arguments.process) .. " takes no new rooms")
end)

local function addServe(parser)
  local serve = parser:command("serve", "Serve the API and run games.")
  serve:usage(([[
Usage: %s serve --config FILE
       %s serve --app ID [OPTIONS] -- COMMAND [ARGUMENT]...]]):format(name, name))
  serve:option("--config", "The configuration, a Lua file."):argname "FILE"
  serve:option("--app", "Serve a single app of this id, started by COMMAND."):argname "ID"
  serve:option("--listen", "Where to listen (default 127.0.0.1:4000)."):argname "HOST:PORT"
  serve:option("--token", "What clients must send; made and shown when not given.")
  serve:option("--hostname", "The name or address that players connect to."):argname "NAME"
  serve:option("--directory", "Where records and logs are kept."):argname "PATH"
  serve:option("--transport", "How players speak to the game: tcp, udp or tls.")
  serve:option("--user", "Whom to run the game as."):argname "NAME"
  serve:argument("command", "The game server and its arguments."):args "*"
end

local function addAsking(parser, word, summary)
  local made = parser:command(word, summary)
  made:option("--url", "Where the host is (or HATHORA_CLOUD_ENDPOINT; http://127.0.0.1:4000).")
  made:option("--token", "A token of its (or HATHORA_TOKEN).")
  made:option("--config", "Its configuration, to find both in."):argname "FILE"
  made:option("--ca", "The authorities its certificate is checked by."):argname "FILE"
  return made
end

local function addInspection(parser)
  addAsking(parser, "ps", "List the processes of a running host.")
    :flag("--all -a", "Also those that ended last.")
  local logs = addAsking(parser, "logs", "Show a process's log.")
  logs:argument("process", "The process's id, or its beginning.")
  logs:flag("--follow -f", "Stay and show what follows.")
  logs:option("--tail", "Lines to begin with, 1 to 5000 (default 100)."):argname "N"
    :convert(math.tointeger)
  logs:option("--app", "The app of a process that ended long ago."):argname "ID"
  addAsking(parser, "drain", "Let a process take no new rooms.")
    :argument("process", "The process's id, or its beginning.")
end

local function makeParser()
  local parser = argparse(name, "Serves Hathora's process API from this machine.")
  parser:flag("--version", "Print the version and exit."):action(function()
    print(name .. " " .. core._VERSION)
    os.exit(0, true)
  end)
  parser:command_target "action"
  parser:require_command(true)
  addServe(parser)
  local check = parser:command("check", "Name every mistake in a configuration.")
  check:argument("file", "The configuration, a Lua file.")
  addInspection(parser)
  return parser
end

--- Run the command line.
-- @tparam {string,...} words
-- @treturn integer the exit status: 0, or 1 for a failure, 2 for a wrong command line
function command.run(words)
  local parser = makeParser()
  function parser.error(_, message) error({ usage = message }, 0) end
  local ok, result = pcall(function()
    local arguments = parser:parse(words)
    return actions[arguments.action](arguments, parser)
  end)
  if ok then return result end
  if type(result) ~= "table" or not result.usage then error(result, 0) end
  say(result.usage)
  io.stderr:write(("Try `%s --help`.\n"):format(name))
  return 2
end

return command
