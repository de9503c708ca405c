--- The engine that runs each process as a container of this machine's Docker.
--
-- The truth is Docker's: a container's name comes from the process' id, so that a create that is
-- repeated is one container, and its labels hold what the records would, so that it is found again
-- when those are lost.
-- @module hathora.host.engine.docker

local readiness = require "hathora.host.engine.local.readiness"
local states = require "hathora.host.engine.docker.states"
local tracked = require "hathora.host.engine.docker.tracked"

local engine = {}

local Docker = tracked.class(states)

--- Make the engine.
function engine.new(options)
  local self = tracked.new(Docker, options, "docker")
  self.readiness = readiness.new(self.loop, function(processId)
    self.onReady(processId, { startedAt = self.held[processId].startedAt })
  end)
  return self
end

--- Where Docker lists all containers that a filter lets through.
function Docker.list(_, filter) return "/containers/json?all=1&" .. filter end

--- Where a process's container is.
function Docker.pathOf(processId) return "/containers/hathora-" .. processId end

--- Its end is recorded: what is left of the container goes.
function Docker:cleanUp(processId)
  self:cleanUpAt(self.pathOf(processId) .. "?force=1&v=1", processId)
end

--- Why a process is not running yet.
-- @treturn ?string
function Docker:pendingReason(row)
  local entry = self.held[row.processId]
  if not entry then return nil end
  return entry.state == "fetching" and "its image is being fetched" or entry.refusal
end

--- Can it not be seen whether a process is ready?
function Docker:cannotObserve(row)
  return self.readiness:cannotObserve(row.processId) or tracked.cannotObserve(self)
end

--- Let go of every process.
function Docker:close()
  self.readiness:close()
  tracked.close(self)
end

return engine
