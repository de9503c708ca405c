--- A program that is run beside the host, for what it says: the loop goes on meanwhile.
-- @module hathora.host.machine.command

local spawn = require "hathora.host.spawn"

local command = {}

local Command = {}
Command.__index = Command

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a" or ""
end

-- The environment that this process was started with.
local function environment()
  local list = {}
  for variable in read("/proc/self/environ"):gmatch "%Z+" do list[#list + 1] = variable end
  return list
end

function Command:release()
  self.watch:close()
  self.timer:cancel()
  self.process:close()
  os.remove(self.output)
end

local function finish(self)
  local status, said = self.process:reap(), read(self.output)
  self:release()
  self.done(status, said)
end

--- Run one, with this process' own environment.
-- @tparam table loop
-- @tparam table options `program`, a path; `words`, which begin with its name for itself;
-- `output`, the path of a file for what it says; `seconds`, after which it is ended
-- @tparam function done called with its exit status, or nil if a signal ended it; and with what it
-- said
-- @treturn[1] a command; its `close` ends it, and `done` is then not called
-- @treturn[2] nil
-- @treturn[2] string why it cannot be run
function command.run(loop, options, done)
  os.remove(options.output)
  local process, problem = spawn.start { program = options.program, arguments = options.words,
    environment = environment(), log = options.output }
  if not process then return nil, problem end
  local self = setmetatable({ process = process, output = options.output, done = done }, Command)
  self.watch = loop:watch(process:fd(), "r", function() finish(self) end)
  self.timer = loop:after(options.seconds, function() process:signal "KILL" end)
  return self
end

function Command:close()
  self.process:signal "KILL"
  self:release()
end

return command
