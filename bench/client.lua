--- The client, doing what floor.c does, and what else is measured of it: client MODE URL COUNT ...
--     one URL CALLS [CA_FILE]             calls one after another
--     many URL CALLS IN_FLIGHT [CA_FILE]  that many in flight; over https with HTTP/2
-- print the calls and the seconds of wall time and of CPU time. One number is printed by
--     held URL CALLS      KiB of memory for each call that waits
--     growth URL CALLS    KiB that so many calls add after the first thousand
--     step URL STEPS      microseconds of a step with nothing to do
--     idle URL STEPS IN_FLIGHT   the same with so many calls waiting
--     decode URL COUNT    microseconds to read the list that the server at URL answers with
--     cjson URL COUNT     the same with lua-cjson alone

local core = require "hathora.core"
local hathora = require "hathora"

local mode, url, count, fourth, fifth = arg[1], arg[2], math.tointeger(tonumber(arg[3])), arg[4],
  arg[5]
local info = { processId = "6f1e8f2a-1f5e-4e44-9f3a-2a33a1f0a111" }

local function new(inFlight, caFile)
  return hathora.new { serverUrl = url, appId = "app-bench", caFile = caFile, timeout = 300,
    http2 = caFile ~= nil, maxInFlight = inFlight, security = { hathoraDevToken = "a-token" } }
end

local function start(sdk, calls)
  for _ = 1, calls do sdk.processesV2:getProcessInfoAsync(info) end
  for _ = 1, calls // 16 + 8 do sdk:step(0) end
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
  step = function()
    local sdk = new(1)
    microseconds(function() sdk:step(0) end)
  end,
  idle = function()
    local sdk = new(tonumber(fourth))
    start(sdk, tonumber(fourth))
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
