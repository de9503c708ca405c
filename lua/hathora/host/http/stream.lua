--- Answers whose body comes bit by bit, each from a source: `read()` gives the next piece, "" when
-- there is none yet, nil at the end; `close()` lets go; `wake()`, which is set here, has it read at
-- once. A slow reader is never given more than one piece it has not taken.
-- @module hathora.host.http.stream

local report = require "hathora.host.machine.report"

local streams = {}
streams.__index = streams

-- How long a source that has nothing yet is left alone, in seconds.
local idleInterval = 0.2

--- Make a keeper of streams.
-- @tparam table loop
-- @tparam function onWritten called when something was written outside an event
function streams.new(loop, onWritten)
  return setmetatable({ loop = loop, onWritten = onWritten, open = {} }, streams)
end

-- Give a stream its next piece, now or when there is one.
local function pump(self, request)
  local stream = self.open[request]
  local ok, piece = pcall(stream.source.read, stream.source)
  if not ok then report("a stream failed", piece) end
  if not ok or piece == nil then return request:finish() end
  if piece ~= "" then return request:write(piece) end
  self:pumpAfter(request, idleInterval)
end

function streams:pumpAfter(request, seconds)
  local stream = self.open[request]
  stream.timer = self.loop:after(seconds, function()
    stream.timer = nil
    pump(self, request)
    self.onWritten()
  end)
end

-- Read on before it is time, when whoever says so is done: only a source that had nothing waits.
local function wake(self, request)
  local stream = self.open[request]
  if not stream or not stream.timer then return end
  stream.timer:cancel()
  self:pumpAfter(request, 0)
end

--- Answer a request with a stream.
-- @tparam table request
-- @tparam table result `status`, `headers`, `stream`
function streams:start(request, result)
  self.open[request] = { source = result.stream }
  function result.stream.wake() wake(self, request) end
  if not request:stream(result.status, result.headers) then self:closed(request) end
end

--- A stream has room.
function streams:drained(request) pump(self, request) end

--- A stream is over.
function streams:closed(request)
  local stream = self.open[request]
  self.open[request] = nil
  if stream.timer then stream.timer:cancel() end
  stream.source:close()
end

--- Close the sources of all that are open.
function streams:close()
  for request in pairs(self.open) do self:closed(request) end
end

return streams
