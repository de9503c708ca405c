local directories = require "hathora.host.machine.directory"
local host = require "support.host"
local lfs = require "lfs"
local process = require "support.process"
local shim = require "hathora.host.engine.local.shim"
local spawn = require "hathora.host.spawn"
local hathora = require "hathora"

local function count(path)
  local found = 0
  for name in lfs.dir(path) do
    if not name:find "^%." then found = found + 1 end
  end
  return found
end

describe("a host that was killed #outside", function()
  it("in the middle of creates leaves no result and no log of those never recorded", function()
    local running <close> = host.start { directory = true }
    for _ = 1, 3 do
      running:stop "KILL"
      running:restart { HATHORA_HOST_FAULT = "prepared" }
      local sdk <close> = hathora.new(running:options { retry = false, timeout = 5 })
      pcall(sdk.processesV2.createProcess, sdk.processesV2, { region = "Tokyo" })
    end
    running:stop "KILL"
    assert.truthy(count(running.directory .. "/results") > 0)
    running:restart()
    assert.equal(0, count(running.directory .. "/results"))
    assert.equal(0, count(running.directory .. "/logs"))
  end)

  -- Not every machine lets us make control groups; to remove one is to remove a directory.
  it("before a process was recorded leaves no control group", function()
    local directory = process.temporaryDirectory()
    lfs.mkdir(directory .. "/group")
    local held = spawn.start { program = shim.program, environment = {}, log = directory .. "/log",
      arguments = { "hathora-shim", "-r", directory .. "/result", "-c", directory .. "/group", "--",
        "/bin/true" } }
    local pid = held:pid()
    held:close()
    process.waitFor(function()
      return (process.readFile(("/proc/%d/stat"):format(pid)) or " Z "):find " Z "
    end, "the shim to end")
    assert.matches("unstarted\ngone\n", process.readFile(directory .. "/result"), 1, true)
    assert.is_nil(lfs.attributes(directory .. "/group"))
    process.removeDirectory(directory)
  end)

  it("without a directory has its temporary one removed by the next, and a living one's stays",
    function()
      local parent = process.temporaryDirectory()
      local env = { TMPDIR = parent }
      local killed <close> = host.start(nil, env)
      local living <close> = host.start(nil, env)
      killed:stop "KILL"
      assert.equal(2, count(parent))
      local next <close> = host.start(nil, env)
      assert.equal(2, count(parent))
      assert(living and next)
      process.removeDirectory(parent)
    end)

  it("says so when the place for temporary ones is not there", function()
    local output = process.run({ "bin/hathora-host", "serve", "--token", host.token, "--listen",
      "127.0.0.1:0", "--user", host.user, "--app", "game", "--", "/bin/true" },
      { TMPDIR = "/nowhere" })
    assert.matches("cannot use the directory /nowhere/hathora%-host%-%S+: .* is not there", output)
    assert.no.matches("traceback", output)
  end)

  it("begins beside others, each removing what is left and none what is another's", function()
    local parent = process.temporaryDirectory()
    local script = [[
      local directory = require "hathora.host.machine.directory"
      for round = 1, 60 do
        local one = assert(directory.open())
        for _, name in ipairs { "logs", "results", "lock" } do
          assert(io.open(one.path .. "/" .. name), "lost " .. name):close()
        end
        if round % 2 == 0 then one:close() else one.lockFile:close() end
      end]]
    local hosts = ("lua5.4 -e %s & "):format(process.quote(script)):rep(6)
    assert.equal("", process.run({ "sh", "-c", hosts .. "wait" }, { TMPDIR = parent }))
    process.removeDirectory(parent)
  end)

  it("frees its place for the next at once, though another still has it for a moment", function()
    local port = process.freePort()
    local busy = process.hold { ready = "(taken)", command = { "lua5.4", "-e", ([[
      local socket = require "socket"
      local listener = assert(socket.bind("127.0.0.1", %d))
      print "taken"
      io.stdout:flush()
      socket.sleep(0.4)
      listener:close()
      socket.sleep(30)]]):format(port) } }
    local running <close> = host.start { listen = "127.0.0.1:" .. port }
    assert(running)
    busy:close()
  end)
end)

describe("a process's result", function()
  it("says what it is of until it is known", function()
    local path = process.temporaryDirectory()
    local directory = assert(directories.open(path .. "/state"))
    assert(directory:reserve "an-id")
    assert(directory:describe("an-id", "a line"))
    assert.matches("^a line +$", directory:described()[1])
    assert.is_nil(directory:readResult "an-id")
    directory:removeStrays(function() return true end)
    assert.equal(1, #directory:described())
    directory:removeStrays(function() return false end)
    assert.same({}, directory:described())
    directory:close()
    process.removeDirectory(path)
  end)
end)

describe("what is kept of processes", function()
  it("is removed of those that nobody knows, and all of it stays of the others", function()
    local path = process.temporaryDirectory()
    local directory = assert(directories.open(path .. "/state"))
    for _, id in ipairs { "known", "stray" } do
      assert.is_true(directory:reserve(id))
      for _, file in ipairs { directory:result(id), directory:logMark(id), directory:log(id) } do
        process.writeFile(file, "text")
      end
    end
    directory:removeStrays(function(id) return id == "known" end)
    local left = process.run("cd " .. path .. "/state && ls results logs")
    assert.equal("logs:\nknown\n\nresults:\nknown\nknown.mark\nknown.new\n", left)
    directory:close()
    process.removeDirectory(path)
  end)
end)
