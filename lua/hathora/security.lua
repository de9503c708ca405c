--- What proves who sends a request: the option `security`, or what `securitySource` returns.
-- A token never shows in a message.
-- @module hathora.security

local contract = require "hathora.contract"
local errors = require "hathora.errors"

local security = {}

local example = "{ hathoraDevToken = token }"

local known = {}
for _, option in pairs(contract.security.options) do known[option] = true end

-- What is wrong with a table of tokens, beside the tokens themselves.
local function mistake(tokens)
  if type(tokens) ~= "table" then
    return ("is a %s; it must be a table such as %s"):format(type(tokens), example)
  end
  for name in pairs(tokens) do
    if not known[name] then
      local suggest = require "hathora.suggest"
      return "has an unknown field" .. (type(name) == "string" and #name < 40
        and (" %q"):format(name) or "") .. suggest.sentence(name, suggest.names(known))
    end
  end
  if not next(tokens) then return ("has no token in it; it must be such as %s"):format(example) end
end

--- What the option `security` must be, if a value is not that.
-- @treturn ?string
security.mistake = mistake

local function refuse(message)
  error(errors.new("SecurityError", { message = message }), 0)
end

-- A token read from a file ends in a line break; anything else of the kind inside it is refused.
local function clean(token, name)
  if type(token) ~= "string" then
    refuse(("%s must be text, and is a %s"):format(name, type(token)))
  end
  token = token:gsub("^%s+", ""):gsub("%s+$", "")
  if token == "" then refuse(name .. " is empty") end
  if token:find "[^\x21-\x7e ]" then
    refuse(name .. " has a line break, a control character or a byte outside ASCII in it")
  end
  return token
end

local function ask(source)
  local ok, tokens = pcall(source)
  if not ok then refuse("securitySource failed: " .. tostring(tokens)) end
  local wrong = mistake(tokens)
  if wrong then refuse("what securitySource returned " .. wrong) end
  return tokens
end

--- The token of a request, nil when none is to be sent.
-- @tparam string kind of `contract.security.options`, or `none`
-- @tparam table options the sdk's: `security`, `securitySource`
-- @tparam ?table given the call's own `security`, which goes before the sdk's
-- @treturn ?string
-- @raise SecurityError
function security.token(kind, options, given)
  local name = contract.security.options[kind]
  if not name then return nil end
  local token = given and given[name]
  if token == nil and options.securitySource then
    token = ask(options.securitySource)[name]
    if token == nil then refuse("what securitySource returned has no " .. name) end
  elseif token == nil and options.security then
    token = options.security[name]
  end
  return token ~= nil and clean(token, name) or nil
end

return security
