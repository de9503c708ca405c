--- Text in columns.
-- @module hathora.cli.columns

local columns = {}

local function width(cell) return utf8.len(cell) or #cell end

--- Rows of cells as text: each column as wide as its widest cell, two blanks between.
-- @tparam {{string,...},...} rows
-- @treturn string
function columns.align(rows)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for index, cell in ipairs(row) do
      widths[index] = math.max(widths[index] or 0, width(cell))
    end
  end
  for number, row in ipairs(rows) do
    local cells = {}
    for index, cell in ipairs(row) do
      cells[index] = cell .. (" "):rep(widths[index] - width(cell))
    end
    lines[number] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  return table.concat(lines, "\n")
end

return columns
