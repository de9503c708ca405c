--- Which rooms have a change that is being recorded, and what waits for it: the next change of a
-- room begins with what the one before it left.
-- @module hathora.host.rooms.changes

local changes = {}

local Changes = {}
Changes.__index = Changes

--- Make one.
-- @tparam table store see `hathora.host.store`
function changes.new(store) return setmetatable({ store = store, waiting = {} }, Changes) end

local function keyOf(wanted) return wanted.appId .. "\0" .. wanted.roomId end

--- Is a room being changed? Then something is called after that, to begin anew.
-- @tparam table wanted `appId`, `roomId`
-- @tparam function again
-- @treturn boolean
function Changes:waits(wanted, again)
  local waiting = self.waiting[keyOf(wanted)]
  if waiting then waiting[#waiting + 1] = again end
  return waiting ~= nil
end

--- A change of a room begins.
function Changes:begin(wanted) self.waiting[keyOf(wanted)] = {} end

--- It is over, in the records and in memory.
function Changes:finish(wanted)
  local key = keyOf(wanted)
  local waiting = self.waiting[key]
  self.waiting[key] = nil
  for _, again in ipairs(waiting) do self.store:write(nil, again) end
end

return changes
