--- The command line `hathora`, as data. Its parser, its man page and its completion are made from
-- these tables.
--
-- An option is `{ "--name -n", what it is, argname =, env =, choices =, convert =, count = }`; one
-- without an `argname` is a flag. `env` names the variable that stands in for it; what is `needed`
-- must be given in one of the two ways.
-- @module hathora.cli.grammar

local contract = require "hathora.contract"
local schema = require "hathora.schema"

local grammar = {
  name = "hathora",
  summary = "Starts, finds and stops game-server processes over Hathora's process API.",
}

local function seconds(text)
  local value = tonumber(text)
  return value and value > 0 and value or nil, "a time must be a number of seconds above 0"
end

local function lines(text)
  return math.tointeger(tonumber(text)), "a number of lines must be a whole number"
end

--- Options that every command takes.
grammar.options = {
  { "--app-id -a", "The application.", argname = "ID", env = "HATHORA_APP_ID", needed = true },
  { "--token -t", "What to prove with who asks.", argname = "TOKEN", env = "HATHORA_TOKEN",
    needed = true },
  { "--hathora-cloud-endpoint", "The server to ask (" .. contract.servers[1] .. ").",
    argname = "URL", env = "HATHORA_CLOUD_ENDPOINT" },
  { "--ca", "The authorities to check the server's certificate by.", argname = "FILE" },
  { "--output -o", "How to write what came: text, json, value (what a script needs of it), or a "
    .. "field's name with Value behind it, such as statusValue (text).", argname = "FORM",
    env = "HATHORA_OUTPUT" },
  { "--timeout", "Seconds until the command gives up.", argname = "SECONDS", convert = seconds },
  { "--debug", "Tell each request, answer and retry on standard error.", env = "HATHORA_DEBUG" },
}

local process = { "process", "The process's id." }
local processId = { "--process-id -p", "The same, as an option.", argname = "ID" }
local region = { "--region -r", "Only processes there; may be repeated.", argname = "REGION",
  count = "*" }
local status = { "--status -s", "Only processes that are so; may be repeated.", argname = "STATUS",
  count = "*", choices = schema.values "ProcessStatus" }

--- The commands of `hathora processes`, in the order they are shown.
grammar.commands = {
  { "create", "Start a process, and tell its id.", options = {
    { "--region -r", "Where to start it.", argname = "REGION", required = true },
    { "--idempotency-key", "Start at most one process for this key.", argname = "KEY" },
    { "--wait -w", "Wait until it runs." },
  } },
  { "list", "Show the processes created last.", options = { region, status } },
  { "info", "Show a process.", argument = process, options = { processId } },
  { "count", "Count processes.", options = { region, status } },
  { "wait", "Wait until a process runs, or until it has stopped.", argument = process, options = {
    processId,
    { "--for", "What to wait for: running (as without it) or stopped.", argname = "STATUS",
      choices = { schema.enums.ProcessStatus.Running, schema.enums.ProcessStatus.Stopped } },
  } },
  { "stop", "Stop a process.", argument = process, options = {
    processId, { "--wait -w", "Wait until it is gone." },
  } },
  { "logs", "Show what a process wrote.", argument = process, options = {
    { processId[1], processId[2], argname = "ID", env = "HATHORA_LOG_PROCESS_ID" },
    { "--follow -f", "Stay and show what follows.", env = "HATHORA_LOG_FOLLOW" },
    { "--tail-lines", "Lines to begin with, 1 to 5000 (100).", argname = "N", convert = lines,
      env = "HATHORA_LOG_TAIL_LINES" },
  } },
}

--- What the exit status tells.
grammar.exits = {
  { 0, "It was done." },
  { 1, "The server said no, or the process ended another way than was waited for." },
  { 2, "The command line is wrong; nothing was sent." },
  { 3, "There was no answer, or none in time." },
}

return grammar
