--- Prometheus' text form of figures (exposition format 0.0.4).
-- @module hathora.host.admin.exposition

local exposition = {
  --- What such a text is sent as.
  contentType = "text/plain; version=0.0.4; charset=utf-8",
}

local escapes = { ["\\"] = "\\\\", ["\""] = "\\\"", ["\n"] = "\\n" }

local function write(labels)
  local parts = {}
  for index = 1, #labels, 2 do
    local value = labels[index + 1]:gsub('[\\"\n]', escapes)
    parts[#parts + 1] = ('%s="%s"'):format(labels[index], value)
  end
  return parts[1] and "{" .. table.concat(parts, ",") .. "}" or ""
end

local function number(value)
  return (math.type(value) == "integer" and "%d" or "%.15g"):format(value)
end

local Text = {}
Text.__index = Text

--- Make an empty text.
function exposition.new() return setmetatable({ lines = {} }, Text) end

--- Begin a metric.
-- @tparam string name
-- @tparam string kind `counter`, `gauge` or `histogram`
-- @tparam string help
-- @treturn function that writes a sample: of its labels (a list of names and values in turn), its
-- value, and what follows the metric's name in a histogram
function Text:metric(name, kind, help)
  self.lines[#self.lines + 1] = ("# HELP %s %s"):format(name, help)
  self.lines[#self.lines + 1] = ("# TYPE %s %s"):format(name, kind)
  return function(labels, value, suffix)
    self.lines[#self.lines + 1] = name .. (suffix or "") .. write(labels) .. " " .. number(value)
  end
end

--- The text so far.
-- @treturn string
function Text:read() return table.concat(self.lines, "\n") .. "\n" end

return exposition
