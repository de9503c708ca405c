local loops = require "hathora.host.machine.loop"
local seed = require "support.seed"
local socket = require "socket"
local support = require "support.process"

describe("the loop", function()
  it("runs timers in the order they are due, those of one moment in the order they were set",
    function()
      local loop <close> = loops.new()
      local order = {}
      for index, seconds in ipairs { 0.03, 0.01, 0.02, 0, 0 } do
        loop:after(seconds, function()
          order[#order + 1] = index
          if #order == 5 then loop:stop() end
        end)
      end
      loop:run()
      assert.same({ 4, 5, 2, 3, 1 }, order)
    end)

  it("keeps many timers in order while others are cancelled", function()
    local loop <close> = loops.new()
    local due, last, wrong = 0, 0, 0
    for index = 1, 500 do
      local seconds = (index * 7919 % 500) / 20000
      local timer
      timer = loop:after(seconds, function()
        due = due + 1
        if timer.due < last then wrong = wrong + 1 end
        last = timer.due
      end)
      if index % 5 == 0 then timer:cancel() end
    end
    loop:after(0.05, function() loop:stop() end)
    loop:run()
    assert.equal(400, due)
    assert.equal(0, wrong)
  end)

  it("holds no timer that was cancelled, and has the others still in order", function()
    seed.with(function()
      local loop <close> = loops.new()
      local timers, left = {}, 0
      for index = 1, 2000 do timers[index] = loop:after(math.random(), print) end
      for index = 1, 1000 do
        timers[index]:cancel()
        timers[index]:cancel()
      end
      assert.equal(1000, #loop.timers)
      local last = 0
      while loop.timers[1] do
        assert.is_true(loop.timers[1].due >= last)
        last, left = loop.timers[1].due, left + 1
        loop.timers[1]:cancel()
      end
      assert.equal(1000, left)
    end)
  end)

  it("lets a timer's callback cancel the next one, and itself", function()
    local loop <close> = loops.new()
    local first, second
    first = loop:after(0, function() first:cancel() second:cancel() end)
    second = loop:after(0, function() error "this was cancelled" end)
    loop:step(0)
    assert.equal(0, #loop.timers)
  end)

  it("never runs a timer early", function()
    local loop <close> = loops.new()
    local start, early = loops.now(), false
    loop:after(0.0123, function() early = loops.now() - start < 0.0123 loop:stop() end)
    loop:run()
    assert.is_false(early)
  end)

  it("calls a watch until its descriptor is not ready, and not after it is closed", function()
    local loop <close> = loops.new()
    local server = assert(socket.udp4())
    server:setsockname("127.0.0.1", 0)
    local _, port = server:getsockname()
    local calls, watch = 0, nil
    watch = loop:watch(server:getfd(), "r", function()
      calls = calls + 1
      if calls == 3 then watch:close() loop:stop() end
    end)
    socket.udp4():sendto("x", "127.0.0.1", port)
    loop:run()
    loop:step(0.01)
    assert.equal(3, calls)
    watch:close()
    server:close()
  end)

  it("does not take a new descriptor's watch for that of an old one with its number", function()
    local loop <close> = loops.new()
    local function ready()
      local udp = assert(socket.udp4())
      udp:setsockname("127.0.0.1", 0)
      udp:sendto("x", udp:getsockname())
      return udp
    end
    local sockets, watches, renewed, mistaken = { ready(), ready() }, {}, nil, false
    for index = 1, 2 do
      watches[index] = loop:watch(sockets[index]:getfd(), "r", function()
        if renewed then return end
        local other = 3 - index
        local number = sockets[other]:getfd()
        watches[other]:close()
        sockets[other]:close()
        renewed = assert(socket.udp4())
        assert(renewed:getfd() == number)
        loop:watch(number, "r", function() mistaken = true end)
      end)
    end
    loop:step(0.1)
    assert.is_truthy(renewed)
    assert.is_false(mistaken)
    for _, opened in ipairs { sockets[1], sockets[2], renewed } do opened:close() end
  end)

  it("refuses to watch what is no open descriptor, and one descriptor twice", function()
    local loop <close> = loops.new()
    assert.has_error(function() loop:watch(9999, "r", print) end,
      "cannot watch descriptor 9999: Bad file descriptor")
    local udp = socket.udp4()
    loop:watch(udp:getfd(), "r", print)
    assert.error_matches(function() loop:watch(udp:getfd(), "r", print) end, "File exists")
    udp:close()
  end)

  it("reports a callback that fails, with its traceback, and runs the others", function()
    local output, status = support.run { "lua5.4", "-e", [[
      local loop = require "hathora.host.machine.loop".new()
      loop:after(0, function() error "what went wrong" end)
      loop:after(0, function() error { } end)
      loop:after(0, function() print "the other" loop:stop() end)
      loop:run()]] }
    assert.equal(0, status)
    assert.matches("a callback failed: .-what went wrong\nstack traceback:", output)
    assert.matches("the other", output)
  end)

  it("hands signals over by name, and gives them back", function()
    local output, status = support.run { "lua5.4", "-e", [[
      local loop = require "hathora.host.machine.loop".new()
      local signals = loop:signals({ "TERM", "HUP" }, function(name) print(name) loop:stop() end)
      local pid = io.open("/proc/self/stat"):read "n"
      os.execute("kill -TERM " .. pid)
      loop:run()
      os.execute("kill -HUP " .. pid)
      loop:run()
      signals:close()
      os.execute("kill -TERM " .. pid)
      print "not reached"]] }
    assert.matches("^TERM\nHUP\n", output)
    assert.no.matches("not reached", output)
    assert.equal(128 + 15, status)
  end)

  it("does not end with whoever read what it writes", function()
    local script = [[
      local poll = require "hathora.host.poll"
      poll.ignorePipe()
      os.execute "sleep 0.2"
      assert(not io.stderr:write "no one reads this")
      os.exit(7)]]
    local output, status = support.run(("bash -c %s"):format(support.quote(
      "lua5.4 -e " .. support.quote(script) .. " 2> >(:); exit $?")))
    assert.equal(7, status, output)
  end)
end)
