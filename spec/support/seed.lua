--- Random specs that can be repeated: the seed is HATHORA_SPEC_SEED, or else of this moment, and
-- a failure says it.
-- @module support.seed

local seed = {}

local value = math.tointeger(tonumber(os.getenv "HATHORA_SPEC_SEED")) or os.time()

--- Run a function with random numbers that the seed decides.
-- @tparam function run
-- @raise what it raises, with the seed
function seed.with(run)
  math.randomseed(value)
  local ok, failure = xpcall(run, function(failure)
    return type(failure) == "string" and debug.traceback(failure, 2) or failure
  end)
  if ok then return end
  if type(failure) == "table" and failure.message then
    failure.message = ("HATHORA_SPEC_SEED=%d: %s"):format(value, tostring(failure.message))
    error(failure, 0)
  end
  error(("HATHORA_SPEC_SEED=%d: %s"):format(value, tostring(failure)), 0)
end

return seed
