--- What `serve` prints once it listens: where, and what a client needs.
-- @module hathora.host.cli.greeting

local address = require "hathora.host.config.address"

local lines = [[
hathora-host listening on %s
page: %s/%s

In another shell:
  export HATHORA_CLOUD_ENDPOINT=%s
  %s
  export HATHORA_APP_ID=%s
  %s processes create --region Tokyo --wait
]]

-- The client's program: by its path, unless the shell finds the one beside this one.
local function client()
  local directory = arg and arg[0] and arg[0]:match "^(.*)/[^/]*$" or ""
  local isFound = (":" .. (os.getenv "PATH" or "") .. ":"):find(":" .. directory .. ":", 1, true)
  return isFound and "hathora" or directory .. "/hathora"
end

-- Where a client of this machine reaches a host that listens everywhere.
local function reachable(url, settings)
  if not address.isWildcard(settings.listen.host) then return url end
  return (url:gsub("//.*:", "//" .. (settings.key and settings.hostname or "127.0.0.1") .. ":"))
end

local function quote(text)
  return text:find "[^%w_.:/-]" and "'" .. text:gsub("'", "'\\''") .. "'" or text
end

local function firstApp(settings)
  local first
  for id in pairs(settings.apps) do if not first or id < first then first = id end end
  return first
end

--- Make it.
-- @tparam string url where the host listens
-- @tparam table settings the host's
-- @tparam[opt] string token the one that this start made; no other is ever shown
-- @tparam string source what holds the token when this start did not make it
-- @treturn string
return function(url, settings, token, source)
  local there = reachable(url, settings)
  return lines:format(url, there, token and "#token=" .. token or "", there,
    token and "export HATHORA_TOKEN=" .. token
      or "# also set HATHORA_TOKEN: the host took it from " .. source,
    quote(firstApp(settings)), client())
end
