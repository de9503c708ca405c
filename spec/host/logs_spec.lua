local hathora = require "hathora"
local host = require "support.host"
local lfs = require "lfs"
local process = require "support.process"
local raw = require "support.raw"

-- A game that writes numbered lines until it has written so many, then a last word.
local function writer(lines, pause)
  return { "lua5.4", "-e", ([[io.stdout:setvbuf "line"
    for i = 1, %d do print(("%%08d the game is played on"):format(i)) %s end
    print "done" os.execute "sleep 1000"]]):format(lines, pause or "") }
end

local function askToFollow(connection, id)
  connection:send(("GET /logs/v1/%s/process/%s?follow=true HTTP/1.1\r\nHost: localhost\r\n"
    .. "Authorization: Bearer %s\r\n\r\n"):format(host.appId, id.processId, host.token))
end

describe("a game's log #outside", function()
  local function start(app, config)
    app.user, app.startDeadline = host.user, 1000
    local all = { apps = { [host.appId] = app } }
    for name, value in pairs(config or {}) do all[name] = value end
    local running = host.start(all)
    local sdk = hathora.new(running:options())
    local id = { processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
    return setmetatable({ sdk = sdk, id = id, host = running,
      path = (running.directory or "") .. "/logs/" .. id.processId }, {
      __close = function(_, raised)
        sdk:close()
        running:close(raised)
      end,
    })
  end

  local function waitForDone(sdk, id)
    return process.waitFor(function()
      local text = sdk.logsV1:getLogsForProcess { processId = id.processId, tailLines = 2 }
      return text:find "done\n$" and text
    end, "the game to have written all")
  end

  it("is kept to its size on the disk while the game writes on, and its end can be read", function()
    local case <close> = start({ command = writer(100000) },
      { logBytes = 256 * 1024, directory = true })
    local sdk, id, path = case.sdk, case.id, case.path
    assert.equal("00100000 the game is played on\ndone\n", waitForDone(sdk, id))
    process.waitFor(function()
      return tonumber((process.run { "stat", "-c", "%b", path })) * 512 <= 2 * 256 * 1024
    end, "the log's oldest part to go")
    sdk.processesV2:stopProcess(id)
    sdk.processesV2:waitUntilStopped(id)
    local whole = sdk.logsV1:downloadLogForProcess(id)
    assert.no.matches("%z", whole)
    assert.matches("^hathora%-host: %d+ bytes of this log are not kept\n%d%d%d%d%d%d%d%d the game",
      whole)
    assert.is_true(#whole > 64 * 1024 and #whole < 600 * 1024, #whole)
  end)

  it("stays near its size while a game floods it, and a follower is told what it missed", function()
    local pieces, bytes = 8000, 64 * 1024
    local case <close> = start({ command = { "lua5.4", "-e", ([[
      local piece = ("x"):rep(%d - 1) .. "\n"
      for _ = 1, %d do io.write(piece) end
      print "done" os.execute "sleep 1000"]]):format(bytes, pieces) } },
      { logBytes = 1024 * 1024, directory = true })
    local sdk, id, path = case.sdk, case.id, case.path
    local received, told, hasZeros, last, peak = 0, 0, false, "", 0
    local call = sdk.logsV1:getLogsForProcessAsync({ processId = id.processId, follow = true }, {
      onData = function(piece)
        hasZeros = hasZeros or piece:find("\0", 1, true) ~= nil
        received, last = received + #piece, (last .. piece):sub(-2 * bytes)
        for gap in piece:gmatch "hathora%-host: (%d+) bytes of this log are not kept\n" do
          told = told + tonumber(gap)
        end
      end,
    })
    process.waitFor(function()
      sdk:step(0)
      peak = math.max(peak, lfs.attributes(path, "blocks") * 512)
      return last:find("done\n", 1, true)
    end, "the game to have written all")
    assert.is_false(hasZeros)
    assert.is_true(told > 0 and told + received >= pieces * bytes, told)
    assert.is_true(peak < pieces * bytes / 3, ("%d MiB"):format(peak // 1024 // 1024))
    sdk.processesV2:stopProcess(id)
    assert.is_true(call:wait(5))
  end)

  it("that a game has made longer than file systems allow is begun anew", function()
    local case <close> = start({ command = { "/bin/sh", "-c",
      "echo one; truncate -s 5T /dev/stdout; sleep 0.1; while :; do echo two; sleep 0.1; done" } },
      { directory = true })
    process.waitFor(function()
      return case.sdk.logsV1:getLogsForProcess(case.id):find "^two\n"
    end, "it")
    assert.is_true(lfs.attributes(case.path, "size") < 1000)
  end)

  it("loses nothing to room that a file system lays by", function()
    local case <close> = start({ command = { "/bin/sh", "-c",
      "echo one; fallocate -n -l 4M /dev/stdout; while :; do echo two; sleep 0.05; done" } },
      { logBytes = 256 * 1024, directory = true })
    process.waitFor(function()
      return #case.sdk.logsV1:getLogsForProcess(case.id) > 200
    end, "the shim to have looked")
    assert.is_true(lfs.attributes(case.path, "blocks") * 512 > 256 * 1024)
    assert.matches("^one\ntwo\n", case.sdk.logsV1:getLogsForProcess(case.id))
  end)

  it("is written on while the host is stopped, and after it was killed", function()
    local case <close> = start({ command = writer(60, "os.execute 'sleep 0.01'") },
      { directory = true })
    local running, path = case.host, case.path
    running.process:signal "STOP"
    local before = #(process.readFile(path) or "")
    process.waitFor(function() return #(process.readFile(path) or "") > before + 100 end,
      "the game to write while the host is stopped")
    running:stop "KILL"
    process.waitFor(function() return process.readFile(path):find "done\n$" end,
      "the game to write without a host")
    running:restart()
    local later <close> = hathora.new(running:options())
    assert.equal("00000060 the game is played on\ndone\n",
      later.logsV1:getLogsForProcess { processId = case.id.processId, tailLines = 2 })
  end)

  it("is followed by many at once, one of whom never reads, and others are served", function()
    -- More than the sockets of the one who does not read can hold.
    local case <close> = start { command = writer(16000, "io.write(('x'):rep(1024), '\\n')") }
    local sdk, id = case.sdk, case.id
    local silent = raw.connect(case.host)
    askToFollow(silent, id)
    local got, calls = {}, {}
    for index = 1, 5 do
      got[index] = ""
      calls[index] = sdk.logsV1:getLogsForProcessAsync({ processId = id.processId, follow = true,
        tailLines = 1 }, {
        onData = function(piece) got[index] = (got[index] .. piece):sub(-64) end,
      })
    end
    process.waitFor(function()
      sdk:step(0)
      for index = 1, 5 do if not got[index]:find "done\n$" then return false end end
      return true
    end, "all followers to have seen the end")
    sdk.processesV2:stopProcess(id)
    for _, call in ipairs(calls) do
      assert.is_true(call:wait(5))
      assert.is_true((call:result()))
    end
    silent:close()
  end)

  it("is let go of when who follows it hangs up, though nothing is written to it", function()
    local case <close> = start { command = { "/bin/sh", "-c", "echo one; exec sleep 1000" } }
    local function descriptors()
      local count = 0
      for _ in lfs.dir(("/proc/%d/fd"):format(case.host.process.pid)) do count = count + 1 end
      return count
    end
    process.waitFor(function()
      return case.sdk.logsV1:getLogsForProcess(case.id) == "one\n"
    end, "the game to have written all")
    local before, followers = descriptors(), {}
    for index = 1, 5 do
      local follower = raw.connect(case.host)
      askToFollow(follower, case.id)
      assert.equal(200, raw.head(follower).status)
      repeat local line = assert(follower:receive "*l") until line == "one"
      followers[index] = follower
    end
    assert.equal(before + 2 * #followers, descriptors()) -- each has its socket, and the log
    for _, follower in ipairs(followers) do follower:close() end
    process.waitFor(function() return descriptors() <= before end,
      "the host to let go of all")
  end)

  it("cannot be downloaded before the process has stopped, nor read of no process", function()
    local case <close> = start { command = writer(1) }
    local sdk, id = case.sdk, case.id
    local ok, problem = pcall(sdk.logsV1.downloadLogForProcess, sdk.logsV1, id)
    assert.is_false(ok)
    assert.equal(400, problem.statusCode)
    ok, problem = pcall(sdk.logsV1.getLogsForProcess, sdk.logsV1, { processId = "none" })
    assert.is_false(ok)
    assert.equal(404, problem.statusCode)
  end)
end)
