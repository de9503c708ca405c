--- The client, doing what floor.c does, and what else is measured of it: client MODE URL COUNT ...
--     one URL CALLS [CA_FILE]             calls one after another
--     many URL CALLS IN_FLIGHT [CA_FILE]  that many in flight; over https with HTTP/2
--     core URL CALLS IN_FLIGHT            a bare loop over the core that sends and decodes: what
--                                         is left of `one` and `many` without the client's own Lua
-- print the calls and the seconds of wall time and of CPU time. URL is the server's, of `core` the
-- whole one. With `+spin` after its name, as in one+spin, a mode looks again before it sleeps, as
-- the client does unless told otherwise. One number is printed by
--     held URL CALLS      KiB of memory for each call that waits
--     growth URL CALLS    KiB that so many calls add after the first thousand
--     garbage URL CALLS   KiB of Lua's memory that a call leaves to the collector
--     idle URL STEPS STREAMS   microseconds of a step while so many streams wait
--     decode URL COUNT    microseconds to read the list that the server at URL answers with
--     cjson URL COUNT     the same with lua-cjson alone

local core = require "hathora.core"
local hathora = require "hathora"

local mode, spin = arg[1]:match "^(%a+)(%+?)"
local url, count, fourth, fifth = arg[2], math.tointeger(tonumber(arg[3])), arg[4], arg[5]
local info = { processId = "6f1e8f2a-1f5e-4e44-9f3a-2a33a1f0a111" }

-- Under callgrind, which is fifty times slower, a step's usual budget is spent on one event.
local budget = tonumber(os.getenv "BENCH_STEP_BUDGET")

local function new(inFlight, caFile)
  return hathora.new { serverUrl = url, appId = "app-bench", caFile = caFile, timeout = 300,
    http2 = caFile ~= nil, maxInFlight = inFlight, spin = spin == "+",
    stepBudget = budget, security = { hathoraDevToken = "a-token" } }
end

-- A step launches as many as its time allows: step until all are.
local function settle(sdk, calls)
  for _ = 1, calls + 100 do sdk:step(0) end
end

local function start(sdk, calls)
  for _ = 1, calls do sdk.processesV2:getProcessInfoAsync(info) end
  settle(sdk, calls)
end

local function residentKiB()
  collectgarbage()
  collectgarbage()
  return io.open("/proc/self/statm"):read "a":match "%d+ (%d+)" * 4
end

-- Returns what prints the calls and the time since.
local function startClock()
  local wall, cpu = core.now(), os.clock()
  return function()
    print(("%d %f %f"):format(count, core.now() - wall, os.clock() - cpu))
  end
end

-- The connections are made before the clock starts.
local function one(sdk, calls)
  for _ = 1, calls do sdk.processesV2:getProcessInfo(info) end
end

local function many(sdk, calls, inFlight)
  local started, done = 0, -inFlight
  local options, clock = {}, nil
  local function go()
    started = started + 1
    sdk.processesV2:getProcessInfoAsync(info, options)
  end
  function options.onDone(call)
    call:result()
    done = done + 1
    if done == 0 then clock = startClock() end
    if started < calls + inFlight then go() end
  end
  for _ = 1, inFlight do go() end
  while done < calls do sdk:step(1) end
  clock()
end

-- No operation, no checks, no retries.
local function loop(calls, inFlight)
  local client = core.client { base = url, origin = url:match "^%a+://[^/]+",
    maxInFlight = inFlight, spin = spin == "+", stepBudget = budget, direct = true }
  local agent = ("User-Agent: hathora-lua/%s %s libcurl/%s"):format(core._VERSION,
    _VERSION:gsub(" ", "/"), core.info().libcurl)
  local request = { headers = core.headers { agent, "Accept: application/json",
    "Authorization: Bearer a-token" } }
  local done, clock = -inFlight, nil
  for _ = 1, inFlight do client:send(request) end
  while done < calls do
    local call = client:turn(1)
    while call do
      assert(call.statusCode == 200 and core.decode(call.rawResponse).processId)
      done = done + 1
      if done == 0 then clock = startClock() end
      if done <= calls - inFlight then client:send(request) end
      call = client:turn()
    end
  end
  clock()
end

local function microseconds(work)
  local cpu = os.clock()
  for _ = 1, count do work() end
  print(("%.4f"):format((os.clock() - cpu) / count * 1e6))
end

local function listText()
  local _, response = new(1).processesV2:getLatestProcesses()
  return response.rawResponse
end

local modes = {
  one = function()
    local sdk = new(1, fourth)
    one(sdk, 1)
    local clock = startClock()
    one(sdk, count)
    clock()
  end,
  many = function() many(new(tonumber(fourth), fifth), count, math.tointeger(fourth)) end,
  core = function() loop(count, math.tointeger(fourth)) end,
  held = function()
    local sdk = new(count + 10)
    start(sdk, 10)
    local before = residentKiB()
    start(sdk, count)
    print((residentKiB() - before) / count)
  end,
  growth = function()
    local sdk = new(1)
    one(sdk, 1000)
    residentKiB() -- the first look adds what looking takes
    one(sdk, 1000)
    local before = residentKiB()
    one(sdk, count)
    print(residentKiB() - before)
  end,
  garbage = function()
    local sdk = new(1)
    one(sdk, 100)
    collectgarbage()
    collectgarbage "stop"
    local before = collectgarbage "count"
    one(sdk, count)
    print((collectgarbage "count" - before) / count)
  end,
  idle = function()
    local streams = math.tointeger(fourth)
    local sdk = new(streams + 1)
    for _ = 1, streams do
      sdk.logsV1:getLogsForProcessAsync({ processId = info.processId, follow = true },
        { onData = print })
    end
    settle(sdk, streams)
    microseconds(function() sdk:step(0) end)
  end,
  decode = function()
    local text = listText()
    microseconds(function() core.decode(text) end)
  end,
  cjson = function()
    local text, decode = listText(), require "cjson".decode
    microseconds(function() decode(text) end)
  end,
}

modes[mode]()
