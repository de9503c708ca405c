--- The token that a command line uses: from an option, a file or the environment.
-- @module hathora.cli.credentials

local core = require "hathora.core"

local credentials = {
  --- The options, as rows of a grammar.
  token = { "--token -t", "The token. Other users can see a command line: prefer --token-file or "
    .. "the variable.", argname = "TOKEN", env = "HATHORA_TOKEN" },
  file = { "--token-file", "A file whose first line is the token.", argname = "FILE",
    env = "HATHORA_TOKEN_FILE" },
}

local function variable(option)
  local value = os.getenv(option.env)
  return value ~= "" and value or nil
end

local function fromFile(path, source)
  local file, problem = io.open(path)
  if not file then return nil, ("%s cannot be read: %s"):format(source, problem) end
  local line = file:read "l"
  file:close()
  line = line and line:match "^%s*(.-)%s*$"
  if not line or line == "" then
    return nil, ("%s: the first line of %s must be the token, and is empty"):format(source, path)
  end
  return line, source
end

--- Find the token. One that stands in the command line is overwritten there, where other users of
-- the machine would see it.
-- @tparam table arguments `token` and `token_file`, where the options were given
-- @treturn[1] string the token
-- @treturn[1] string where it is from
-- @treturn[2] nil
-- @treturn[2] string what is wrong, or nil when there is none
function credentials.find(arguments)
  if arguments.token then
    core.hide(arguments.token)
    return arguments.token, "--token"
  end
  if arguments.token_file then return fromFile(arguments.token_file, "--token-file") end
  if variable(credentials.token) then
    return variable(credentials.token), credentials.token.env
  end
  local path = variable(credentials.file)
  if path then return fromFile(path, credentials.file.env) end
  return nil
end

--- What to say when there is none.
credentials.missing = "there is no token: give --token-file or --token, or set HATHORA_TOKEN or "
  .. "HATHORA_TOKEN_FILE"

return credentials
