--- Wrong tokens slow down whoever sends them: so many an address may send in a minute, and is told
-- to wait beyond that. Right ones are not counted, so one client's mistake locks nobody out.
-- @module hathora.host.http.guard

local poll = require "hathora.host.poll"

local Guard = {}
Guard.__index = Guard

local window = 60

local guard = {
  --- Wrong tokens that an address may send within a minute.
  allowed = 20,
  --- Addresses that are told apart within a minute; all further ones count as one.
  addresses = 4096,
}

--- Make a guard.
function guard.new() return setmetatable({ ends = 0, counts = {}, size = 0 }, Guard) end

local function begin(self, now)
  if now < self.ends then return end
  self.ends, self.counts, self.size = now + window, {}, 0
end

local function place(self, address)
  if self.counts[address] then return address end
  if self.size == guard.addresses then return "others" end
  self.size = self.size + 1
  return address
end

--- Note a wrong token.
-- @tparam string address who sent it
-- @tparam[opt] number now seconds
-- @treturn ?integer seconds to wait, when it was one too many
function Guard:refuse(address, now)
  now = now or poll.now()
  begin(self, now)
  local key = place(self, address)
  self.counts[key] = (self.counts[key] or 0) + 1
  if self.counts[key] > guard.allowed then return math.ceil(self.ends - now) end
end

return guard
