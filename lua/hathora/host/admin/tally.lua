--- What has happened since the host was started, counted as it happens, so that to say it costs
-- nothing that grows with time. Every count is there from the start, as 0, for Prometheus sees no
-- increase in what was not there before.
-- @module hathora.host.admin.tally

local histograms = require "hathora.host.admin.histogram"
local watch = require "hathora.host.processes.watch"

local tally = {}

-- Seconds: from a program that binds its port at once to a container whose image is fetched.
local startBounds = { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300 }

local Tally = {}
Tally.__index = Tally

local function increment(counts, key) counts[key] = (counts[key] or 0) + 1 end

local function countsOfApp()
  local counts = { created = 0, refused = { [402] = 0, [503] = 0 }, ended = {},
    starts = histograms.new(startBounds) }
  for _, cause in ipairs(watch.causes) do counts.ended[cause] = 0 end
  return counts
end

-- An app that is configured no more may still have processes that end.
local function of(self, appId)
  self.apps[appId] = self.apps[appId] or countsOfApp()
  return self.apps[appId]
end

--- Begin to count.
-- @tparam table processes the service
-- @treturn Tally with `answers` by status, `since` (Unix seconds), and `apps` by id: `created`,
-- `refused` by status, `ended` by cause, and `starts`, a histogram of seconds
function tally.new(processes)
  local self = setmetatable({ answers = {}, since = os.time(), apps = {} }, Tally)
  -- A game that an earlier host began may have become ready long ago.
  local begun = setmetatable({}, { __mode = "k" })
  for appId in pairs(processes.apps) do of(self, appId) end
  processes:on("created", function(process)
    local counts = of(self, process.appId)
    counts.created = counts.created + 1
    begun[process] = true
  end)
  processes:on("refused", function(appId, refusal)
    increment(of(self, appId).refused, refusal.statusCode)
  end)
  processes:on("ready", function(process)
    if not begun[process] then return end
    of(self, process.appId).starts:observe(processes:age(process))
  end)
  processes:on("ended", function(process, cause)
    increment(of(self, process.appId).ended, cause)
  end)
  return self
end

--- Count an answer.
function Tally:count(status) increment(self.answers, status) end

return tally
