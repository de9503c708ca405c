-- No request, file, row, daemon or client may hold up another client's /healthz by more than
-- 50 ms. To add a case is to add a row:
--   its words; then a table of
--   config    settings of its host, over those of support.host
--   prepare   function(running) that brings the state about; what it returns is closed at the end
--   requests  the texts that are sent meanwhile, again and again; or function(running) for them
--   clients   how many send them at once (2)
--   status    of at least one of the answers, for requests that would prove nothing if refused
--   lasts     how many seconds a try lasts at least, for what the host does once in a while
--   before    function(running) that brings about what one try uses up
--   isOver    function(running) that tells whether that has happened, which it must in each try
--   needs     an engine whose ground it needs (see support.engines); pending without it
--   disk      how many seconds it takes to sync
--   files     how many open files a process of its may have to allow itself; pending with less

local crowds = require "support.crowds"
local engines = require "support.engines"
local faults = require "support.faults"
local hathora = require "hathora"
local host = require "support.host"
local needs = require "support.needs"
local process = require "support.process"
local stall = require "support.stall"
local websocket = require "support.websocket"

local token = { Authorization = "Bearer " .. host.token }
local list = "GET /processes/v2/" .. host.appId .. "/list/latest"
local listV3 = "GET /processes/v3/apps/" .. host.appId .. "/processes/"
local long = 15000

-- A case in which a game's log is asked for, once it has written what a script of Lua's writes.
local function logCase(query, script)
  local game = { "lua5.4", "-e", script .. " io.stdout:flush() os.execute 'sleep 1000'" }
  return {
    config = { directory = true, apps = { [host.appId] = { command = game, user = host.user,
      startDeadline = 1000 } } },
    requests = function(running)
      local sdk <close> = hathora.new(running:options())
      local id = sdk.processesV2:createProcess({ region = "Tokyo" }).processId
      process.waitFor(function()
        return sdk.logsV1:getLogsForProcess { processId = id, tailLines = 1 } ~= ""
      end, "the game to write")
      return { stall.request(("GET /logs/v1/%s/process/%s?%s"):format(host.appId, id, query),
        token) }
    end,
  }
end

local create = stall.request("POST /processes/v2/" .. host.appId .. "/create/Tokyo", token)

local function smallMembers(count)
  local members = {}
  for index = 1, count do members[index] = ('"%05x":1,'):format(index) end
  return table.concat(members)
end

