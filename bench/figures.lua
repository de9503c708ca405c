--- What is measured, one row a figure: what is set against what, and what it should come to.
--
-- `ours` and `other` are commands, made by `commands` below; `read` says what a pair of their
-- outputs comes to, `aim` what it should, `better` in which direction. Without `other` the figure
-- is what `ours` prints.

local core = require "hathora.core"
local schema = require "hathora.schema"
local write = require "hathora.schema.write"

local info = { processId = "6f1e8f2a-1f5e-4e44-9f3a-2a33a1f0a111" }

local function infoUrl(base)
  return base .. write.path(schema.operation("processesV2", "getProcessInfo"), info,
    { appId = "app-bench" })
end

-- Of a line "calls wall cpu".
local function rate(output)
  local calls, wall = output:match "^(%d+) ([%d.]+)"
  return calls / wall
end

local function cpu(output)
  local calls, seconds = output:match "^(%d+) [%d.]+ ([%d.]+)"
  return seconds / calls * 1e6
end

local read = {}
function read.rate(ours, other) return rate(ours) / rate(other) end
function read.cpuAbove(ours, other) return cpu(ours) - cpu(other) end
function read.quotient(ours, other) return ours / other end
function read.difference(ours, other) return ours - other end
function read.value(ours) return tonumber(ours) end

--- The figures, for a server of bench/server.lua.
-- @tparam table at its URLs
-- @tparam table tools `floor` and `node`'s modules, where they are
-- @tparam number scale how much of the work to do, 1 for all
return function(at, tools, scale)
  local function number(count) return ("%d"):format(math.max(10, count * scale // 1)) end
  local function client(...) return { "lua5.4", "bench/client.lua", ... } end
  local function floor(...) return { tools.floor, ... } end
  local plain, tls = infoUrl(at.plain), infoUrl(at.tls)
  local calls, fewer = number(20000), number(2000)
  local function many(inFlight, count)
    return client("many", at.plain, count or calls, inFlight),
      floor("many", plain, count or calls, inFlight)
  end
  local many64, floor64 = many "64"
  local tls64 = client("many", at.tls, calls, "64", at.caFile)
  local floorTls64 = floor("many", tls, calls, "64", at.caFile)
  local function sdk(inFlight)
    return { "node", "bench/sdk.mjs", tools.modules, at.plain, fewer, inFlight, needs = "node" }
  end
  local figures = {
    { "calls one after another, decoded", "bare libcurl, decoding nothing",
      ours = client("one", at.plain, calls), other = floor("one", plain, calls),
      read = read.rate, unit = "of its calls a second", aim = 0.97, better = "more" },
    { "64 calls in flight, decoded", "a curl_multi loop, decoding nothing",
      ours = many64, other = floor64,
      read = read.rate, unit = "of its calls a second", aim = 0.85, better = "more" },
    { "CPU a call above it", "the same", ours = many64, other = floor64,
      read = read.cpuAbove, unit = "us", aim = 8, better = "less" },
    { "64 in flight over TLS and HTTP/2", "the same over both", ours = tls64, other = floorTls64,
      read = read.rate, unit = "of its calls a second", aim = 0.9, better = "more" },
    { "a list of ten processes read, put right", "lua-cjson's decode alone",
      ours = client("decode", at.plain, calls), other = client("cjson", at.plain, calls),
      read = read.quotient, unit = "of its time", aim = 1.25, better = "less" },
    { "step(0) with nothing to do", nil, ours = client("step", at.plain, number(200000)),
      read = read.value, unit = "us", aim = 1, better = "less", counted = true },
    { "step(0) with 64 calls waiting", nil,
      ours = client("idle", at.silent, number(200000), "64"),
      read = read.value, unit = "us", aim = 5, better = "less", counted = true },
    { "memory a call in flight adds", "an easy handle alone",
      ours = client("held", at.silent, "1000"), other = floor("held", at.silent, "1000"),
      read = read.difference, unit = "KiB above it", aim = 4, better = "less" },
    { "memory after 100,000 calls more", nil,
      ours = client("growth", at.plain, number(100000)),
      read = read.value, unit = "KiB", aim = 0, better = "less" },
    { "cold start: twenty programs, one call each", "the same in C",
      ours = { "sh", "-c", "i=0; while [ $i -lt 20 ]; do i=$((i + 1)); lua5.4 bench/client.lua one "
        .. at.plain .. " 0 >/dev/null; done" },
      other = { "sh", "-c", "i=0; while [ $i -lt 20 ]; do i=$((i + 1)); " .. tools.floor .. " one "
        .. plain .. " 0 >/dev/null; done" },
      read = read.quotient, unit = "of its wall time", aim = 1.5, better = "less", whole = true },
    { "CPU a call, 4,096 in flight", "8 in flight",
      ours = (many("4096", number(40000))), other = (many("8", number(40000))),
      read = function(ours, other) return cpu(ours) / cpu(other) end,
      unit = "of its CPU time", aim = 1.5, better = "less" },
    { "one at a time", "the official TypeScript SDK on Node",
      ours = client("one", at.plain, calls), other = sdk "1",
      read = read.rate, unit = "times its calls a second", aim = 5, better = "more" },
    { "64 in flight", "the official TypeScript SDK on Node", ours = many64, other = sdk "64",
      read = read.rate, unit = "times its calls a second", aim = 15, better = "more" },
    { "one at a time, decoded", "luasocket with lua-cjson",
      ours = client("one", at.plain, calls),
      other = { "lua5.4", "bench/luasocket.lua", "one", plain, fewer },
      read = read.rate, unit = "times its calls a second", better = "more" },
  }
  --- CPU time a call as the number in flight grows, for the plot.
  local growth = {}
  for _, inFlight in ipairs { "1", "8", "64", "512", "4096" } do
    local ours, other = many(inFlight, number(20000))
    growth[#growth + 1] = { inFlight = inFlight, ours = ours, other = other, read = cpu }
  end
  return figures, growth, core.info()
end
