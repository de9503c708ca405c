--- What `serve --demo` serves: the example game server.
-- @module hathora.host.cli.demo

local procfs = require "hathora.host.machine.procfs"

local demo = {
  --- The app's id.
  app = "app-demo",
}

local unprivileged = "nobody"

-- Below a folder of root's an unprivileged user cannot start it: it gets a copy.
local function copy(path)
  local target = os.tmpname()
  local from <close> = assert(io.open(path, "rb"))
  local to <close> = assert(io.open(target, "wb"))
  assert(to:write(from:read "a"))
  assert(os.execute("chmod 755 " .. target))
  return target
end

--- Find it, and whom it runs as.
-- @treturn[1] table the app's settings
-- @treturn[1] function removes what was made
-- @treturn[2] nil
-- @treturn[2] string why there is none
function demo.open()
  local program = package.searchpath("hathora.host.spawn", package.cpath)
    :gsub("[^/]*$", "gameserver")
  if not io.open(program) then
    return nil, "the example game server is not built: `make build` builds it"
  end
  if procfs.user() ~= 0 then return { command = { program } }, function() end end
  local path = copy(program)
  return { command = { path }, user = unprivileged }, function() os.remove(path) end
end

return demo
