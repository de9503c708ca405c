--- One loop waits on everything the host waits for: descriptors, timers, signals.
-- A callback that fails is reported on stderr with its traceback and hurts no other.
-- @module hathora.host.machine.loop

local heaps = require "hathora.host.machine.heap"
local poll = require "hathora.host.poll"
local report = require "hathora.host.machine.report"

local loop = {
  --- Seconds of a clock that no one sets, as a float.
  now = poll.now,
}

local function traceback(problem)
  return debug.traceback(tostring(problem), 2)
end

--- Call back; a failure is reported on stderr with its traceback, and hurts no one.
function loop.guarded(callback, ...)
  local ok, trace = xpcall(callback, traceback, ...)
  if not ok then report("a callback failed", trace) end
end

-- Timers: the one due first is first.
local function before(a, b)
  return a.due < b.due or a.due == b.due and a.number < b.number
end

local Timer = {}
Timer.__index = Timer

--- The callback is not run any more. Twice does no harm.
function Timer:cancel()
  self.timers:remove(self)
end

local Watch = {}
Watch.__index = Watch

--- The callback is not run any more; the descriptor stays open. Twice does no harm.
function Watch:close()
  if self.loop.watches[self.number] ~= self then return end
  self.loop.watches[self.number] = nil
  self.loop.poller:remove(self.fd)
end

local Loop = {}
Loop.__index = Loop

--- Make a loop.
function loop.new()
  return setmetatable({
    poller = poll.new(), watches = {}, timers = heaps.new(before), ready = {}, number = 0,
    running = false,
  }, Loop)
end

function Loop:nextNumber()
  self.number = self.number + 1
  return self.number
end

--- Call back whenever a descriptor is ready: level-triggered, so until it is not.
-- @tparam integer fd
-- @tparam string events `"r"`, `"w"` or `"rw"`
-- @tparam function callback
-- @return a watch with `close`
-- @raise text when the descriptor cannot be watched, or is already
function Loop:watch(fd, events, callback)
  local number = self:nextNumber()
  local watch = setmetatable({ loop = self, fd = fd, number = number, callback = callback }, Watch)
  self.poller:add(fd, events, number)
  self.watches[number] = watch
  return watch
end

--- Call back once, after so many seconds.
-- @return a timer with `cancel`
function Loop:after(seconds, callback)
  local timer = setmetatable({ timers = self.timers, due = loop.now() + seconds,
    number = self:nextNumber(), callback = callback }, Timer)
  self.timers:add(timer)
  return timer
end

--- Call back with the name of each signal that arrives, instead of its default action.
-- @tparam table names such as `{ "TERM", "INT" }`
-- @return a watch with `close`, which gives the signals their default action back
function Loop:signals(names, callback)
  local signals = poll.signals(names)
  local watch = self:watch(signals:fd(), "r", function()
    for name in signals.read, signals do loop.guarded(callback, name) end
  end)
  return { close = function() watch:close() signals:close() end }
end

function Loop:runTimers()
  local timers, now = self.timers, loop.now()
  while timers[1] and timers[1].due <= now do
    local timer = timers[1]
    timers:remove(timer)
    loop.guarded(timer.callback)
  end
end

function Loop:untilNextTimer()
  local first = self.timers[1]
  return first and first.due - loop.now()
end

--- Wait for one round of events, then run the callbacks that are due.
-- @tparam[opt] number seconds the longest to wait; without it, until something happens
function Loop:step(seconds)
  local timer = self:untilNextTimer()
  local count = self.poller:wait(timer and seconds and math.min(timer, seconds) or timer or seconds,
    self.ready)
  for index = 1, count do
    local watch = self.watches[self.ready[index]]
    if watch then loop.guarded(watch.callback) end
  end
  self:runTimers()
end

--- Run until `stop`.
function Loop:run()
  self.running = true
  while self.running do self:step() end
end

--- Let `run` return after the round it is in.
function Loop:stop()
  self.running = false
end

--- Let go of the loop's own descriptor.
function Loop:close()
  self.poller:close()
  self.watches, self.timers = {}, heaps.new(before)
end

Loop.__close = Loop.close

return loop
