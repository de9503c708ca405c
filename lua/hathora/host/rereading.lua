--- Reads the configuration again for a host that serves. What `check` asks of the machine may take
-- long, and a file may loop: so it is first checked by a program of its own.
-- @module hathora.host.rereading

local command = require "hathora.host.machine.command"

local rereading = {}

-- Seconds that a check may take.
local timeout = 30

local Rereading = {}
Rereading.__index = Rereading

--- Make one.
-- @tparam table options `loop`; `check`, the words by which this program checks the file, from the
-- interpreter's on; `output`, the path of a file for what that says; `read`, which gives the
-- configuration, or nil and mistakes; `done`, called with what that gives
function rereading.new(options)
  return setmetatable(options, Rereading)
end

local function linesOf(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line:gsub("^hathora%-host: ", "") end
  return lines
end

local function mistakesOf(status, said)
  local lines = linesOf(said)
  if not status then lines[#lines + 1] = ("it was not checked in %d seconds"):format(timeout) end
  return lines
end

local function onChecked(self, status, said)
  self.command = nil
  if status == 0 then self.done(self.read()) else self.done(nil, mistakesOf(status, said)) end
  if self.isAskedAgain then self:ask() end
end

--- Read it, or, while that is under way, once more after it.
function Rereading:ask()
  self.isAskedAgain = self.command ~= nil
  if self.command then return end
  local problem
  self.command, problem = command.run(self.loop, { program = "/proc/self/exe", words = self.check,
    output = self.output, seconds = timeout }, function(...) onChecked(self, ...) end)
  if not self.command then self.done(nil, { "it cannot be checked now: " .. problem }) end
end

--- Read it no more.
function Rereading:close()
  if self.command then self.command:close() end
end

return rereading
