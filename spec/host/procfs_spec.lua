local lfs = require "lfs"
local procfs = require "hathora.host.machine.procfs"
local process = require "support.process"
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

  it("counts what a process takes with all below it", function()
    local busy <close> = process.hold {
      command = { "/bin/sh", "-c", "(while :; do :; done) & echo begun; wait" }, ready = "begun",
    }
    process.waitFor(function()
      local seconds, bytes = procfs.usage(busy.pid)
      return seconds and seconds > 0.05 and bytes > 500000
    end, "the time that a child takes")
    assert.is_nil(procfs.usage(2 ^ 22 + 1 | 0))
  end)
end)
