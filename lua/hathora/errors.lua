--- The errors that are raised: tables with a one-line `tostring`.
--
-- * `ApiError`: a documented error status with the API's JSON body.
-- * `SDKException`: any other answer that is not the documented success.
-- * `ConnectionError`, `TimeoutError`, `CancelledError`: no answer. `sent` is "no", "maybe" or
--   "yes": whether the server may have acted.
-- * `RequestError`: the request, or an option, is wrong; nothing was sent. `problems` lists each
--   as `{ path, message }`.
-- * `SecurityError`: `securitySource` failed or gave no token that can be sent.
-- * `ProcessError`, `RoomError`: what you waited for ended in another status; `process` or `room`
--   is its last known state.
--
-- All have `name`, `message` and `where`, the line of the user's program that made the call (such
-- as `script.lua:12`); those of an operation also `operation`, `method`, `url`, `attempts`, and
-- `idempotencyKey` where one was sent. With the option `traceback` those have one.
-- @module hathora.errors

local errors = {}

local maxLength = 500

--- Text of a server made fit for one line of a log.
local function oneLine(text)
  local clean = tostring(text):gsub("[%c\x7f]+", " ")
  return #clean > maxLength and clean:sub(1, maxLength) .. "..." or clean
end

local metatable = { __name = "hathora.error" }

local function headOf(problem)
  if not problem.statusCode then return problem.name end
  return problem.name .. " " .. problem.statusCode
end

--- What went wrong in one line, without where.
function errors.brief(problem)
  return headOf(problem) .. ": " .. oneLine(problem.message)
end

function metatable.__tostring(problem)
  local head = headOf(problem)
  if problem.operation then head = head .. " in " .. problem.operation end
  local text = head .. ": " .. oneLine(problem.message)
  if problem.method and problem.url then
    text = ("%s (%s %s)"):format(text, problem.method, oneLine(problem.url))
  end
  if problem.sent == "maybe" then text = text .. "; the server may have acted" end
  if problem.where then text = ("%s at %s"):format(text, oneLine(problem.where)) end
  return text
end

-- What the names of our own files begin with.
local own = debug.getinfo(1, "S").source:match "^(.-)errors%.lua$"

local function isOwn(frame)
  return frame.currentline < 0 or own and frame.source:sub(1, #own) == own
end

--- The line of the user's program that has called into this library.
-- @treturn ?string such as `script.lua:12`
function errors.caller()
  local level = 2
  local frame = debug.getinfo(level, "Sl")
  while frame and isOwn(frame) do
    level = level + 1
    frame = debug.getinfo(level, "Sl")
  end
  return frame and ("%s:%d"):format(frame.short_src, frame.currentline)
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
