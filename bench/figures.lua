--- What is measured, one row a figure: what is set against what, and what it should come to.
--
-- `ours` and `other` are commands; `read` says what a pair of their outputs comes to, `aim` what it
-- should, `better` in which direction. Without `other` the figure is what `ours` prints. `on` is
-- the processor that both run on: 0 is the server's, too. In a figure of the kind "instructions",
-- `read` is given counts: what one more call of `ours` takes, and of each of `beside`, which are
-- commands with a name.

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

--- CPU time a call in microseconds, nil when the output is another.
local function cpu(output)
  local calls, seconds = output:match "^(%d+) [%d.]+ ([%d.]+)"
  return calls and seconds / calls * 1e6
end

local read = {}
function read.rate(ours, other) return rate(ours) / rate(other) end
function read.cpu(ours, other) return cpu(ours) / cpu(other) end
function read.quotient(ours, other) return ours / other end
function read.difference(ours, other) return ours - other end
function read.value(ours) return tonumber(ours) end

--- The figures, for a server of bench/server.lua.
-- @tparam table at its URLs
-- @tparam table tools `floor` and `node`'s modules, where they are; `last`, a processor that is not
-- the server's, if there are two
-- @tparam number scale how much of the work to do, 1 for all
-- @treturn {table,...} the figures
-- @treturn {table,...} points of the plot
-- @treturn function CPU time a call of an output
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
  local one, one1 = client("one", at.plain, calls), floor("one", plain, calls)
  local oneSpin = client("one+spin", at.plain, calls)
  local many64, floor64 = many "64"
  local many64Spin = client("many+spin", at.plain, calls, "64")
  local tls64 = client("many", at.tls, calls, "64", at.caFile)
  local floorTls64 = floor("many", tls, calls, "64", at.caFile)
  -- The paths of Lua 5.4 would lead it astray.
  local luacurl = { "env", "-u", "LUA_PATH", "-u", "LUA_CPATH", "lua5.2", "bench/luacurl.lua",
    "one", plain, calls }
  local function sdk(inFlight)
    return { "node", "bench/sdk.mjs", tools.modules, at.plain, fewer, inFlight, needs = "node" }
  end
  local function starts(program)
    local often = "i=0; while [ $i -lt 20 ]; do i=$((i + 1)); %s 0 >/dev/null; done"
    return { "sh", "-c", often:format(program) }
  end
  local peer, bare = "lua-curl with lua-cjson", "bare libcurl, decoding nothing"
  local function counted(figure)
    figure.kind, figure.better, figure.read = "instructions", "less", figure.read or read.value
    return figure
  end
  local figures = {
    counted { "a call, one after another, decoded", ours = one, aim = 96000,
      beside = { { bare, one1 }, { peer, luacurl } } },
    counted { "a call, 64 in flight, decoded", ours = many64, aim = 100000,
      beside = { { bare, floor64 } } },
    counted { "the client's own part, one after another", ours = one, aim = 7000,
      beside = { { "a bare loop over the core, decoded", client("core", plain, calls, "1") } },
      read = read.difference, unit = " above it" },
    counted { "the client's own part, 64 in flight", ours = many64, aim = 7000,
      beside = { { "a bare loop over the core, decoded", client("core", plain, calls, "64") } },
      read = read.difference, unit = " above it" },
    counted { "a list of ten processes read, put right", ours = client("decode", at.plain, calls),
      aim = 0.6, beside = { { "lua-cjson's decode", client("cjson", at.plain, calls) } },
      read = read.quotient, unit = " of its" },
    counted { "step(0) with nothing to do", ours = client("idle", at.silent, calls, "0") },
    counted { "step(0) with 1,000 streams waiting", aim = 1.05, read = read.quotient,
      ours = client("idle", at.silent, calls, "1000"), unit = " of its",
      beside = { { "with 10", client("idle", at.silent, calls, "10") } } },

    { "one after another, decoded", bare, ours = one, other = one1, on = 0,
      read = read.rate, unit = "of its calls a second", aim = 0.85, better = "more" },
    { "the same with `spin`", bare, ours = oneSpin, other = one1, on = tools.last,
      read = read.rate, unit = "of its calls a second", better = "more" },
    { "64 in flight, decoded", bare, ours = many64, other = floor64, on = tools.last,
      read = read.rate, unit = "of its calls a second", aim = 0.85, better = "more" },
    { "the same with `spin`", bare, ours = many64Spin, other = floor64, on = tools.last,
      read = read.rate, unit = "of its calls a second", better = "more" },
    { "64 in flight over TLS and HTTP/2", bare, ours = tls64, other = floorTls64, on = tools.last,
      read = read.rate, unit = "of its calls a second", aim = 0.85, better = "more" },
    { "one after another, decoded", peer, ours = one, other = luacurl, on = 0,
      read = read.rate, unit = "times its calls a second", aim = 1.2, better = "more" },
    { "bare libcurl, decoding nothing, one after another", peer, ours = one1, other = luacurl,
      on = 0, read = read.rate, unit = "times its calls a second", better = "more" },
    { "the same with `spin`", peer, ours = oneSpin, other = luacurl, on = tools.last,
      read = read.rate, unit = "times its calls a second", better = "more" },
    { "one after another, decoded", "the official TypeScript SDK on Node", ours = one,
      other = sdk "1", read = read.rate, unit = "times its calls a second", better = "more" },
    { "64 in flight", "the official TypeScript SDK on Node", ours = many64, other = sdk "64",
      read = read.rate, unit = "times its calls a second", better = "more" },
    { "one after another, decoded", "luasocket with lua-cjson", ours = one,
      other = { "lua5.4", "bench/luasocket.lua", "one", plain, fewer }, on = 0,
      read = read.rate, unit = "times its calls a second", better = "more" },
    { "CPU time a call, 4,096 in flight", "8 in flight",
      ours = (many("4096", number(40000))), other = (many("8", number(40000))),
      read = read.cpu, unit = "of its CPU time", aim = 1.2, better = "less" },
    { "garbage a call", ours = client("garbage", at.plain, "1000"), read = read.value,
      unit = "KiB", aim = 1, better = "less" },
    { "memory a call in flight adds", "an easy handle alone",
      ours = client("held", at.silent, "1000"), other = floor("held", at.silent, "1000"),
      read = read.difference, unit = "KiB above it", aim = 2, better = "less" },
    { "memory after 100,000 calls more", ours = client("growth", at.plain, number(100000)),
      read = read.value, unit = "KiB", better = "less" },
    { "cold start: twenty programs, one call each", "the same in C", whole = true,
      ours = starts("lua5.4 bench/client.lua one " .. at.plain),
      other = starts(tools.floor .. " one " .. plain),
      read = read.quotient, unit = "of its wall time", aim = 1.3, better = "less" },
  }
  --- CPU time a call as the number in flight grows, for the plot.
  local growth = {}
  for _, inFlight in ipairs { "1", "8", "64", "512", "4096" } do
    local ours, other = many(inFlight, number(20000))
    growth[#growth + 1] = { inFlight = inFlight, ours = ours, other = other }
  end
  return figures, growth, cpu
end
