--- Make a random UUID: RFC 9562, version 4.
-- @module hathora.host.uuid
-- @treturn string such as `cbfcddd2-0006-43ae-996c-995fff7bed2e`
return function()
  local random <close> = assert(io.open("/dev/urandom", "rb"))
  local bytes = { random:read(16):byte(1, 16) }
  bytes[7] = bytes[7] & 0x0f | 0x40
  bytes[9] = bytes[9] & 0x3f | 0x80
  local hex = ("%02x"):rep(16):format(table.unpack(bytes))
  return (hex:gsub("^(%x%x%x%x%x%x%x%x)(%x%x%x%x)(%x%x%x%x)(%x%x%x%x)", "%1-%2-%3-%4-"))
end
