--- What of a configuration this machine cannot carry out: what `serve` would refuse, and what the
-- first create would meet.
-- @module hathora.host.config.machine

local certificate = require "hathora.host.config.certificate"
local config = require "hathora.host.config"
local directory = require "lfs"
local environment = require "hathora.host.engine.environment"
local lines = require "hathora.host.config.lines"
local portText = require "hathora.host.engine.port"
local procfs = require "hathora.host.machine.procfs"
local tls = require "hathora.host.tls"

local machine = {}

local examples = { ["change-me-before-use"] = true }

local function isContained(app) return app.engine == "docker" or app.engine == "swarm" end

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function succeeds(line) return os.execute(line .. " >/dev/null 2>&1") == true end

-- May a user do something (`test -x` and its like) with a path?
local function may(user, test, path)
  local line = ("test -%s %s"):format(test, quote(path))
  if user and procfs.user() == 0 then
    line = ("su -s /bin/sh %s -c %s"):format(quote(user), quote(line))
  end
  return succeeds(line)
end

local function mode(path) return directory.attributes(path, "mode") end

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

-- Settings of the host.

local function checkTokens(values, report)
  for index, token in ipairs(values.tokens) do
    if examples[token] then
      report(("tokens[%d]"):format(index), "is the token of the examples, which everyone knows")
    end
  end
end

local function checkTls(values, place, report)
  certificate.check(values, function(setting, message) report(place .. setting, message) end)
end

-- The nearest part of a path that is there.
local function ancestor(path)
  while not mode(path) and path:find "/" do path = path:match "^(.*)/[^/]*$" end
  return path == "" and "/" or mode(path) and path or "."
end

local function checkDirectory(values, report)
  if not values.directory then return end
  local path = values.directory:match "^(.-)/*$"
  local there, parent = ancestor(path), path:match "^(.*)/[^/]*$" or "."
  if mode(there) ~= "directory" then
    report("directory", ("is %q, but %s is a %s"):format(values.directory, there, mode(there)))
  elseif there ~= path and there ~= parent and parent ~= "" then
    report("directory", ("is %q, but %s is not there"):format(values.directory, parent))
  elseif not may(nil, "w", there) then
    report("directory", ("is %q, but this user cannot write in %s"):format(values.directory, there))
  end
end

-- Are a range's ports enough for the apps? `portsOf` says how many one process takes.
local function checkRange(setting, values, portsOf, report)
  local there, needed = values[setting][2] - values[setting][1] + 1, 0
  for id, app in pairs(values.apps) do
    local each = portsOf(app)
    needed = needed + each * (app.maxProcesses or 0)
    if each > there then
      report(setting, ("are %d, fewer than one process of app %s needs"):format(there, id))
      return
    end
  end
  if needed > there then
    report(setting, ("are %d, but the apps' maxProcesses need %d"):format(there, needed))
  end
end

