--- The same calls with luasocket and lua-cjson, as Lua scripts do them: luasocket one URL CALLS
-- Its HTTP module opens a connection for each request.

local cjson = require "cjson"
local http = require "socket.http"
local ltn12 = require "ltn12"
local socket = require "socket"

local url, count = arg[2], tonumber(arg[3])
local wall, cpu = socket.gettime(), os.clock()
for _ = 1, count do
  local parts = {}
  local _, status = http.request {
    url = url, sink = ltn12.sink.table(parts),
    headers = { Accept = "application/json", Authorization = "Bearer a-token" },
  }
  assert(status == 200, status)
  assert(cjson.decode(table.concat(parts)).processId)
end
print(("%d %f %f"):format(count, socket.gettime() - wall, os.clock() - cpu))
