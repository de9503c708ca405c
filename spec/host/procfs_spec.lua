local lfs = require "lfs"
local procfs = require "hathora.host.machine.procfs"
local socket = require "socket"

local descriptors = "/proc/self/fd/"

local function openDirectories()
  local count = 0
  for descriptor in lfs.dir(descriptors) do
    local target = lfs.symlinkattributes(descriptors .. descriptor, "target") or ""
    if target:find "^/proc/%d+/fd$" then count = count + 1 end
  end
  return count
end

describe("what the kernel says of processes", function()
  it("leaves no directory open once a socket is found", function()
    local listener = assert(socket.bind("127.0.0.1", 0))
    local descriptor = math.tointeger(listener:getfd())
    local target = lfs.symlinkattributes(descriptors .. descriptor, "target")
    local pid = math.tointeger(tonumber(lfs.symlinkattributes("/proc/self", "target")))
    local before = openDirectories()
    collectgarbage "stop"
    local isFound = procfs.holdsSocket(pid, { math.tointeger(tonumber(target:match "%d+")) })
    local after = openDirectories()
    collectgarbage "restart"
    listener:close()
    assert.is_true(isFound)
    assert.equal(before, after)
  end)
end)
