--- A client of Hathora Cloud's process API.
--
--    local hathora = require "hathora"
--    local sdk <close> = hathora.new { security = { hathoraDevToken = token }, appId = "app-..." }
--    local process = sdk.processesV2:createProcess { region = hathora.Region.Tokyo }
--
-- @module hathora

-- Said here, for another Lua fails to load the core with a message about symbols. What stands in
-- this file must be read by all of them.
if _VERSION ~= "Lua 5.4" then
  local jit = rawget(_G, "jit")
  error("hathora needs Lua 5.4; this is " .. (jit and jit.version or _VERSION), 0)
end

local contract = require "hathora.contract"
local core = require "hathora.core"
local errors = require "hathora.errors"
local schema = require "hathora.schema"
local sdk = require "hathora.sdk"

local hathora = {
  _VERSION = core._VERSION,
  --- Unix seconds of one of the API's times; see `hathora.time`.
  time = function(text) return require "hathora.time"(text) end,
  --- Make an sdk. Options: docs/options.md.
  -- @function hathora.new
  -- @tparam table options
  -- @treturn hathora.sdk
  -- @raise RequestError that names every wrong option
  new = function(options) return sdk.new(options == nil and {} or options) end,
  --- What this build can do: `libcurl`, `nonblockingDns`, `http2`.
  info = core.info,
}

-- The enums, as the official SDKs name them: `hathora.Region.LosAngeles` is "Los_Angeles".
setmetatable(hathora, { __index = function(_, name) return schema.enums[name] end })

-- The environment variables of the hathora command line, and what they are here.
local environment = {
  { "HATHORA_TOKEN", function(options, value)
    options.security = { [contract.security.options.developer] = value }
  end, required = true },
  { "HATHORA_APP_ID", function(options, value) options.appId = value end, required = true },
  { "HATHORA_CLOUD_ENDPOINT", function(options, value) options.serverUrl = value end },
  { "HATHORA_DEBUG", function(options, value)
    if value ~= "0" then options.log = require "hathora.log".toStandardError end
  end },
}

--- Make an sdk from HATHORA_TOKEN, HATHORA_APP_ID and, if set, HATHORA_CLOUD_ENDPOINT. With
-- HATHORA_DEBUG=1 each request, answer and retry is a line on standard error.
-- @tparam[opt] table options what to add, or to set otherwise
-- @treturn hathora.sdk
-- @raise RequestError that names every variable that is missing
function hathora.fromEnvironment(options)
  local merged, problems = {}, {}
  for _, row in ipairs(environment) do
    local value = os.getenv(row[1])
    if value and value ~= "" then
      row[2](merged, value)
    elseif row.required then
      problems[#problems + 1] = { path = row[1], message = "is not set in the environment" }
    end
  end
  if problems[1] then error(errors.request(problems), 0) end
  for name, value in pairs(options or {}) do merged[name] = value end
  return sdk.new(merged)
end

local function checkCalls(calls)
  if type(calls) ~= "table" then
    return { { path = "calls", message = ("are a %s; they must be a list of calls: "
      .. "hathora.all { a, b }"):format(type(calls)) } }
  end
  for index, call in ipairs(calls) do
    if type(call) ~= "userdata" then
      return { { path = ("calls[%d]"):format(index), message = ("is a %s; it must be a call, such "
        .. "as createProcessAsync returns"):format(type(call)) } }
    end
  end
end

--- Wait for many calls.
-- @tparam {hathora.call,...} calls
-- @treturn table the payload of each that succeeded, by its place in the list
-- @treturn table the error of each that failed, likewise
-- @raise RequestError for what is no list of calls
function hathora.all(calls)
  local problems = checkCalls(calls)
  if problems then error(errors.request(problems, { where = errors.caller() }), 0) end
  local results, failures = {}, {}
  for index, call in ipairs(calls) do
    call:wait()
    local ok, result, failure = pcall(call.result, call)
    if not ok then failures[index] = result
    elseif result == nil then failures[index] = failure
    else results[index] = result end
  end
  return results, failures
end

return hathora
