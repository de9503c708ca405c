--- Makes the ids of rooms that are given none: 11 to 13 lower-case letters and digits at random,
-- as Hathora's were.
-- @module hathora.host.rooms.ids
-- @treturn string such as `2swovpy1fnunu`

local digits = "0123456789abcdefghijklmnopqrstuvwxyz"
local least = 36 ^ 10 | 0

return function()
  local random <close> = assert(io.open("/dev/urandom", "rb"))
  local number, text
  repeat number = ("I8"):unpack(random:read(8)) & math.maxinteger until number >= least
  text = ""
  while number > 0 do
    local digit = number % 36 + 1
    text, number = digits:sub(digit, digit) .. text, number // 36
  end
  return text
end