-- All that lists rooms, of a process with very many.
local function listsOfRooms(id, ...)
  local lines = {}
  for _, path in ipairs { "rooms/v2/%s/list/" .. id .. "/active",
    "rooms/v2/%s/list/" .. id .. "/inactive", "processes/v1/%s/list/running", "host/processes",
    "metrics", ... } do
    lines[#lines + 1] = stall.request("GET /" .. path:format(host.appId), token)
  end
  return lines
end

local ending = 0

-- A game that is over at once, and one that never binds its port.
local function game(...)
  return { command = { ... }, user = host.user, startDeadline = 1000, stopGrace = 0 }
end

local rows = {
  { "the end of a log with long lines", logCase("tailLines=5000",
    [[for _ = 1, 20000 do io.write(("x"):rep(2000), "\n") end]]) },
  { "the end of a log without a line break", logCase("tailLines=5000",
    [[io.write(("x"):rep(8 * 1024 * 1024))]]) },
  { "the end of a log made longer by truncate(2)", logCase("tailLines=5000",
    [[print "one" io.stdout:flush() os.execute "truncate -s 1T /dev/stdout" print "two"]]) },
  { "a log that is flooded and followed", logCase("follow=true",
    [[while true do io.write(("x"):rep(65535), "\n") end]]) },
  { "nothing at all", {} },
  { "a path before a fragment", {
    requests = { stall.request("GET /" .. ("a"):rep(long) .. "#") } } },
  { "a token behind blanks", { requests = {
    stall.request(list, { Authorization = "Bearer a" .. (" "):rep(long) .. "b" }) } } },
  { "a path of slashes", { requests = { stall.request("GET " .. ("/"):rep(long)) } } },
  { "a query of many names", {
    requests = { stall.request(list .. "?" .. ("a&b&"):rep(long // 4), token) } } },
  { "a query of names that are like a known one", { requests = {
    stall.request(list .. "?" .. ("statuz&regiom&"):rep(long // 14), token) } } },
  { "many wrong values", {
    requests = { stall.request(list .. "?" .. ("status=x&"):rep(long // 9), token) } } },
  { "text that is not UTF-8", { clients = 20, requests = {
    stall.request(list:gsub("list", "%%ff"), token), stall.request("\xff /", token) } } },
  { "a body of the smallest chunks", { requests = {
    stall.request(list, { Authorization = token.Authorization, ["Transfer-Encoding"] = "chunked" })
      .. ("1\r\nx\r\n"):rep(60000) .. "0\r\n\r\n" } } },
  { "wrong tokens", { clients = 20,
    requests = { stall.request(list, { Authorization = "Bearer wrong" }) } } },
  { "web sockets that are sent as much as they take", { clients = 20, requests = {
    websocket.handshake() .. websocket.frame(websocket.text, ""):rep(20000)
      .. websocket.frame(websocket.close, "") } } },
  { "a lobby's state of a megabyte of small values", { clients = 1, status = 404, requests = {
    stall.request("POST /lobby/v2/" .. host.appId .. "/setState/none", token,
      [[{"state":{"a":[]] .. ("{},"):rep(349000) .. "{}]}}") } } },
  { "a lobby's state with a megabyte of small members beside it", { clients = 1, status = 404,
    requests = { stall.request("POST /lobby/v2/" .. host.appId .. "/setState/none", token,
      "{" .. smallMembers(100000) .. [["state":{}}]]) } } },
  { "fifteen hundred slow clients", { prepare = function(running)
    return stall.slowClients(running, 750), stall.slowClients(running, 750)
  end } },
  { "a disk that takes 200 ms to sync", {
    config = { directory = true, apps = { [host.appId] = game("sleep", "1000") } }, disk = 0.2,
    requests = { create }, status = 201 } },
  { "a Docker that accepts and is silent", { needs = "docker",
    config = { apps = { [host.appId] = engines.app "docker" } },
    prepare = function()
      local daemon = engines.ground "docker".daemon.daemon
      daemon:signal "STOP"
      return { close = function() daemon:signal "CONT" end }
    end,
    requests = { create }, status = 201 } },
  { "processes that start on a machine with fifteen thousand connections", {
    files = 16000, config = { apps = { [host.appId] = game("sleep", "1000") } },
    prepare = function() return crowds.connections(7500), crowds.connections(7500) end,
    before = function(running)
      local sdk <close> = hathora.new(running:options())
      for _ = 1, 5 do sdk.processesV2:createProcess { region = "Tokyo" } end
    end } },
  { "what a killed shim left, among two hundred processes with megabytes of environment", {
    config = { apps = { [host.appId] = game("sleep", "1000") } }, lasts = 1,
    prepare = function() return crowds.environments(200, 15) end,
    before = function(running)
      local sdk <close> = hathora.new(running:options())
      sdk.processesV2:createProcess { region = "Tokyo" }
      local guard = process.children(running.process.pid):match "%d+"
      process.run { "kill", "-KILL", guard, process.children(guard):match "%d+" }
    end } },
  { "three hundred thousand rows of what has ended", {
    config = { directory = true, retention = { rows = 1000000 }, portQuarantine = 0,
      apps = { [host.appId] = game "/bin/true" } },
    prepare = function(running) crowds.ended(running, 300000) end,
    status = 201, requests = { create, stall.request(list .. "?status=stopped", token),
      stall.request(list .. "?status=failed&region=Tokyo", token),
      stall.request(listV3 .. "latest?before=1e15", token),
      stall.request(listV3 .. "latest?before=1", token),
      stall.request(listV3 .. "count?before=1e15", token),
      stall.request("GET /metrics", token), stall.request("GET /host/processes", token) } } },
  { "twenty counts at once of three hundred thousand rows", {
    config = { directory = true, retention = { rows = 1000000 } },
    prepare = function(running) crowds.ended(running, 300000) end,
    clients = 20, status = 200,
    requests = { stall.request(listV3 .. "count?before=1e15", token) } } },
  { "two thousand processes", {
    files = 4096, config = { directory = true }, lasts = 3, -- a round of the page's figures
    prepare = function(running) return crowds.live(running, 2000) end,
    requests = { stall.request("GET /host/processes", token), stall.request("GET /metrics", token),
      stall.request(list, token) } } },
  { "ten thousand rooms on each of two processes", {
    config = { directory = true },
    prepare = function(running) return crowds.rooms(running, 2, 10000) end,
    status = 200, requests = listsOfRooms("live-1", "rooms/v1/%s/list/live-1/active") } },
  { "ten thousand rooms on a process that has ended", {
    config = { directory = true },
    prepare = function(running)
      local games = crowds.rooms(running, 1, 10000)
      local sdk <close> = hathora.new(running:options())
      sdk.processesV2:stopProcess { processId = "live-1" }
      process.waitFor(function()
        return sdk.processesV2:getProcessInfo({ processId = "live-1" }).terminatedAt
      end, "the end of live-1")
      return games
    end,
    status = 200, requests = listsOfRooms "live-1" } },
  { "the end of ten thousand rooms' process", {
    config = { directory = true, retention = { hours = 876000 } },
    prepare = function(running) return crowds.rooms(running, 5, 10000) end,
    before = function(running)
      local sdk <close> = hathora.new(running:options())
      ending = ending + 1
      sdk.processesV2:stopProcess { processId = "live-" .. ending }
    end,
    isOver = function(running)
      local sdk <close> = hathora.new(running:options())
      return sdk.processesV2:getProcessInfo({ processId = "live-" .. ending }).terminatedAt
    end } },
  { "the pruning of three thousand small logs", {
    config = { directory = true, allLogBytes = 1 << 20, portQuarantine = 0,
      apps = { [host.appId] = game "/bin/true" } },
    before = function(running) crowds.logs(running, 3000) end,
    isOver = function(running) -- those that are left are of 4 KiB on the disk each
      return crowds.countLogs(running) < 1000
    end,
    clients = 1, requests = { create }, status = 201 } },
}

local base = process.temporaryDirectory()
local disk = base .. "/disk"

teardown(function()
  engines.close()
  process.removeDirectory(base)
end)

local function closeAll(...)
  for _, thing in ipairs { ... } do thing:close() end
end

local function judge(running, case, ...)
  local ok, worst, sent = pcall(stall.worst, running, case)
  closeAll(...)
  assert(ok, worst)
  assert.is_true(worst <= stall.allowed, ("/healthz waited %.0f ms, with %d requests sent")
    :format(worst * 1e3, sent))
end

local function slowDisk(seconds)
  process.writeFile(disk, tostring(seconds))
  return faults.environment { sync = disk }
end

local function run(case)
  local ground = case.needs and engines.ground(case.needs)
  local config = { docker = ground and ground.socket }
  for name, value in pairs(case.config or {}) do config[name] = value end
  local running <close> = host.start(config, case.disk and slowDisk(case.disk))
  local function go(...)
    local requests = case.requests or {}
    if type(requests) == "function" then requests = requests(running) end
    judge(running, setmetatable({ requests = requests }, { __index = case }), ...)
  end
  if case.prepare then go(case.prepare(running)) else go() end
end

local function find(case)
  local allowed = tonumber((process.run "ulimit -H -n")) or math.huge
  if allowed < (case.files or 0) then return nil, "a process may have too few open files" end
  if not case.needs then return true end
  return engines.ground(case.needs)
end

describe("/healthz is not held up by #outside", function()
  for _, row in ipairs(rows) do
    local can = needs(_ENV, function() return find(row[2]) end, row[2].needs)
    can(row[1], function() run(row[2]) end)
  end
end)
