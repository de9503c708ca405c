--- Who wants to know of what happens.
-- @module hathora.host.processes.events

local loops = require "hathora.host.machine.loop"

local events = {}

local Events = {}
Events.__index = Events

--- Make a list of listeners.
function events.new() return setmetatable({}, Events) end

--- Have a function called at each event of a name.
function Events:on(name, callback)
  self[name] = self[name] or {}
  table.insert(self[name], callback)
end

--- Something has happened. One listener's failure keeps nothing from the others.
function Events:emit(name, ...)
  for _, callback in ipairs(self[name] or {}) do loops.guarded(callback, ...) end
end

return events
