--- What appeared in terminals, as an SVG that plays it once. Where nothing is played (a viewer
-- without animation, a reader who wants none) it shows the end.
-- @module docs.source.screen

local screen = {}

local charWidth, lineHeight, padding, barHeight, gap = 7.83, 19, 16, 34, 18
local columns = 104

local style = [[
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  fill: #d5dbe6; white-space: pre }
.bar { fill: #8c97aa } .p { fill: #7f8ca3 } .k { fill: #fff; font-weight: 600 }
.c32 { fill: #6fdc8c } .c31 { fill: #ff8389 } .c90 { fill: #8d97a8 }
tspan[style] { animation: appear 1ms backwards }
@keyframes appear { from { opacity: 0 } }
@media (prefers-reduced-motion: reduce) { tspan[style] { animation: none } }]]

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }
local function escape(text) return (text:gsub("[&<>]", entities)) end

-- What follows an escape sequence, and the class that it gives to that.
local function afterEscape(rest)
  local code, after = rest:match "^%[(%d*)m(.*)$"
  if code then return after, code ~= "" and code ~= "0" and "c" .. code or nil end
  return rest:match "^%[[%d;?]*%a(.*)$" or "", nil
end

-- Pieces of lines, each of one time and one colour. What follows a carriage return takes the place
-- of its line.
-- @tparam table events as a shell has them
-- @treturn {{{ text =, time =, class = },...},...}
local function linesOf(events)
  local lines, class, isReturned = { {} }, nil, false
  for _, event in ipairs(events) do
    local rest = event.text
    while rest ~= "" do
      local text, mark = rest:match "^([^\r\n\27]*)(.?)"
      rest = rest:sub(#text + 2)
      if text ~= "" then
        if isReturned then lines[#lines], isReturned = {}, false end
        table.insert(lines[#lines], { text = text, time = event.time, class = class })
      end
      if mark == "\r" then isReturned = true end
      if mark == "\n" then lines[#lines + 1], isReturned = {}, false end
      if mark == "\27" then rest, class = afterEscape(rest) end
    end
  end
  return lines
end

-- A prompt, and what was typed after it, are seen to be that.
local function mark(line)
  if not line[1] or line[1].text:sub(1, 2) ~= "$ " then return line end
  local first = line[1]
  local typed = first.text:sub(3)
  for index = 2, #line do line[index].class = "k" end
  first.text, first.class = "$ ", "p"
  if typed ~= "" then table.insert(line, 2, { text = typed, time = first.time, class = "k" }) end
  return line
end

local function span(piece, start)
  local delay = piece.time - start
  return ("<tspan%s%s>%s</tspan>"):format(piece.class and (' class="%s"'):format(piece.class) or "",
    delay > 0.05 and (' style="animation-delay:%.2fs"'):format(delay) or "", escape(piece.text))
end

local function writeWindow(add, window, top, start)
  local lines = linesOf(window.events)
  while #lines > 1 and (not lines[#lines][1] or lines[#lines][1].text == "$ ") do
    lines[#lines] = nil
  end
  local width, height = columns * charWidth + 2 * padding, barHeight + #lines * lineHeight + padding
  add(('<g transform="translate(0 %d)">'):format(top))
  add(('<rect width="%.0f" height="%d" rx="8" fill="#161b26" stroke="#39445a"/>'):format(width,
    height))
  add(('<text class="bar" x="%d" y="22">%s</text>'):format(padding, escape(window.title)))
  for number, line in ipairs(lines) do
    local spans = {}
    for index, piece in ipairs(mark(line)) do spans[index] = span(piece, start) end
    if spans[1] then
      add(('<text x="%d" y="%d" xml:space="preserve">%s</text>'):format(padding,
        barHeight + number * lineHeight - 4, table.concat(spans)))
    end
  end
  add "</g>"
  return top + height + gap
end

--- The picture.
-- @tparam string title what it shows, for who does not see it
-- @tparam {table,...} windows from top to bottom, each `{ title =, events = }`
-- @treturn string SVG
function screen.draw(title, windows)
  local body, start = {}, windows[1].events[1].time
  local bottom = 1
  for _, window in ipairs(windows) do
    bottom = writeWindow(function(text) body[#body + 1] = text end, window, bottom, start)
  end
  local width, height = columns * charWidth + 2 * padding + 2, bottom - gap + 1
  return ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 0 %.0f %d" width="%.0f" height="%d" '
    .. 'role="img">\n<title>%s</title>\n<style>\n%s\n</style>\n%s\n</svg>\n'):format(width, height,
    width, height, escape(title), style, table.concat(body, "\n"))
end

return screen
