--- The errors that are raised: tables with a one-line `tostring`.
--
-- * `ApiError`: a documented error status with the API's JSON body.
-- * `SDKException`: any other answer that is not the documented success.
-- * `ConnectionError`, `TimeoutError`, `CancelledError`: no answer. `sent` is "no", "maybe" or
--   "yes": whether the server may have acted.
-- * `RequestError`: the request, or an option, is wrong; nothing was sent. `problems` lists each
--   as `{ path, message }`.
-- * `SecurityError`: `securitySource` failed or gave no token that can be sent.
-- * `ProcessError`: a process waited for went another way; `process` is its last state.
--
-- All have `name` and `message`; those of an operation also `operation`, `method`, `url`,
-- `attempts`, and `idempotencyKey` where one was sent.
-- @module hathora.errors

local errors = {}

local longest = 500

--- Text of a server made fit for one line of a log.
local function oneLine(text)
  local clean = tostring(text):gsub("[%c\x7f]+", " ")
  return #clean > longest and clean:sub(1, longest) .. "..." or clean
end

local metatable = { __name = "hathora.error" }

function metatable.__tostring(problem)
  local head = problem.name
  if problem.statusCode then head = head .. " " .. problem.statusCode end
  if problem.operation then head = head .. " in " .. problem.operation end
  local text = head .. ": " .. oneLine(problem.message)
  if problem.method and problem.url then
    text = ("%s (%s %s)"):format(text, problem.method, oneLine(problem.url))
  end
  if problem.sent == "maybe" then text = text .. "; the server may have acted" end
  return text
end

--- Make an error.
-- @tparam string name its kind
-- @tparam table fields its other fields, `message` among them
-- @treturn table to be raised with `error(problem, 0)`
function errors.new(name, fields)
  fields.name = name
  return setmetatable(fields, metatable)
end

--- Is this one of ours?
function errors.is(value, name)
  return getmetatable(value) == metatable and (name == nil or value.name == name)
end

--- A RequestError from a list of `{ path =, message = }`.
function errors.request(problems, fields)
  local lines = {}
  for index, problem in ipairs(problems) do
    lines[index] = problem.path .. " " .. problem.message
  end
  fields = fields or {}
  fields.problems, fields.message = problems, table.concat(lines, "; ")
  return errors.new("RequestError", fields)
end

return errors