local function checkPorts(values, report)
  checkRange("ports", values, function(app) return 1 + #app.additionalPorts end, report)
  checkRange("tlsPorts", values, portText.countTerminated, report)
end

-- Settings of an app.

local function checkUser(app, place, report)
  local isRoot = procfs.user() == 0
  if not app.user then
    if isRoot and not isContained(app) then
      report(place .. ".user", "is missing; hathora-host runs as root: name the user that the game "
        .. "runs as")
    end
    return true
  end
  if isContained(app) then return true end
  if not succeeds("id -u " .. quote(app.user)) then
    report(place .. ".user", ("is %q; this machine has no such user"):format(app.user))
    return false
  end
  if not isRoot and not succeeds(('test "$(id -u %s)" = "$(id -u)"'):format(quote(app.user))) then
    report(place .. ".user", ("is %q; only root can run a game as another user"):format(app.user))
  end
  return true
end

local function find(program, app)
  if program:find "^/" then return program end
  if program:find "/" then return (app.cwd and app.cwd .. "/" or "") .. program end
  for folder in environment.path(app):gmatch "[^:]+" do
    if mode(folder .. "/" .. program) then return folder .. "/" .. program end
  end
end

local function checkProgram(app, user, place, report)
  local program = app.command[1]
  if program:find("${", 1, true) then return end
  local path = find(program, app)
  place = place .. ".command[1]"
  if not path then
    report(place, ("is %q, which is not in %s"):format(program, environment.path(app)))
  elseif not mode(path) then
    report(place, ("is %q; there is no file %s"):format(program, path))
  elseif mode(path) == "directory" or not directory.attributes(path, "permissions"):find "x" then
    report(place, ("is %q, which is not executable"):format(program))
  elseif not may(user, "x", path) then
    report(place, ("is %q, which %s may not execute: look at the permissions of it and of the "
      .. "directories above it"):format(program, user and "the user " .. user or "this user"))
  end
end

-- A process of an app, as far as its variables go.
local function sampleOf(app)
  local ports = { { name = "default", port = 1, transportType = app.transportType } }
  for index, extra in ipairs(app.additionalPorts) do
    ports[index + 1] = { name = extra.name, port = 1, transportType = extra.transportType }
  end
  return { processId = "", appId = "", region = "", deploymentId = 1, roomsPerProcess = 1,
    ports = portText.write(ports) }
end

local function checkVariables(app, place, report)
  local known = environment.variables(sampleOf(app), app, "")
  local function checkText(text, where, isShells)
    for name in text:gmatch "%${([%a_][%w_]*)}" do
      local isOurs = name:find "^HATHORA_" ~= nil
      if isOurs and not known[name] then
        report(where, ("has ${%s}, which hathora-host does not know"):format(name))
      elseif not isOurs and not isShells then
        report(where, ("has ${%s}, which is left as it is: only HATHORA_ variables are filled in")
          :format(name))
      end
    end
  end
  -- What follows -c is a shell's to fill in.
  local isShells = false
  for index, word in ipairs(app.command or {}) do
    checkText(word, ("%s.command[%d]"):format(place, index), isShells)
    isShells = isShells or word == "-c"
  end
  for name, value in pairs(app.env or {}) do
    checkText(value, ("%s.env[%q]"):format(place, name))
  end
end

local function checkApp(id, app, report)
  local place = ("apps[%q]"):format(id)
  local userIsKnown = checkUser(app, place, report)
  checkVariables(app, place, report)
  checkTls(app, place .. ".", report)
  if isContained(app) then return end
  if app.cwd and mode(app.cwd) ~= "directory" then
    report(place .. ".cwd", ("is %q; there is no such directory"):format(app.cwd))
  end
  checkProgram(app, userIsKnown and app.user or nil, place, report)
end

local function checkAll(settings, report)
  checkTokens(settings, report)
  checkTls(settings, "", report)
  local missing = tls.missing(settings)
  if missing then report("tlsPorts", "will not be served: " .. missing) end
  checkDirectory(settings, report)
  checkPorts(settings, report)
  for id, app in pairs(settings.apps) do checkApp(id, app, report) end
end

--- Check a configuration file, and this machine against it.
-- @tparam string file
-- @treturn {string,...} every problem found, with its line where that is known
function machine.check(file)
  local settings, problems, places = config.read(file)
  problems, places = problems or {}, places or {}
  if settings then
    checkAll(settings, function(place, message)
      problems[#problems + 1] = place .. " " .. message
      places[problems[#problems]] = place
    end)
  end
  local text = read(file) or ""
  local at = {}
  for index, problem in ipairs(problems) do
    local line = places[problem] and lines.of(text, places[problem])
    problems[index] = line and ("line %d: %s"):format(line, problem) or problem
    at[problems[index]] = line or 0
  end
  table.sort(problems, function(one, other)
    if at[one] == at[other] then return one < other end
    return at[one] < at[other]
  end)
  return problems
end

return machine
