--- Asks a port of another machine, again and again, until something may listen there.
--
-- Only a refusal shows that nothing does. What stays silent may be behind a firewall, or speak UDP
-- and have nothing to say to an empty datagram: it is taken for one that listens.
-- @module hathora.host.engine.swarm.probe

local socket = require "socket"

local answerTimeout = 0.5
local refusal = "connection refused"

local kinds = {
  tcp = {
    events = "w", interval = 0.1,
    ask = function(asking, address, port) asking:connect(address, port) end,
    outcome = function(asking) return asking:getoption "error" end,
  },
  udp = {
    -- Linux sends a peer one refusal a second, after the first six (icmp(7), icmp_ratelimit).
    events = "r", interval = 1,
    -- It comes by ICMP, to a connected socket alone (udp(7)).
    ask = function(asking, address, port)
      if asking:setpeername(address, port) then asking:send "" end
    end,
    outcome = function(asking) return select(2, asking:receive()) end,
  },
}

local Probe = {}
Probe.__index = Probe

function Probe:ask()
  local kind = kinds[self.protocol]
  self.socket = socket[self.protocol]()
  self.socket:settimeout(0)
  kind.ask(self.socket, self.address, self.port)
  local function check()
    local isRefused = kind.outcome(self.socket) == refusal
    self:cancel()
    if not isRefused then return self.onReached() end
    self.timer = self.loop:after(kind.interval, function() self:ask() end)
  end
  self.watch = self.loop:watch(math.tointeger(self.socket:getfd()), kind.events, check)
  self.timer = self.loop:after(answerTimeout, check)
end

--- Ask no more. Twice does no harm.
function Probe:cancel()
  self.timer:cancel()
  if not self.socket then return end
  self.watch:close()
  self.socket:close()
  self.socket = nil
end

--- Ask.
-- @tparam table options `loop`; `protocol` (`tcp` or `udp`); `address`, which is not a name, for
-- that would have to be looked up; `port`; `onReached`, called once, never from within this call
-- @return a probe with `cancel`
return function(options)
  local self = setmetatable({}, Probe)
  for name, value in pairs(options) do self[name] = value end
  self:ask()
  return self
end
