--- Limits how often an address may do something in a minute, such as send a wrong token; beyond
-- that it must wait. Right tokens are not counted, so one client's mistake locks nobody out.
-- @module hathora.host.http.guard

local poll = require "hathora.host.poll"

local Guard = {}
Guard.__index = Guard

local window = 60

local guard = {
  --- Wrong tokens that an address may send within a minute.
  allowed = 20,
  --- Addresses that are counted apart within a minute; all further ones count as one.
  addresses = 4096,
}

--- Make a guard.
-- @tparam string message to whoever must wait
-- @tparam[opt] integer allowed how often an address may do it within a minute; 0 for any number;
-- of wrong tokens if left out
function guard.new(message, allowed)
  return setmetatable({ message = message, allowed = allowed or guard.allowed, ends = 0,
    counts = {}, size = 0 }, Guard)
end

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

--- Note that it was done.
-- @tparam string address by whom
-- @tparam[opt] number now seconds
-- @treturn ?table a problem, with the seconds to wait, when it was one too many
function Guard:refuse(address, now)
  if self.allowed == 0 then return nil end
  now = now or poll.now()
  begin(self, now)
  local key = place(self, address)
  self.counts[key] = (self.counts[key] or 0) + 1
  if self.counts[key] <= self.allowed then return nil end
  return { statusCode = 429, message = self.message, retryAfter = math.ceil(self.ends - now) }
end

return guard
