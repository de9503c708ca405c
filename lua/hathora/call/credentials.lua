--- What proves who asks: the tokens of an sdk, as header lines.
-- @module hathora.call.credentials

local contract = require "hathora.contract"
local security = require "hathora.security"

local function lineOf(token)
  local scheme = contract.security.scheme
  local whole = token:sub(1, #scheme + 1):lower() == scheme:lower() .. " "
  return ("%s: %s"):format(contract.security.header, whole and token or scheme .. " " .. token)
end

local function secretOf(token) return token:match "^%a+ +(.+)$" or token end

-- To look first is many times faster where there is nothing to find.
local function redact(text, secret)
  if not text:find(secret, 1, true) then return text end
  return (text:gsub(secret:gsub("%p", "%%%0"), "[token]"))
end

-- How many tokens are remembered beside the one a call was sent with last: its attempts may have
-- had others.
local remembered = 8

--- The credentials of an sdk. No table has a token in it, so that none shows it.
-- @tparam table options `security`, `securitySource`
-- @treturn table `refresh(client, kind)` has the client send the token as it is now, and returns a
-- SecurityError when there is none that can be sent; `refreshAll(client)` does so for every kind;
-- `line(kind)` is that header, nil for none; `lineOf(kind, security)` the same from a call's own;
-- `redactor(sent)` returns a function that takes the tokens from a text, for one a server may have
-- sent back: the token in these header lines, and those used lately
return function(options)
  local given = { security = options.security, securitySource = options.securitySource }
  local last, lines, secrets = {}, {}, {}

  local function remember(token)
    table.insert(secrets, 1, secretOf(token))
    secrets[remembered + 1] = nil
    return lineOf(token)
  end

  local credentials = {}

  function credentials.refresh(client, kind)
    local ok, token = pcall(security.token, kind, given)
    if not ok then return token end
    if token == last[kind] then return nil end
    local line = token and remember(token)
    client:authorize(kind, line)
    last[kind], lines[kind] = token, line -- not before: it may raise, and be tried again
  end

  function credentials.refreshAll(client)
    local problem
    for kind in pairs(contract.security.options) do
      problem = credentials.refresh(client, kind) or problem
    end
    return problem
  end

  function credentials.line(kind) return lines[kind] end

  function credentials.lineOf(kind, own)
    local ok, token = pcall(security.token, kind, given, own)
    if not ok then return nil, token end
    return token and remember(token)
  end

  function credentials.redactor(sent)
    local all = { table.unpack(secrets) }
    for _, line in ipairs(sent) do
      local token = line:match("^" .. contract.security.header .. ": (.+)$")
      if token then all[#all + 1] = secretOf(token) end
    end
    return function(text)
      for _, secret in ipairs(all) do text = redact(text, secret) end
      return text
    end
  end

  return credentials
end
