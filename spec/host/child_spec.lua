local hosts = require "support.host"
local locals = require "hathora.host.engine.local"
local loops = require "hathora.host.machine.loop"
local support = require "support.process"
local system = require "hathora.host.users"
local users = require "hathora.host.engine.local.users"

-- A host in a bad state of every kind starts one game, which tells what it has of its own.
local host = [[
  local keeper <close> = require "support.keeper".start({ game = {
    command = { "/bin/sh", "-c", arg[1] }, cwd = "/usr", env = { OWN = "a b=c" }, user = arg[2],
  } })
  keeper.loop:signals({ "TERM", "INT", "HUP" }, print)
  local process = keeper:create "game"
  keeper:waitForStatus(process, "stopped")
  io.write(keeper:log(process))
]]
local surroundings = [[
  trap '' PIPE INT QUIT CHLD
  umask 077
  ulimit -S -n 4000
  echo 500 >/proc/self/oom_score_adj
  renice 5 $$ >/dev/null
  exec 7</etc/passwd 9>/dev/null
  SECRET=token exec lua5.4 - "$@" <<'END'
]] .. host .. "END\n"

describe("a game #outside", function()
  local function ask(script, user)
    local output, status = support.run { "/bin/sh", "-c", surroundings, "sh", script, user }
    assert.equal(0, status, output)
    return output
  end

  it("has default signals, and none blocked", function()
    local text = ask "cat /proc/self/status"
    assert.matches("SigBlk:\t0000000000000000", text)
    assert.matches("SigIgn:\t0000000000000000", text)
  end)

  it("has descriptors 0, 1 and 2 only, and no input", function()
    local text = ask "ls -l /proc/$$/fd; cat"
    assert.matches(" 0 %-> /dev/null", text)
    assert.matches(" 1 %-> %S+/logs/", text)
    assert.matches(" 2 %-> %S+/logs/", text)
    assert.no.matches(" [3-9] %->", text)
  end)

  it("has the environment it is told, and nothing else", function()
    local text = ask "tr '\\0' '\\n' </proc/self/environ"
    assert.matches("\nOWN=a b=c\n", text)
    for name in text:gmatch "([%w_]+)=[^\n]*\n" do
      assert.truthy(name:find "^HATHORA_" or name == "OWN" or name == "PATH" or name == "PWD"
        or name == "b", name)
    end
  end)

  it("has the limits of a fresh start", function()
    local text = ask "umask; ulimit -S -n; cat /proc/self/oom_score_adj; pwd"
    assert.equal("0022\n1024\n0\n/usr\n", text)
    if hosts.user ~= "root" then return pending(hosts.unprivileged) end
    assert.equal("0\n0\n", ask("cat /proc/self/oom_score_adj; nice", "nobody"))
  end)

  it("leads a session without a terminal, and cannot gain rights", function()
    local text = ask "echo $$ $(cut -d' ' -f6,7 /proc/$$/stat); grep NoNewPrivs /proc/self/status"
    local pid, session, terminal = text:match "(%d+) (%d+) (%d+)"
    assert.equal(pid, session)
    assert.equal("0", terminal)
    assert.matches("NoNewPrivs:\t1", text)
  end)

  it("is not killed for its parent's death", function()
    -- proc(5) shows no such setting; a game whose host is gone and that lives shows it.
    local keepers = require "support.keeper"
    local keeper <close> = keepers.start({ game = { command = keepers.server } },
      { durable = true })
    local process = keeper:create "game"
    keeper:waitForStatus(process, "running")
    keeper:restart()
    assert.equal("running", keeper:info(process).status)
  end)

  it("runs as the user that its app names, with that user's groups alone", function()
    if hosts.user ~= "root" then return pending(hosts.unprivileged) end
    local keepers = require "support.keeper"
    local keeper <close> = keepers.start { game = { user = "nobody",
      command = keepers.shell "grep -E '^(Uid|Gid|Groups)' /proc/self/status" } }
    local process = keeper:create "game"
    keeper:waitForStatus(process, "stopped")
    local nobody, nogroup = (support.run { "id", "-u", "nobody" }):match "%d+",
      (support.run { "id", "-g", "nobody" }):match "%d+"
    assert.equal(("Uid:\t%s\t%s\t%s\t%s\nGid:\t%s\t%s\t%s\t%s\nGroups:\t%s \n"):format(
      nobody, nobody, nobody, nobody, nogroup, nogroup, nogroup, nogroup, nogroup),
      keeper:log(process))
  end)

  it("is in the groups that its user is in by then", function()
    if hosts.user ~= "root" then return pending(hosts.unprivileged) end
    local output, status = support.run { "unshare", "-m", "lua5.4", "-e", [[
      local keepers, support = require "support.keeper", require "support.process"
      local keeper <close> = keepers.start { game = { user = "nobody",
        command = keepers.shell "sed -n s/^Groups://p /proc/self/status" } }
      local groups = keeper.directory .. "/group"
      assert(support.run { "sh", "-c", "cp /etc/group $0 && mount --bind $0 /etc/group",
        groups } == "")
      for _, added in ipairs { { 41, 41 }, { 42, 80 } } do
        local list <close> = io.open(groups, "a")
        for number = added[1], added[2] do
          list:write(("extra-%d:x:%d:nobody\n"):format(number, number))
        end
        list:close()
        local process = keeper:create "game"
        keeper:waitForStatus(process, "stopped")
        io.write(keeper:log(process))
      end ]] }
    assert.equal(0, status, output)
    local group = (support.run { "id", "-g", "nobody" }):match "%d+"
    local all = {}
    for number = 41, 80 do all[#all + 1] = number end
    assert.same({ ("41 %s"):format(group), ("%s %s"):format(table.concat(all, " "), group) },
      { output:match "^%s*(.-) *\n%s*(.-) *\n$" })
  end)

  it("that wants more memory than its limit does not get it", function()
    local keepers = require "support.keeper"
    local keeper <close> = keepers.start { game = { memoryMB = 64, command = {
      "lua5.4", "-e", "print(pcall(string.rep, 'x', 128 << 20)) print(#('x'):rep(1 << 20))" } } }
    local process = keeper:create "game"
    keeper:waitFor(function() return keeper:info(process).terminatedAt end, "its end")
    assert.no.matches("true", keeper:log(process))
  end)
end)

describe("a program that comes and goes", function()
  it("can be run, or not: whoever asks is told", function()
    local path = os.tmpname()
    local others <close> = support.hold { ready = "begun", command = { "lua5.4", "-e", ([[
      print "begun" io.stdout:flush()
      while true do io.open(%q, "w"):close() os.remove(%q) end]]):format(path, path) } }
    local loop <close> = loops.new()
    local engine, unknown, absent = locals.new { loop = loop, apps = {} }, 0, 0
    for _ = 1, 20000 do
      local possible, problem = engine:check { command = { path } }
      assert.is_nil(possible)
      if problem:find "No such file" then absent = absent + 1 else unknown = unknown + 1 end
    end
    assert(others and absent > 0 and unknown > 0)
    os.remove(path)
  end)
end)

describe("a user that games run as", function()
  local found, now = system.find, loops.now
  after_each(function() system.find, loops.now = found, now end)

  it("is looked up once, whether it is there or not; one that is not, once more after a while",
    function()
      local asked = 0
      function system.find(name)
        asked = asked + 1
        return found(name)
      end
      local known = users.new {}
      local function ask(name)
        for _ = 1, 3 do known:numbers(name) end
        return known:numbers(name)
      end
      assert.equal(support.run { "id", "-u", "nobody" }, ask "nobody":match "%d+" .. "\n")
      assert.equal(1, asked)
      assert.is_nil(ask "nobody-at-all")
      assert.equal(2, asked)
      function loops.now() return now() + 60 end
      assert.is_nil(ask "nobody-at-all")
      assert.truthy(ask "nobody")
      assert.equal(3, asked)
    end)
end)
