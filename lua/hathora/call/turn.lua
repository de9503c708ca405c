--- Moving calls on, and waiting for one.
-- @module hathora.call.turn

local conclude = require "hathora.call.conclude"
local core = require "hathora.core"
local transport = require "hathora.call.transport"

local turn = {}

local isDone, now = core.isDone, core.now

--- What is done about each event that a client hands up.
local on = {
  done = conclude.done, failed = conclude.failed, answered = conclude.answered,
  data = conclude.data, send = transport.send,
}

--- Make one step: do what there is to do, waiting so many seconds for it. Raises nothing that a
-- callback raised.
local function step(state, seconds)
  local client = state.core
  local call, event = client:turn(seconds)
  while call do
    on[event](state, call)
    call, event = client:turn()
  end
end
turn.step = step

--- Step until a call has ended, through the user's `poll` when there is one.
function turn.await(state, call)
  local poll = state.poll
  while not isDone(call) do
    if poll then poll(state.sdk) end
    step(state, poll and 0 or math.huge)
  end
end

--- The same for so many seconds at most.
-- @treturn boolean whether it has ended
function turn.awaitFor(state, call, seconds)
  local poll, deadline = state.poll, now() + seconds
  while not isDone(call) do
    local left = deadline - now()
    if left <= 0 then return false end
    if poll then poll(state.sdk, left) end
    step(state, poll and 0 or left)
  end
  return true
end

return turn
