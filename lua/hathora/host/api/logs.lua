--- The API's log operations: the end of a log, what follows it, or all of it.
-- A log goes out as text, or as a source for a stream: `read()` gives the next piece, "" when
-- there is none yet, nil at the end; `close()` lets go.
-- @module hathora.host.api.logs

local logs = {}

local defaultLines, maxLines = 100, 5000

local Source = {}
Source.__index = Source

function Source:close()
  self.log:close()
  if self.followers then self.followers[self] = nil end
end

local function source(log, read)
  return setmetatable({ log = log, read = read }, Source)
end

-- Who follows the log of a process, by its table.
local followed = setmetatable({}, { __mode = "k" })

-- Whether it is over is asked first: what was logged before the end is read after that is known.
local function follow(process, log)
  local follower = source(log, function()
    local over = process.terminatedAt ~= nil
    local piece = log:read()
    if piece == "" and over then return nil end
    return piece
  end)
  followed[process] = followed[process] or {}
  followed[process][follower], follower.followers = true, followed[process]
  return follower
end

local heard = setmetatable({}, { __mode = "k" })

-- Have followers learn of an end when it is reported.
local function listen(processes)
  if heard[processes] then return end
  heard[processes] = true
  processes:on("ended", function(process)
    for follower in pairs(followed[process] or {}) do follower.wake() end
  end)
end

-- All up to a position. What fits one piece is not worth a stream.
local function readTo(log, stop)
  local first = log:read(stop)
  if log.position >= stop then
    log:close()
    return first
  end
  return source(log, function()
    local piece = first or log:read(stop)
    first = nil
    return piece ~= "" and piece or nil
  end)
end

-- The last lines of a process's log, and on request what follows until the process ends.
function logs.getLogsForProcess(host, fields)
  local processes, lines = host.processes, fields.tailLines or defaultLines
  if lines < 1 or lines > maxLines then
    return nil, { statusCode = 400,
      message = ("tailLines is %d; it must be from 1 to %d"):format(lines, maxLines) }
  end
  local process, problem = processes:find(fields)
  if not process then return nil, problem end
  local log
  log, problem = processes:log(process)
  if not log then return nil, problem end
  local stop = log:tail(lines)
  if not fields.follow then return readTo(log, stop) end
  listen(processes)
  return follow(process, log)
end

-- The whole log of a process that has ended.
function logs.downloadLogForProcess(host, fields)
  local process, problem = host.processes:find(fields)
  if not process then return nil, problem end
  if not process.terminatedAt then
    return nil, { statusCode = 400, message = "the process has not stopped yet; its log so far "
      .. "is available without /download" }
  end
  local log
  log, problem = host.processes:log(process)
  return log and readTo(log, math.huge), problem
end

return { logsV1 = logs }
