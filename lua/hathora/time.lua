--- The API's times.
-- @module hathora.time

-- Days from 1970-01-01 to a date, in the calendar without end (Howard Hinnant's
-- "days_from_civil": a year begins in March, so that the leap day is its last).
local function days(year, month, day)
  if month <= 2 then year = year - 1 end
  local era = year // 400
  local yearOfEra = year - era * 400
  local dayOfYear = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  local dayOfEra = yearOfEra * 365 + yearOfEra // 4 - yearOfEra // 100 + dayOfYear
  return era * 146097 + dayOfEra - 719468
end

local function offsetSeconds(text)
  if text == "Z" or text == "z" then return 0 end
  local sign, hours, minutes = text:match "^([+-])(%d%d):?(%d%d)$"
  if not sign then return nil end
  return (sign == "-" and -1 or 1) * (tonumber(hours) * 3600 + tonumber(minutes) * 60)
end

--- Unix seconds of an RFC 3339 time, with their fraction.
-- @tparam string text such as `2024-05-10T00:03:23.123Z`, or with an offset such as `+02:00`
-- @treturn[1] number
-- @treturn[2] nil when the text is no such time
-- @treturn[2] string why
local function time(text)
  local year, month, day, hour, minute, second, fraction, zone =
    tostring(text):match "^(%d%d%d%d)-(%d%d)-(%d%d)[Tt ](%d%d):(%d%d):(%d%d)(%.?%d*)(.+)$"
  local offset = zone and offsetSeconds(zone)
  if not offset then
    return nil, ("%q is not a time such as 2024-05-10T00:03:23.123Z"):format(tostring(text))
  end
  local whole = days(math.tointeger(year), math.tointeger(month), math.tointeger(day)) * 86400
    + math.tointeger(hour) * 3600 + math.tointeger(minute) * 60 + math.tointeger(second) - offset
  return #fraction > 1 and whole + tonumber("0" .. fraction) or whole
end

return time
