local heaps = require "hathora.host.machine.heap"
local seed = require "support.seed"

describe("a heap", function()
  it("has the first of those that are there at its top, whatever came and went", function()
    seed.with(function()
      local function isBefore(a, b) return a.rank < b.rank end
      local heap, there = heaps.new(isBefore), {}
      for _ = 1, 5000 do
        if math.random() < 0.55 then
          local item = { rank = math.random() < 0.2 and 0.5 or math.random() }
          heap:add(item)
          there[#there + 1] = item
        elseif there[1] then
          local item = table.remove(there, math.random(#there))
          heap:remove(item)
          heap:remove(item)
          assert.is_false(heap:has(item))
        end
        local least = math.huge
        for _, item in ipairs(there) do least = math.min(least, item.rank) end
        assert.equal(#there, #heap)
        assert.equal(least, heap[1] and heap[1].rank or math.huge)
      end
      local last = -1
      while heap[1] do
        assert.is_true(heap[1].rank >= last)
        last = heap[1].rank
        heap:remove(heap[1])
      end
      assert.same({}, heap.places)
    end)
  end)
end)
