--- The command line `hathora`.
-- @module hathora.cli

local actions = require "hathora.cli.actions"
local advice = require "hathora.cli.advice"
local complete = require "hathora.cli.complete"
local core = require "hathora.core"
local credentials = require "hathora.cli.credentials"
local errors = require "hathora.errors"
local grammar = require "hathora.cli.grammar"
local hathora = require "hathora"
local ids = require "hathora.cli.ids"
local json = require "hathora.json"
local log = require "hathora.log"
local output = require "hathora.cli.output"
local parser = require "hathora.cli.parser"
local schema = require "hathora.schema"

local command = {}

local function say(text) io.stderr:write("hathora: ", text, "\n") end

local function open(arguments)
  return hathora.new {
    appId = arguments.app_id, serverUrl = arguments.hathora_cloud_endpoint, caFile = arguments.ca,
    security = (arguments.token or arguments.player_token)
      and { hathoraDevToken = arguments.token, playerAuth = arguments.player_token },
    timeout = arguments.timeout,
    log = arguments.debug and log.toStandardError or nil,
  }
end

-- A line on a terminal that the next one takes the place of; nothing elsewhere.
local function progress()
  if not output.isTerminal(2) then return function() end end
  return function(text) io.stderr:write("\r\27[K", text or "") end
end

local function takes(row, what) return row.arguments and row.arguments[1][1] == what end

local function connect(row, arguments)
  local token, source = credentials.find(arguments)
  if not token and not row.security then error({ usage = source or credentials.missing }, 0) end
  if arguments.player_token then core.hide(arguments.player_token) end
  -- A room is looked up by the beginning of its id where there is a token.
  arguments.token = (not row.security or takes(row, "room")) and token or nil
  arguments.tokenSource = source
  local format, mistake = output.format(arguments.output, row.payload)
  if not format then error({ usage = mistake }, 0) end
  return open(arguments), function(payload)
    -- Without the mark an empty list looks like an empty record.
    local text = format(row.isMany and json.list(payload) or payload)
    output.write(text == "" and row.isMany and "" or text .. "\n")
  end
end

local function isUnknownRoom(problem, arguments)
  return arguments.room and arguments.token and errors.is(problem, "ApiError")
    and problem.statusCode == 404
end

-- Show the room that was named; if there is none, the one whose id begins so. That none was found
-- says more than why it could not be looked up.
local function showRoom(act, sdk, arguments)
  local ok, problem = pcall(act)
  if ok then return end
  if not isUnknownRoom(problem, arguments) then error(problem, 0) end
  local found, id = pcall(ids.room, sdk, arguments.room)
  if not found and not errors.is(id) then error(id, 0) end
  if not found or not id then error(problem, 0) end
  arguments.room = id
  act()
end

local function perform(row, arguments)
  if row.alone then return actions[row[1]](output.write) end
  local client, write = connect(row, arguments)
  local sdk <close> = client
  local function act() actions[row[1]](sdk, arguments, write, progress()) end
  if takes(row, "room") and not row.arguments[1].isWhole then
    return showRoom(act, sdk, arguments)
  end
  if takes(row, "process") then
    local given = arguments.process or arguments.process_id
    if not given then error({ usage = "give a process's id" }, 0) end
    arguments.process = ids.process(sdk, given)
  end
  act()
end

-- What completion offers; where the server cannot be asked, nothing.
local values = {
  regions = function() return schema.values "Region" end,
  formats = function() return { "text", "json", "value" } end,
  processes = function()
    local token = credentials.find {}
    local list, sdk <close> = {}, hathora.fromEnvironment {
      security = { hathoraDevToken = token }, timeout = 2, retry = false }
    for index, process in ipairs((sdk.processesV2:getLatestProcesses())) do
      list[index] = process.processId
    end
    return list
  end,
}

local function offer(words)
  local _, offered = pcall(complete.words, grammar, words, values)
  if type(offered) == "table" then output.write(table.concat(offered, "\n") .. "\n") end
end

local function explain(problem, arguments)
  if type(problem) == "table" and problem.usage then
    say(problem.usage)
    io.stderr:write(("Try `%s --help`.\n"):format(problem.help))
    return 2
  end
  if type(problem) == "table" and problem.output then
    if output.complaint(problem) then say(output.complaint(problem)) end
    return 4
  end
  if not errors.is(problem) then error(problem, 0) end
  problem.where = nil -- a line of ours, not of the user's program
  if problem.name == "RequestError" then
    -- Nothing was sent, and the user gave options, not fields.
    problem.url, problem.message = nil, advice.inFlags(problem.message)
  end
  say(tostring(problem))
  local next = advice.on(problem, arguments)
  if next then io.stderr:write(next, "\n") end
  return advice.exit(problem)
end

--- Run the command line.
-- @tparam {string,...} words
-- @treturn integer the exit status: see `hathora.cli.grammar`
function command.run(words)
  if words[1] == "--complete" then
    offer { table.unpack(words, 2) }
    return 0
  end
  local row, arguments
  local ok, problem = pcall(function()
    row, arguments = parser.parse(grammar, words)
    perform(row, arguments)
  end)
  if ok then return 0 end
  if type(problem) == "table" and problem.usage and row then
    problem.help = grammar.name .. " " .. row[1]
  end
  return explain(problem, arguments)
end

return command
