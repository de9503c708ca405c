--- Real processes for the specs: run one to its end, or hold one for as long as a spec needs
-- it. A held process ends with the spec, however the spec ends (see tether.c).

local failures = require "support.failures"
local socket = require "socket"

local process = {
  --- Where the build is.
  build = os.getenv "HATHORA_BUILD" or "build",
  --- How many seconds something may take that is not about time, on however busy a machine.
  patience = 30,
}

--- Write a text as one word of a shell command.
function process.quote(text)
  return "'" .. tostring(text):gsub("'", "'\\''") .. "'"
end

local function commandLine(words, env)
  local line = {}
  for name, value in pairs(env or {}) do
    line[#line + 1] = process.quote(name .. "=" .. value)
  end
  if #line > 0 then table.insert(line, 1, "env") end
  for _, word in ipairs(words) do line[#line + 1] = process.quote(word) end
  return table.concat(line, " ")
end

--- Run a command to its end.
-- @tparam table|string command its words, or a line for the shell
-- @tparam[opt] table env variables to add
-- @treturn string what it wrote, both streams together
-- @treturn integer its exit status, 128 + the signal when one killed it
function process.run(command, env)
  local line = type(command) == "table" and commandLine(command, env) or command
  local pipe <close> = assert(io.popen("exec 2>&1 </dev/null; " .. line))
  local output = pipe:read "a"
  local _, how, status = pipe:close()
  return output, how == "signal" and 128 + status or status
end

--- Wait until a check gives something.
-- @tparam function check returns what is waited for, or nil or false
-- @tparam string what names it in the error
-- @tparam[opt] number seconds
-- @return what the check gave
function process.waitFor(check, what, seconds)
  local deadline = socket.gettime() + (seconds or process.patience)
  repeat
    local found = check()
    if found then return found end
    socket.sleep(0.005)
  until socket.gettime() > deadline
  error(("waited %g s for %s"):format(seconds or process.patience, what), 2)
end

--- Make a temporary directory.
-- @treturn string its path
function process.temporaryDirectory()
  local path, status = process.run { "mktemp", "-d", "-t", "hathora-spec.XXXXXX" }
  assert(status == 0, path)
  return (path:gsub("\n$", ""))
end

--- Remove a directory and all that is in it.
function process.removeDirectory(path)
  assert(process.run { "rm", "-rf", path } == "", path)
end

--- A file's text, or nil.
function process.readFile(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a"
end

--- Write a file whole.
function process.writeFile(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

-- Below those that the system gives to whoever connects (ip(7), ip_local_port_range): one of these
-- could be taken, or even be connected with itself, before its server is there.
local firstPort, portCount = 10000, 7000
local lastPort = math.floor(socket.gettime() * 1e6) % portCount

--- A port of this machine that nothing listens on.
function process.freePort()
  local probe
  repeat
    lastPort = (lastPort + 1) % portCount
    probe = socket.bind("127.0.0.1", firstPort + lastPort)
  until probe
  probe:close()
  return firstPort + lastPort
end

local function readNumber(path)
  return math.tointeger(tonumber(process.readFile(path)))
end

--- A process' children, as a text of their ids: those that are over and not reaped, too.
function process.children(pid)
  return process.readFile(("/proc/%d/task/%d/children"):format(pid, pid))
end

local Held = {}
Held.__index = Held

-- End it; its directory goes too, but what it wrote to its very end is still read.
local function release(self)
  if not self.lifeline then return "" end
  local errors <close> = io.open(self.directory .. "/err", "rb")
  self.lifeline:close()
  self.lifeline = nil
  return errors and errors:read "a" or ""
end

--- Start a process and hold it.
-- @tparam table options `command` (its words), `env` (variables to add), `ready` (a Lua pattern
-- its standard output must show before this returns), `seconds` (how long that may take),
-- `directory` (a temporary one that goes with it; made when not given)
-- @treturn Held with `pid`, `directory` and `found` (what `ready` captured); if it is a host, the
-- spec may set `expected`, a part of the failure that it provokes
function process.hold(options)
  local self = setmetatable({}, Held)
  self.directory = options.directory or process.temporaryDirectory()
  local tether = process.build .. "/spec/tether"
  local line = commandLine({ tether, self.directory, table.unpack(options.command) }, options.env)
  self.lifeline = assert(io.popen("exec " .. line, "w"))
  local ok, problem = pcall(function()
    self.pid = process.waitFor(function()
      return readNumber(self.directory .. "/pid")
    end, "the process to start")
    self.found = options.ready and self:waitForOutput(options.ready, options.seconds)
  end)
  if not ok then
    problem = ("%s: %s\n%s%s"):format(line, problem, self:output(), self:errors())
    release(self)
    error(problem, 2)
  end
  return self
end

--- What it wrote to standard output so far.
function Held:output() return process.readFile(self.directory .. "/out") or "" end

--- What it wrote to standard error so far.
function Held:errors() return process.readFile(self.directory .. "/err") or "" end

--- Wait until its standard output matches a pattern.
-- @treturn string what the pattern captured
-- @raise text when it ends before, or takes longer than it may
function Held:waitForOutput(pattern, seconds)
  return process.waitFor(function()
    local found = self:output():match(pattern)
    assert(found or not self:endStatus(), "it has ended")
    return found
  end, "its output to match " .. pattern, seconds)
end

--- Its exit status once it has ended (128 + signal when one killed it), else nil.
function Held:endStatus()
  return readNumber(self.directory .. "/ended")
end

--- Wait for it to end by itself.
-- @treturn integer its exit status
function Held:wait(seconds)
  return process.waitFor(function() return self:endStatus() end, "the process to end", seconds)
end

--- Send it a signal, such as `"KILL"`.
function Held:signal(name)
  assert(process.run { "kill", "-" .. name, self.pid } == "")
end

--- The processes that it left behind when it ended, as a text of their ids.
function Held:orphans()
  local tether = readNumber(self.directory .. "/tether")
  return process.children(tether)
end

--- End it, with all it started and left behind, and its directory.
-- @raise text when it is a host, and its own code has failed
function Held:close(raised)
  if self.lifeline then failures.check(release(self), self.expected, raised) end
end

Held.__close = Held.close
Held.__gc = release

return process
