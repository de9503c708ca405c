local support = require "support.process"

describe("what goes wrong inside the host", function()
  it("is told a few times a second, with the number of what was left out", function()
    local output = support.run { "lua5.4", "-e", [[
      local report = require "hathora.host.machine.report"
      local poll = require "hathora.host.poll"
      local began = poll.now() // 1
      for _ = 1, 1000 do report("a request failed", "why") end
      while poll.now() // 1 < began + 2 do end
      report("a request failed", "later")]] }
    local _, lines = output:gsub("a request failed", "")
    assert.is_true(lines <= 12, output)
    local leftOut = tonumber(output:match "later %((%d+) earlier ones were omitted%)")
    assert.equal(1001, leftOut + lines)
  end)

  it("waits for nobody to read it, and is left out meanwhile", function()
    local script = [[
      local poll = require "hathora.host.poll"
      local report = require "hathora.host.machine.report"
      while poll.write(2, ("x"):rep(4095) .. "\n") do end
      for _ = 1, 3 do report("a request failed", "why") end
      os.execute "dd bs=1M count=1 <&2 >/dev/null 2>&1"
      report("a request failed", "later")]]
    local output, status = support.run(([[
      pipe=$(mktemp -u) && mkfifo "$pipe" && exec 7<>"$pipe" && rm "$pipe"
      timeout 10 lua5.4 -e %s 2>&7 && dd bs=1M count=1 <&7 2>/dev/null]])
      :format(support.quote(script)))
    assert.equal(0, status)
    assert.equal("hathora-host: a request failed: later (3 earlier ones were omitted)\n",
      output)
  end)

  it("is written whole, however long it is", function()
    local output = support.run { "lua5.4", "-e", [[
      require "hathora.host.machine.report"("a request failed", ("x"):rep(10000))
      require "hathora.host.machine.report"("a request failed", "why")]] }
    assert.matches("^hathora%-host: a request failed: x+\nhathora%-host: a request failed: why\n$",
      output)
  end)
end)
