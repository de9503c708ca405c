--- What the games on this machine take of it, for the page: sampled while the page is open, a few
-- processes a turn of the loop, so that a thousand of them hold up nothing.
-- @module hathora.host.admin.usage

local json = require "hathora.json"
local loops = require "hathora.host.machine.loop"
local procfs = require "hathora.host.machine.procfs"

local usage = {}

-- Seconds between two samples of a process, and how long one request keeps it going; seconds
-- between two turns of a round, and how many processes a turn samples.
local interval, lastsFor, pause, batch = 2, 6, 0.01, 8

local Usage = {}
Usage.__index = Usage

--- Make one that samples nothing yet.
-- @param loop
-- @param processes the service
function usage.new(loop, processes)
  return setmetatable({ loop = loop, processes = processes, samples = {}, text = "{}" }, Usage)
end

local function write(processId, cpu, bytes)
  return ('"%s":%s'):format(processId, json.encode { cpu = cpu, memoryBytes = bytes })
end

-- Those that a round samples: the games whose shims run on this machine.
local function localOnes(self)
  local found = {}
  for process in self.processes.live:newest() do
    if process.pid and not process.terminatedAt then found[#found + 1] = process end
  end
  return found
end

local function sample(self, process, samples)
  local seconds, bytes = procfs.usage(process.pid)
  if not seconds then return end
  local now, before = loops.now(), self.samples[process.processId]
  local cpu = before and math.max(0, (seconds - before.seconds) / (now - before.at))
  samples[process.processId] = { at = now, seconds = seconds }
  samples[#samples + 1] = write(process.processId, cpu, bytes)
end

local function round(self)
  local list, samples, index = localOnes(self), {}, 0
  local function go()
    for _ = 1, batch do
      index = index + 1
      if not list[index] then
        self.samples, self.text = samples, "{" .. table.concat(samples, ",") .. "}"
        return self:schedule()
      end
      sample(self, list[index], samples)
    end
    self.loop:after(pause, go)
  end
  go()
end

function Usage:schedule()
  self.isUnderWay = loops.now() < self.wantedUntil
  if self.isUnderWay then self.loop:after(interval, function() round(self) end) end
end

--- What was seen last, and sample again for a while.
-- @treturn string a JSON object, by process id: `{ cpu, memoryBytes }`, the share of one processor
-- that it and all it started took between the last two samples, and what they have in memory
function Usage:latest()
  self.wantedUntil = loops.now() + lastsFor
  if not self.isUnderWay then
    self.isUnderWay = true
    round(self)
  end
  return self.text
end

return usage
