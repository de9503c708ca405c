--- The fields of an operation read from a request's path and query.
-- @module hathora.host.api.parameters

local read = require "hathora.schema.read"

local parameters = {}

local function sentence(problems)
  local lines = {}
  for index, problem in ipairs(problems) do
    lines[index] = problem.path .. " " .. problem.message
  end
  return table.concat(lines, "; ")
end

--- Read what an operation takes. Query parameters it does not know are left alone.
-- @tparam table operation of `hathora.schema`
-- @tparam table path texts by name
-- @tparam table query lists of texts by name
-- @treturn[1] table the fields that are there, in their types
-- @treturn[2] nil
-- @treturn[2] string every mistake, with what would be right
function parameters.read(operation, path, query)
  local fields, problems = read.target(operation, path, query)
  if problems[1] then return nil, sentence(problems) end
  return fields
end

return parameters
