--- Does something hold up the host's other clients? While requests arrive over some connections,
-- `/healthz` is asked on others, again and again, and the slowest answer of many is judged.
--
-- An answer may be late because this machine is busy; one that is late because of the host is
-- late each time it is tried. So a case is tried a few times, and the best try counts; and how long
-- the machine kept this program and the host from running while it asked is not the host's fault.

local process = require "support.process"
local socket = require "socket"

local stall = {
  --- What an answer may wait for another client's request, in seconds.
  allowed = 0.05,
}

local asksPerTry, mostAsks, tries, hopeless = 60, 6000, 5, 1

-- Seconds that a process could have run and did not: it waited on a runqueue (the kernel's own
-- Documentation/scheduler/sched-stats.rst).
local function heldUp(pid)
  local statistics = process.readFile(("/proc/%s/schedstat"):format(pid))
  return statistics and tonumber(statistics:match "^%d+ (%d+)") / 1e9 or 0
end

-- Seconds until a client that just arrived has its answer.
local function ask(port, pid)
  local before = heldUp "self" + heldUp(pid)
  local began = socket.gettime()
  local connection = assert(socket.connect("127.0.0.1", port))
  connection:settimeout(30)
  connection:send "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
  local line, problem = connection:receive "*l"
  connection:close()
  assert(line and line:find(" 200 ", 1, true), "/healthz: " .. tostring(line or problem))
  local seconds = socket.gettime() - began
  return seconds - (heldUp "self" + heldUp(pid) - before)
end

-- Connections that each send one request after another, each on a new connection. Nothing here
-- waits for the host.
local Flood = {}
Flood.__index = Flood

local function newFlood(port, case)
  return setmetatable({ port = port, requests = case.requests, open = {}, left = {}, sent = 0,
    answered = {}, clients = case.clients or 2 }, Flood)
end

function Flood:send(place)
  local connection = assert(socket.connect("127.0.0.1", self.port))
  connection:settimeout(0)
  self.sent = self.sent + 1
  self.left[place] = self.requests[self.sent % #self.requests + 1]
  self.open[place] = connection
end

-- What the connection takes of a long request.
function Flood:sendMore(place)
  local text = self.left[place]
  local last, _, partial = self.open[place]:send(text)
  self.left[place] = text:sub((last or partial) + 1)
end

-- An answer is over when the host closes: requests ask for that.
function Flood:step()
  for place = 1, self.clients do
    local connection = self.open[place]
    local answer, problem, part
    if connection then answer, problem, part = connection:receive(1 << 16) end
    local status = (answer or part or ""):match "^HTTP/1.1 (%d+) "
    if status then self.answered[tonumber(status)] = true end
    if problem == "closed" then connection:close() end
    if not connection or problem == "closed" then self:send(place) end
    if self.left[place] ~= "" then self:sendMore(place) end
  end
end

function Flood:close()
  for _, connection in pairs(self.open) do connection:close() end
end

Flood.__close = Flood.close

-- To ask whether it is over may take the host some time.
local askedWhether = 20

-- Nothing when what a try must see has happened before it could begin.
local function try(running, case)
  local port = math.tointeger(tonumber(running.url:match ":(%d+)$"))
  local flood <close> = newFlood(port, case)
  local worst, isOver = 0, not case.isOver
  local ends = socket.gettime() + (case.lasts or 0)
  local function isLongEnough(asks)
    isOver = isOver or asks % askedWhether == 0 and case.isOver(running)
    return isOver and asks > asksPerTry and (flood.answered[case.status] or not case.status)
      and socket.gettime() > ends
  end
  if not isOver and case.isOver(running) then return nil end
  for asks = 1, mostAsks do
    if isLongEnough(asks) then break end
    if #case.requests > 0 then flood:step() end
    worst = math.max(worst, ask(port, running.process.pid))
    if worst > hopeless then return worst, flood.sent end
  end
  if case.status then assert(flood.answered[case.status], "no answer is " .. case.status) end
  assert(isOver, "it is not over when the try ends")
  return worst, flood.sent
end

--- The slowest answer of a try, of the best of a few tries.
-- @tparam table running a host, see `support.host`
-- @tparam table case `requests` (texts; each asks for its connection to be closed), `clients`
-- (connections that send them at once; 2 if left out), `status` (one that must be among the
-- answers), `lasts` (the seconds that a try lasts at least), `before(running)` (brings about what
-- one try uses up), `isOver(running)` (whether that has happened: a try begins before, ends after)
-- @treturn number seconds
-- @treturn integer requests sent in that try
function stall.worst(running, case)
  local least, sent = math.huge, nil
  for _ = 1, tries do
    if case.before then case.before(running) end
    local worst, count = try(running, case)
    if worst and worst < least then least, sent = worst, count end
    if least <= stall.allowed then break end
  end
  assert(sent, "it was over before each of the tries began")
  return least, sent
end

--- The text of a request that closes its connection.
-- @tparam string line such as `GET /`
-- @tparam[opt] table headers by name
-- @tparam[opt] string body
function stall.request(line, headers, body)
  local lines = { line .. " HTTP/1.1", "Host: localhost", "Connection: close" }
  for name, value in pairs(headers or {}) do lines[#lines + 1] = name .. ": " .. value end
  if body then lines[#lines + 1] = "Content-Length: " .. #body end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (body or "")
end

--- Connections that each begin a request and never go on, kept open by a process of their own.
-- @tparam table running a host
-- @tparam integer count
-- @treturn a process with `close`
function stall.slowClients(running, count)
  return process.hold { ready = "all are there", seconds = 60, command = { "lua5.4", "-e", ([[
    local socket = require "socket"
    local open = {}
    for index = 1, %d do
      open[index] = assert(socket.connect("127.0.0.1", %d))
      open[index]:send "GET / HTTP/1.1\r\nX"
    end
    print "all are there"
    io.stdout:flush()
    while true do
      socket.sleep(0.2)
      for index, connection in ipairs(open) do
        if not connection:send "x" then
          connection:close()
          open[index] = socket.connect("127.0.0.1", %d) or connection
          open[index]:send "GET / HTTP/1.1\r\nX"
        end
      end
    end]]):format(count, running.url:match ":(%d+)$", running.url:match ":(%d+)$") } }
end

return stall
