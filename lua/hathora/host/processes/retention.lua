--- Forgets what ended long ago, a few at a time, so that nobody waits while a year's
-- records are removed.
-- @module hathora.host.processes.retention

local report = require "hathora.host.machine.report"

local retention = {}

local interval, batch, pause = 60, 100, 0.1

local Retention = {}
Retention.__index = Retention

--- Keep what has ended of a service within bounds.
-- @tparam table options `loop`, `hours`, `rows`, and the `service`, which has `now()`,
-- `countEnded()` and `removeEnded(before, limit, reply)`
function retention.new(options)
  local self = setmetatable({ loop = options.loop, service = options.service,
    hours = options.hours, rows = options.rows }, Retention)
  self:schedule(pause)
  return self
end

function Retention:schedule(seconds)
  self.timer = self.loop:after(seconds, function()
    local function onRemoved(count, isMore)
      if self.isClosed then return end
      if not count then report("old records cannot be removed", isMore) end
      self:schedule(count and (isMore or count == batch) and pause or interval)
    end
    local ok, problem = pcall(self.removeSome, self, onRemoved)
    if not ok then onRemoved(nil, problem) end
  end)
end

--- Remove a batch of what ended too long ago, or else of what is too much.
-- @tparam function reply called with how many, and true when the service knows of more; or with nil
-- and why not
function Retention:removeSome(reply)
  local before = self.service:now() - math.floor(self.hours * 3600000)
  self.service:removeEnded(before, batch, function(count, isMore)
    if count ~= 0 or isMore then return reply(count, isMore) end
    local ok, ended = pcall(self.service.countEnded, self.service)
    if not ok then return reply(nil, ended) end
    if ended <= self.rows then return reply(0) end
    self.service:removeEnded(math.maxinteger, math.min(ended - self.rows, batch), reply)
  end)
end

--- Remove nothing more.
function Retention:close()
  self.isClosed = true
  self.timer:cancel()
end

return retention
