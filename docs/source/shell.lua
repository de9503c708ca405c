--- A shell in a terminal of its own (of `script`), for recordings: what is typed into it, and what
-- appears in it when.
-- @module docs.source.shell

local process = require "support.process"
local socket = require "socket"

local Shell = {}
Shell.__index = Shell

local shell = {}

local keyInterval, tick, patience = 0.035, 0.02, 30
local prompt = "$ "

local open = {}

-- Note what has appeared in any of them.
local function watch()
  local now = socket.gettime()
  for _, one in ipairs(open) do
    local text = one.output:read "a"
    if text ~= "" then
      one.events[#one.events + 1] = { time = now, text = text }
      one.text = one.text .. text
    end
  end
end

--- Let time pass.
function shell.pause(seconds)
  local stop = socket.gettime() + seconds
  repeat
    socket.sleep(math.min(tick, seconds))
    watch()
  until socket.gettime() >= stop
end

--- Open one.
-- @treturn Shell with `events`, a list of `{ time =, text = }`, and `text`, all of it
function shell.open()
  local file = os.tmpname()
  local command = ("env -i HOME=/ PATH=%s TERM=xterm HISTFILE= PS1=%s "
    .. "script -qfc 'exec bash --norc --noediting -i' /dev/null >%s 2>&1"):format(
    process.quote(os.getenv "PATH"), process.quote(prompt), file)
  local self = setmetatable({ input = assert(io.popen(command, "w")),
    output = assert(io.open(file)), file = file, events = {}, text = "", seen = 0 }, Shell)
  open[#open + 1] = self
  self:waitFor(prompt)
  return self
end

--- Wait until something has appeared after what was waited for last.
-- @tparam string text
function Shell:waitFor(text)
  local stop = socket.gettime() + patience
  local _, last
  repeat
    shell.pause(tick)
    _, last = self.text:find(text, self.seen + 1, true)
  until last or socket.gettime() > stop
  self.seen = assert(last, ("%q did not appear in the shell, but: %s"):format(text, self.text))
end

--- Type a line, key by key.
function Shell:type(line)
  for key in (line .. "\n"):gmatch "." do
    self.input:write(key)
    self.input:flush()
    shell.pause(key == "\n" and 0 or keyInterval)
  end
end

--- Type a line, and wait until the shell asks for the next.
function Shell:run(line)
  self:type(line)
  self:waitFor("\n" .. prompt)
end

--- Paste lines, each at once.
function Shell:paste(lines)
  for line in lines:gmatch "[^\n]*\n" do
    self.input:write(line)
    self.input:flush()
    self:waitFor("\n" .. prompt)
  end
end

--- Interrupt what runs in it, and end it.
function Shell:close()
  if not self.input then return end
  self.input:write "\3"
  self.input:flush()
  shell.pause(0.5)
  self.input:write "exit\n"
  self.input:close()
  self.output:close()
  os.remove(self.file)
  self.input = nil
  for index, one in ipairs(open) do if one == self then table.remove(open, index) end end
end
Shell.__close = Shell.close

return shell
