--- A server's address, from the options that name it.
-- @module hathora.address

local contract = require "hathora.contract"
local errors = require "hathora.errors"

local function isLoopback(host)
  if host == "localhost" or host == "[::1]" then return true end
  local parts = { host:match "^127%.(%d+)%.(%d+)%.(%d+)$" }
  for _, part in ipairs(parts) do
    if #part > 3 or tonumber(part) > 255 then return false end
  end
  return parts[1] ~= nil
end

-- A name or an address, in brackets if it has colons, and maybe a port.
local function isAuthority(authority)
  local host, port = authority:match "^(.*):(%d*)$"
  if not host then host, port = authority, "" end
  return #port <= 5 and (host:find "^[%w._~%-]+$" or host:find "^%[[%x:.]+%]$") ~= nil
end

local function refuse(path, message)
  error(errors.request { { path = path, message = message } }, 0)
end

local function fill(url, values)
  return (url:gsub("{([^{}]+)}", function(name)
    local value = values[name]
    if value == nil then refuse("serverUrl", ("has {%s}, which urlParams lacks"):format(name)) end
    return tostring(value)
  end))
end

--- Where a server is.
-- @tparam table given `serverUrl` or `serverIndex`, `urlParams`, `allowHttp`: docs/options.md
-- @treturn string the base of every URL
-- @treturn table options of the transport: `unixSocket`, `direct` (past any proxy), `origin`
-- @raise RequestError
return function(given)
  local url = given.serverUrl
  if not url then
    url = contract.defaultServer
    if given.serverIndex then url = contract.servers[given.serverIndex] end
    if not url then
      refuse("serverIndex", ("is %d; there are %d servers"):format(given.serverIndex,
        #contract.servers))
    end
  end
  url = fill(url, given.urlParams or {})
  local socket = url:match "^unix:(/.*)$"
  if socket then
    if #socket > 107 then refuse("serverUrl", "names a socket path longer than 107 bytes") end
    return "http://localhost", { unixSocket = socket, direct = true, origin = "http://localhost" }
  end
  local scheme, authority, path = url:match "^(https?)://([^/?#%s%c]+)(/?[^?#%s%c]*)$"
  if not scheme then
    refuse("serverUrl", "must be https://HOST, http://HOST or unix:/PATH, without a query")
  end
  if authority:find("@", 1, true) then
    refuse("serverUrl", "must not have a user or password in it")
  end
  if not isAuthority(authority) then
    refuse("serverUrl", "has no valid host name")
  end
  local host = authority:gsub(":%d+$", "")
  local loopback = isLoopback(host)
  if scheme == "http" and not loopback and not given.allowHttp then
    refuse("serverUrl", ("would send the token to %s in the clear; use https, or say "
      .. "allowHttp = true"):format(host))
  end
  local origin = scheme .. "://" .. authority
  -- An HTTP proxy gets the whole URL; for https it only passes bytes on.
  local whole = scheme == "http" and not loopback
  return origin .. path:gsub("/+$", ""), { direct = loopback, origin = not whole and origin or nil }
end
