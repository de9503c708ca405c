--- The API's operations on processes, in all of its versions.
-- @module hathora.host.api.processes

local idempotencyKey = require "hathora.host.api.key"
local json = require "hathora.json"
local kept = require "hathora.host.kept"
local pieces = require "hathora.host.http.pieces"
local schema = require "hathora.schema"
local view = require "hathora.host.processes.view"
local write = require "hathora.schema.write"

local Status = schema.enums.ProcessStatus

local latestLimit = 10

local live = { Status.Starting, Status.Running, Status.Draining, Status.Stopping }

local function asSet(values)
  if not values then return nil end
  local set = {}
  for _, value in ipairs(values) do set[value] = true end
  return set
end

local function filter(fields)
  return { appId = fields.appId, region = asSet(fields.region), status = asSet(fields.status),
    before = fields.before }
end

-- How each version shows a process.

local function show(host, process) return host.processes:show(process) end

local function showV3(host, process)
  local shown = host.processes:show(process)
  shown.V3 = shown.V3 or kept.keep(view.showV3(process, shown))
  return shown.V3
end

local function showV1(host, process)
  return view.showV1(process, host.processes:show(process), host.processes:now())
end

local function writeWithRooms(put, kind, host, process)
  local shown = showV1(host, process)
  shown.rooms, shown.totalRooms = {}, shown.roomsAllocated
  pieces.within(put, json.encode(write.shape(shown, kind)), "rooms", host.rooms:of(process),
    function(room) put(host.rooms:brief(room)) end)
end

-- The operations, as all versions have them.

local function create(showIt)
  return function(host, fields, request, done)
    local key, wrong = idempotencyKey(request)
    if wrong then return nil, wrong end
    host.processes:create({ appId = fields.appId, region = fields.region, idempotencyKey = key },
      function(process, problem) done(process and showIt(host, process), problem) end)
  end
end

local function find(host, wanted)
  wanted.limit = latestLimit
  return host.processes:list(wanted)
end

local function latest(showIt, host, wanted)
  local found, problem = find(host, wanted)
  local shown = {}
  for index, process in ipairs(found or {}) do shown[index] = showIt(host, process) end
  return found and shown, problem
end

local function list(showIt)
  return function(host, fields) return latest(showIt, host, filter(fields)) end
end

local function filterOf(fields, statuses)
  return { appId = fields.appId, status = asSet(statuses),
    region = fields.region and { [fields.region] = true } }
end

-- Each with its rooms, of which there may be thousands.
local function running(host, fields)
  local found, problem = find(host, filterOf(fields, live))
  if not found then return nil, problem end
  return function(put, kind)
    pieces.list(put, pieces.each(found), function(process)
      writeWithRooms(put, { name = kind.name }, host, process)
    end)
  end
end

local function stopped(host, fields)
  return latest(showV1, host, filterOf(fields, { Status.Stopped, Status.Failed }))
end

local function info(showIt)
  return function(host, fields)
    local process, problem = host.processes:find(fields)
    return process and showIt(host, process), problem
  end
end

local function stop(host, fields) return host.processes:stop(fields) end

local function count(host, fields, _, done)
  if fields.before then
    return host.processes:countBefore(filter(fields), function(number, problem)
      done(number and { count = number }, problem)
    end)
  end
  local number, problem = host.processes:count(filter(fields))
  return number and { count = number }, problem
end

return {
  processesV2 = {
    createProcess = create(show), getLatestProcesses = list(show), getProcessInfo = info(show),
    stopProcess = stop, getProcessesCountExperimental = count,
  },
  processesV3 = {
    createProcess = create(showV3), getLatestProcesses = list(showV3), getProcess = info(showV3),
    stopProcess = stop, getProcessesCountExperimental = count,
  },
  processesV1 = {
    getRunningProcesses = running, getStoppedProcesses = stopped,
    getProcessInfoDeprecated = info(showV1),
  },
}
