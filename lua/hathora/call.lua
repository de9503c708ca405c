--- A call in flight.
-- @classmod hathora.call

local core = require "hathora.core"
local errors = require "hathora.errors"

local call = {}
call.__index = call
call.__name = "hathora.call"

local function finish(self)
  self.done = true
  if self.onDone then self.sdk:guard(self.onDone, self) end
end

-- A coroutine that carries out one call after another: making one costs as much as a call.
local function work(self)
  while true do
    self.succeeded, self.payload, self.response = pcall(self.perform, self, self.sdk, 0)
    self = coroutine.yield()
  end
end

--- Move the call on: run it to its next wait, or its end.
local function resume(self)
  local worker = self.worker
  local ok, failure = coroutine.resume(worker, self)
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

--- Wait as a coroutine: give the transfer up to `step`, which resumes when it has news.
local function await() coroutine.yield() end

--- Start a call. `perform(call, sdk, delay)` carries it out.
function call.start(sdk, facts, perform)
  local self = setmetatable(facts, call)
  self.await, self.perform, self.done = await, perform, false
  self.worker = table.remove(sdk.idleWorkers) or coroutine.create(work)
  resume(self)
  return self
end

--- Has it ended, well or not? Only `step` and `wait` move it on.
-- @treturn boolean
function call:isDone() return self.done end

--- What the plain call would return, or raise.
-- @return the payload
-- @treturn table the response
-- @raise what the plain call raises; a RequestError when it has not ended yet
function call:result()
  if not self.done then
    error(errors.new("RequestError", { operation = self.name,
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
  while not self.done do
    local left = deadline - core.now()
    if left <= 0 then break end
    self.sdk:step(left)
  end
  return self.done
end

--- Give it up. What has been sent stays sent: `result()` raises a CancelledError that says
-- whether the server may have acted.
-- @treturn boolean false when it had ended already
function call:cancel()
  if self.done then return false end
  local sent = "no"
  if self.transfer then
    self.sdk.core:cancel(self.transfer)
    sent = select(4, self.transfer:outcome())
  end
  coroutine.close(self.worker)
  self.succeeded, self.worker = false, nil
  self.payload = errors.new("CancelledError", { operation = self.name, url = self.url,
    method = self.operation.method, attempts = self.attempts, sent = sent,
    idempotencyKey = self.idempotencyKey, message = "the call was cancelled" })
  finish(self)
  return true
end

function call:__tostring()
  return ("hathora.call: %s, %s"):format(self.name,
    not self.done and "in flight" or self.succeeded and "done" or "failed")
end

return call
