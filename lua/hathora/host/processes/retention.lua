--- Forgets what ended long ago, a few at a time, so that nobody waits while a year goes.
-- @module hathora.host.processes.retention

local report = require "hathora.host.machine.report"

local retention = {}

local interval, batch, pause = 60, 100, 0.1

local Retention = {}
Retention.__index = Retention

--- Keep what has ended of a service within bounds.
-- @tparam table options `loop`, `hours`, `rows`, and the `service`, which has `now()`,
-- `countEnded()` and `removeEnded(before, limit)`
function retention.new(options)
  local self = setmetatable({ loop = options.loop, service = options.service,
    hours = options.hours, rows = options.rows }, Retention)
  self:schedule(pause)
  return self
end

function Retention:schedule(seconds)
  self.timer = self.loop:after(seconds, function()
    local ok, count, isMore = pcall(self.removeSome, self)
    if not ok then report("old records cannot be removed", count) end
    self:schedule(ok and (isMore or count == batch) and pause or interval)
  end)
end

--- Remove a batch of what ended too long ago, or else of what is too much.
-- @treturn integer how many
-- @treturn ?boolean true when the service knows of more
function Retention:removeSome()
  local before = self.service:now() - math.floor(self.hours * 3600000)
  local count, isMore = self.service:removeEnded(before, batch)
  local excess = self.service:countEnded() - self.rows
  if count > 0 or isMore or excess <= 0 then return count, isMore end
  return self.service:removeEnded(math.maxinteger, math.min(excess, batch))
end

--- Remove nothing more.
function Retention:close() self.timer:cancel() end

return retention
