--- A call in flight.
-- @classmod hathora.call

local core = require "hathora.core"
local errors = require "hathora.errors"

local call = {}
call.__index = call
call.__name = "hathora.call"

-- A wait has a name of its own beside the operation that looks.
local function nameOf(self) return self.name or self.operation.name end

local function finish(self)
  if self.onDone then self.sdk:guard(self.onDone, self) end
end

-- A coroutine that carries out one call after another: making one costs as much as a call.
local function work(self, perform)
  while true do
    self.succeeded, self.payload, self.response = pcall(perform, self, self.sdk, 0)
    self, perform = coroutine.yield()
  end
end

--- Move the call on: run it to its next wait, or its end.
local function resume(self, perform)
  local worker = self.worker
  local ok, failure = coroutine.resume(worker, self, perform)
  if ok and self.succeeded == nil then return end
  self.worker = nil
  if ok then
    local idle = self.sdk.idleWorkers
    if #idle < idle.limit then idle[#idle + 1] = worker end
  else
    self.succeeded, self.payload = false, failure
  end
  finish(self)
end
call.resume = resume

--- Start a call. `perform(call, sdk, delay)` carries it out.
function call.start(sdk, facts, perform)
  local self = setmetatable(facts, call)
  self.worker = table.remove(sdk.idleWorkers) or coroutine.create(work)
  resume(self, perform)
  return self
end

--- Has it ended, well or not? Only `step` and `wait` move it on.
-- @treturn boolean
function call:isDone() return self.succeeded ~= nil end

--- What the plain call would return, or raise.
-- @return the payload
-- @treturn table the response
-- @raise what the plain call raises; a RequestError when it has not ended yet
function call:result()
  if self.succeeded == nil then
    error(errors.new("RequestError", { operation = nameOf(self),
      message = "the call has not ended yet: wait for it, or step until isDone()" }), 0)
  end
  if self.succeeded then return self.payload, self.response end
  if self.sdk.options.safe then return nil, self.payload end
  error(self.payload, 0)
end

--- Move everything on until this call has ended, or the time is up.
-- @tparam[opt] number seconds default: as long as it takes
-- @treturn boolean whether it has ended
function call:wait(seconds)
  local deadline = core.now() + (seconds or math.huge)
  while self.succeeded == nil do
    local left = deadline - core.now()
    if left <= 0 then break end
    self.sdk:step(left)
  end
  return self.succeeded ~= nil
end

--- Give it up. What has been sent stays sent: `result()` raises a CancelledError that says
-- whether the server may have acted.
-- @treturn boolean false when it had ended already
function call:cancel()
  if self.succeeded ~= nil then return false end
  local sent = "no"
  if self.transfer then
    self.sdk.core:cancel(self.transfer)
    sent = select(4, self.transfer:outcome())
  end
  coroutine.close(self.worker)
  self.succeeded, self.worker = false, nil
  self.payload = errors.new("CancelledError", { operation = nameOf(self), url = self.url,
    method = self.operation.method, attempts = self.attempts, sent = sent,
    idempotencyKey = self.idempotencyKey, message = "the call was cancelled" })
  finish(self)
  return true
end

function call:__tostring()
  return ("hathora.call: %s, %s"):format(nameOf(self),
    self.succeeded == nil and "in flight" or self.succeeded and "done" or "failed")
end

return call
