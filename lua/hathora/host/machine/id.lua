--- Makes ids for players and rooms that bring none: lower-case letters and digits, as Hathora's
-- were. Thirteen digits of base 36 at random are 67 bits, so nobody has the same.
-- @module hathora.host.machine.id
-- @treturn string such as `2swovpy1fnunu`

local random = require "openssl.rand"

local digits = "0123456789abcdefghijklmnopqrstuvwxyz"

return function()
  local id = {}
  for index = 1, 13 do
    local digit = random.uniform(#digits) + 1
    id[index] = digits:sub(digit, digit)
  end
  return table.concat(id)
end
