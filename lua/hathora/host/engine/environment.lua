--- What a game is given: its variables, and its command with them filled in.
-- @module hathora.host.engine.environment

local portText = require "hathora.host.engine.port"

local environment = {
  --- The variable that names the process; all of a game's tree has it.
  identity = "HATHORA_PROCESS_ID",
}

--- Where an app's programs are searched for.
function environment.path(app)
  return app.env and app.env.PATH or "/usr/local/bin:/usr/bin:/bin"
end

--- The host's own variables that a game is given, by name. They say where to listen, which is where
-- players come unless it has a network of its own.
function environment.variables(row, app, hostname)
  local variables = {
    [environment.identity] = row.processId,
    HATHORA_APP_ID = row.appId,
    HATHORA_APP_SECRET = app.secret,
    HATHORA_REGION = row.region,
    HATHORA_DEPLOYMENT_ID = row.deploymentId,
    HATHORA_ROOMS_PER_PROCESS = row.roomsPerProcess,
    HATHORA_HOSTNAME = hostname,
    HATHORA_ALLOCATED_CPU = app.cpus,
    HATHORA_ALLOCATED_MEMORY_MB = app.memoryMB,
  }
  for _, port in ipairs(portText.read(row.ports)) do
    local name = ("HATHORA_%s_PORT"):format(port.name:upper():gsub("-", "_"))
    variables[name] = portText.inside(port, app)
  end
  return variables
end

local function fill(text, variables)
  return (text:gsub("%${(HATHORA_[%u%d_]+)}", variables))
end

--- Make a game's environment and command. Nothing of the host's own environment is in it; the
-- app's variables come on top, but cannot replace the host's. What players may have written is in
-- variables of its own alone: a word of the command may be a shell's script.
-- @tparam table row the process
-- @tparam table app its configuration
-- @tparam ?string hostname where players reach it, if that is known
-- @treturn {string,...} `NAME=value`, sorted
-- @treturn {string,...} the program and its arguments
function environment.of(row, app, hostname)
  local variables, list, command = environment.variables(row, app, hostname), {}, {}
  local all = { PATH = environment.path(app) }
  for name, value in pairs(app.env or {}) do all[name] = fill(value, variables) end
  for name, value in pairs(variables) do all[name] = tostring(value) end
  for name, value in pairs(row.variables or {}) do all[name] = value end
  for name, value in pairs(all) do list[#list + 1] = name .. "=" .. value end
  table.sort(list)
  for index, word in ipairs(app.command or {}) do command[index] = fill(word, variables) end
  return list, command
end

return environment
