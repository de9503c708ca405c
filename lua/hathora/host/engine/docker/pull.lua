--- Has Docker fetch an image.
-- @module hathora.host.engine.docker.pull

local docker = require "hathora.host.engine.docker.api"
local json = require "hathora.json"

-- What went wrong, if anything did. Once a fetch has begun, that comes within a 200, as one of many
-- lines of JSON (POST /images/create).
local function problemOf(status, answer)
  if status ~= 200 then return type(answer) == "table" and answer.message or answer end
  if type(answer) == "table" then return answer.error end
  for line in answer:gmatch "[^\r\n]+" do
    local problem = json.decode(line).error
    if problem then return problem end
  end
end

--- Fetch.
-- @tparam table api see `hathora.host.engine.docker.api`
-- @tparam string image without a tag or digest it is the tag `latest`, for Docker would take all
-- @tparam function done called with what went wrong, or nothing
return function(api, image, done)
  local tag = image:find "[:@][^/]*$" and "" or "&tag=latest"
  api:ask("POST", "/images/create?fromImage=" .. docker.escape(image) .. tag, nil,
    function(...) done(problemOf(...)) end, math.huge)
end
