--- Moving calls on, and waiting for one.
-- @module hathora.call.turn

local conclude = require "hathora.call.conclude"
local core = require "hathora.core"
local errors = require "hathora.errors"

local turn = {}

local isDone, isHeld, now = core.isDone, core.isHeld, core.now

--- Raise a RequestError about what a call is asked for.
function turn.refuse(call, message)
  error(errors.request({ { path = "call", message = message } }, {
    operation = call.more and call.more.name or call.operation, method = call.method,
    url = call.url, attempts = call.attempts, where = errors.caller() }), 0)
end

-- Blocking lets nobody else run: a callback that has yielded would never return.
local function refuseHeld(_, call)
  turn.refuse(call, "cannot be waited for while a callback or send of its own has yielded, "
    .. "unless the option poll lets it go on")
end

-- The calls that a user's own transport is sending now.
local sending = setmetatable({}, { __mode = "k" })
local sent = { __close = function(self) sending[self.call] = nil end }

local function isBeingSent(call) return sending[call] and not isDone(call) end

local function send(state, call)
  local busy <close> = setmetatable({ call = call }, sent) -- luacheck: ignore
  sending[call] = true
  state.send(state, call)
end

--- What is done about each event that a client hands up.
local on = {
  done = conclude.done, failed = conclude.failed, answered = conclude.answered,
  data = conclude.data, held = refuseHeld, send = send,
}

--- Make one step: do what there is to do, waiting so many seconds for it. Raises nothing that a
-- callback raised.
local function step(state, seconds)
  local client = state.core
  local call, event, onDone = client:turn(seconds)
  while call do
    on[event](state, call, onDone)
    call, event, onDone = client:turn()
  end
end
turn.step = step

local function awaitThroughPoll(state, call)
  while not isDone(call) do
    state.poll(state.sdk)
    step(state, 0)
  end
end

--- Step until a call has ended, through the user's `poll` when there is one.
function turn.await(state, call)
  if state.poll then return awaitThroughPoll(state, call) end
  local client = state.core
  local other, event, onDone = client:await(call)
  while other do
    on[event](state, other, onDone)
    if isBeingSent(call) then refuseHeld(state, call) end
    other, event, onDone = client:await(call)
  end
end

--- The same for a call that may be under way already.
function turn.awaitStarted(state, call)
  if not state.poll and isBeingSent(call) then refuseHeld(state, call) end
  turn.await(state, call)
end

-- Is there nothing that a step would wait for, though the call has not ended?
local function isStuck(state, call) return isHeld(call) and state.core:inFlight() == 0 end

--- The same for so many seconds at most; with nothing to wait for it returns at once.
-- @treturn boolean whether it has ended
function turn.awaitFor(state, call, seconds)
  local poll, deadline = state.poll, now() + seconds
  while not isDone(call) do
    local left = deadline - now()
    if left <= 0 or not poll and isStuck(state, call) then return false end
    if poll then poll(state.sdk, left) end
    step(state, poll and 0 or left)
  end
  return true
end

return turn
