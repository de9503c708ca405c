--- Whether Docker answers. A timer asks, so that a create is answered from what is known, and
-- waits for nothing.
-- @module hathora.host.engine.docker.health

local health = {}

local interval, timeout = 1, 3

local Health = {}
Health.__index = Health

--- Begin to poll, in a while.
-- @tparam table options `loop`; `ask(seconds, callback)`, which calls back with what is wrong, or
-- nothing; `problem`, what is known so far
function health.new(options)
  local self = setmetatable(options, Health)
  self:schedule()
  return self
end

function Health:schedule()
  self.timer = self.loop:after(interval, function()
    self.ask(timeout, function(problem)
      if self.closed then return end
      self.problem = problem
      self:schedule()
    end)
  end)
end

--- Look no more.
function Health:close()
  self.closed = true
  self.timer:cancel()
end

return health
