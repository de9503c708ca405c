--- How often a figure was how large, as Prometheus' histograms have it.
-- @module hathora.host.admin.histogram

local histogram = {}

local Histogram = {}
Histogram.__index = Histogram

--- Make an empty one.
-- @tparam {number,...} bounds each bucket's largest value, in rising order
function histogram.new(bounds)
  local self = setmetatable({ bounds = bounds, counts = {}, count = 0, sum = 0.0 }, Histogram)
  for index = 1, #bounds do self.counts[index] = 0 end
  return self
end

--- Note a value.
function Histogram:observe(value)
  self.count, self.sum = self.count + 1, self.sum + value
  for index, bound in ipairs(self.bounds) do
    if value <= bound then
      self.counts[index] = self.counts[index] + 1
      return
    end
  end
end

--- Write its samples.
-- @tparam function sample as from `hathora.host.admin.exposition`
-- @tparam table labels
function Histogram:write(sample, labels)
  local upTo, bucket = 0, table.move(labels, 1, #labels, 1, {})
  bucket[#labels + 1] = "le"
  for index, bound in ipairs(self.bounds) do
    upTo, bucket[#labels + 2] = upTo + self.counts[index], ("%g"):format(bound)
    sample(bucket, upTo, "_bucket")
  end
  bucket[#labels + 2] = "+Inf"
  sample(bucket, self.count, "_bucket")
  sample(labels, self.sum, "_sum")
  sample(labels, self.count, "_count")
end

return histogram
