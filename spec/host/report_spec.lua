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
    local leftOut = tonumber(output:match "later %((%d+) such reports before it were left out%)")
    assert.equal(1001, leftOut + lines)
  end)
end)
