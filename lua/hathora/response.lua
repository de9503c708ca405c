--- What came back beside the payload, worked out when asked for.
-- Fields: `statusCode`, `contentType`, `headers` (names in lower case; a repeated one's values
-- joined by ", "), `rawResponse` (the body), `attempts`, `timings` (seconds from the start:
-- `nameLookup`, `connect`, `tls`, `firstByte`, `total`), `reused` (was the connection kept from
-- an earlier call?).
-- @module hathora.response

local core = require "hathora.core"

local response = {}

local function parseHead(head)
  local headers = {}
  for name, value in head:gmatch "([^\r\n:]+):[ \t]*([^\r\n]*)" do
    name, value = name:lower(), value:gsub("[ \t]+$", "")
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return headers
end

local readers = {
  contentType = function(transfer) return transfer:header "content-type" end,
  headers = function(transfer) return parseHead(transfer:head():gsub("^[^\n]*\n", "", 1)) end,
  rawResponse = function(transfer) return transfer:body() end,
  timings = function(transfer) return transfer:timings() end,
  reused = function(transfer) return transfer:reused() end,
}

-- A key that no user's code comes by, for the transfer that a response is a view of.
local transferKey = {}

local metatable = { __name = "hathora.response" }

function metatable.__index(self, field)
  local reader, transfer = readers[field], rawget(self, transferKey)
  local value = reader and transfer and reader(transfer)
  rawset(self, field, value) -- worked out once
  return value
end

--- A view of a finished transfer.
function response.ofTransfer(transfer, statusCode, attempts)
  return setmetatable({ statusCode = statusCode, attempts = attempts, [transferKey] = transfer },
    metatable)
end

--- The JSON value of the body.
-- @return[1] the value
-- @treturn[2] nil when it is none
-- @treturn[2] string why
function response.decode(view)
  local transfer = rawget(view, transferKey)
  if transfer then return transfer:decode() end
  return core.decode(view.rawResponse)
end

--- From the table that a user's own transport gave.
function response.ofTable(answer, attempts)
  local headers = {}
  for name, value in pairs(answer.headers or {}) do headers[tostring(name):lower()] = value end
  return setmetatable({ statusCode = answer.statusCode, attempts = attempts, headers = headers,
    contentType = headers["content-type"], rawResponse = answer.body or "" }, metatable)
end

return response
