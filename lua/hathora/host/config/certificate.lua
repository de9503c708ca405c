--- Until when a certificate is valid.
-- @module hathora.host.config.certificate

local mime = require "mime"

local certificate = {}

-- X.509's validity: a sequence of two times, each a UTCTime or a GeneralizedTime (RFC 5280, 4.1).
local utc, general = "\x17\x0d(%d+)Z", "\x18\x0f(%d+)Z"

local function seconds(text)
  local year, rest = text:match(#text == 12 and "^(%d%d)(.*)$" or "^(%d%d%d%d)(.*)$")
  year = math.tointeger(tonumber(year))
  if #text == 12 then year = year + (year < 50 and 2000 or 1900) end
  local month, day, hour, minute, second = rest:match "^(%d%d)(%d%d)(%d%d)(%d%d)(%d%d)$"
  -- os.time reads local time; the certificate's is UTC, and a day's error matters to none.
  return os.time { year = year, month = month, day = day, hour = hour, min = minute, sec = second }
end

--- When the first certificate of a PEM file ends.
-- @tparam string text the file's
-- @treturn ?number seconds since 1970, nil when there is none
function certificate.ends(text)
  local body = text:match "%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-(.-)%-%-%-%-%-END"
  local der = body and mime.unb64((body:gsub("%s", "")))
  for _, first in ipairs { utc, general } do
    for _, second in ipairs { utc, general } do
      local _, last = (der or ""):match(first .. second)
      if last then return seconds(last) end
    end
  end
end

return certificate
