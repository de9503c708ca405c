--- `HOST:PORT`, as a listen address and a request's Host header have it.
-- @module hathora.host.config.address

local address = {}

--- Take it apart. An IPv6 address stands in brackets, and is given without them.
-- @tparam string text such as `127.0.0.1:4000`, `[::1]:4000` or `games.example.org`
-- @treturn ?string host, nil when it is none
-- @treturn ?integer port, nil when there is none
function address.split(text)
  local host, rest = text:match "^%[([%x:.]+)%](.*)$"
  if not host then host, rest = text:match "^([%w%.%-_]+)(.*)$" end
  if not host or rest == "" then return host end
  local port = math.tointeger(tonumber(rest:match "^:(%d%d?%d?%d?%d?)$"))
  if port and port <= 65535 then return host, port end
end

--- Put it together.
function address.join(host, port)
  return (host:find(":", 1, true) and "[%s]:%d" or "%s:%d"):format(host, port)
end

--- Is it an address rather than a name?
function address.isAddress(host)
  return host:find(":", 1, true) ~= nil or host:find "^%d+%.%d+%.%d+%.%d+$" ~= nil
end

--- Does it stand for every address of the machine?
function address.isWildcard(host)
  return host == "0.0.0.0" or host:find "^[0:]+$" ~= nil
end

--- Can only this machine reach it?
function address.isLoopback(host)
  return host == "localhost" or host == "::1" or host:find "^127%.%d+%.%d+%.%d+$" ~= nil
end

return address
