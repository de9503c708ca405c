--- What an engine keeps beside a process, for a host whose records are lost: what its row began as,
-- as a line of JSON.
-- @module hathora.host.engine.identity

local json = require "hathora.json"

local identity = {}

local columns = { "processId", "appId", "region", "deploymentId", "roomsPerProcess", "ports",
  "createdAt", "createdUptime", "pid", "startTime", "bootId" }

-- A key is whatever bytes a client sent, and JSON is UTF-8.
local function toHex(bytes)
  return ("%02x"):rep(#bytes):format(bytes:byte(1, -1))
end

local function fromHex(text)
  return (text:gsub("%x%x", function(byte) return string.char(tonumber(byte, 16)) end))
end

--- Write what identifies a process.
-- @tparam string engine its engine's name
-- @tparam table row
-- @treturn string
function identity.write(engine, row)
  local record = { engine = engine }
  for _, name in ipairs(columns) do record[name] = row[name] end
  record.keyBytes = row.idempotencyKey and toHex(row.idempotencyKey)
  return json.encode(record)
end

--- Read it again.
-- @tparam ?string text
-- @treturn ?table columns of the row, `engine` among them; nil when that is something else
function identity.read(text)
  local ok, row = pcall(json.decode, text)
  if not ok or type(row) ~= "table" or not row.processId then return nil end
  -- Version 0.1.0 wrote the key itself.
  if row.keyBytes then row.idempotencyKey, row.keyBytes = fromHex(row.keyBytes), nil end
  return row
end

return identity
