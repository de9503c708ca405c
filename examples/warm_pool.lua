-- Keeps processes ready in each region, so that a match never waits for one to start: what is
-- taken from the pool is replaced in the background. A real game server goes on; this one stops
-- all its processes after four matches.

local hathora = require "hathora"

local pool = {}
pool.__index = pool

-- wanted: how many to keep ready, by region.
function pool.new(sdk, wanted)
  local self = setmetatable({ sdk = sdk, wanted = wanted, made = {}, ready = {}, starting = {} },
    pool)
  for region in pairs(wanted) do self.ready[region], self.starting[region] = {}, 0 end
  self:fill()
  return self
end

-- A create is followed by a wait, each a call in flight that `step` moves on.
function pool:start(region)
  self.starting[region] = self.starting[region] + 1
  local function finish() self.starting[region] = self.starting[region] - 1 end
  self.sdk.processesV2:createProcessAsync({ region = region }, { onDone = function(create)
    local ok, process = pcall(create.result, create)
    if not ok then
      print("not created: " .. tostring(process))
      return finish()
    end
    table.insert(self.made, process)
    self.sdk.processesV2:waitUntilRunningAsync({ processId = process.processId }, {
      onDone = function(wait)
        finish()
        local runs, ready = pcall(wait.result, wait)
        if runs then table.insert(self.ready[region], ready) else print(tostring(ready)) end
      end,
    })
  end })
end

function pool:fill()
  for region, count in pairs(self.wanted) do
    while #self.ready[region] + self.starting[region] < count do self:start(region) end
  end
end

-- A process to play on at once, or nil; another is started in its place.
function pool:take(region)
  local process = table.remove(self.ready[region], 1)
  self:fill()
  return process
end

function pool:isStarting()
  for _, count in pairs(self.starting) do if count > 0 then return true end end
  return false
end

-- Stop all that it has started.
function pool:close()
  self.wanted = {}
  while self:isStarting() do self.sdk:step(0.05) end
  for _, process in ipairs(self.made) do
    self.sdk.processesV2:stopProcess { processId = process.processId }
  end
end
pool.__close = pool.close

local sdk <close> = hathora.fromEnvironment()
local warm <close> = pool.new(sdk, { Tokyo = 2, Frankfurt = 1 })
for match = 1, 4 do
  local process
  repeat
    sdk:step(0.05) -- in a game server: once a tick, with 0
    process = warm:take "Tokyo"
  until process
  print(("match %d is played on port %d"):format(match, process.exposedPort.port))
end
