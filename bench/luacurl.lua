--- The same calls with Lua-cURL and lua-cjson, one handle for all of them: luacurl one URL CALLS
-- Debian has Lua-cURL for Lua 5.2 at most, and without libcurl's multi interface: lua5.2 runs this.

local cjson = require "cjson"
local curl = require "curl"

local url, count = arg[2], tonumber(arg[3])
local easy, parts = curl.easy_init(), nil
easy:setopt(curl.OPT_URL, url)
easy:setopt(curl.OPT_HTTPHEADER, { "Accept: application/json", "Authorization: Bearer a-token" })
easy:setopt(curl.OPT_WRITEFUNCTION, function(text)
  parts[#parts + 1] = text
  return #text
end)

local function call()
  parts = {}
  assert(easy:perform())
  assert(cjson.decode(table.concat(parts)).processId)
end

call() -- the connection is made before the clock starts
local function seconds()
  local file = io.open "/proc/uptime"
  local now = tonumber(file:read "*a":match "%S+")
  file:close()
  return now
end
local wall, cpu = seconds(), os.clock()
for _ = 1, count do call() end
print(("%d %f %f"):format(count, seconds() - wall, os.clock() - cpu))
