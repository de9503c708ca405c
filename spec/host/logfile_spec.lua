local files = require "hathora.host.file"
local logfile = require "hathora.host.machine.logfile"
local process = require "support.process"
local seed = require "support.seed"

local function bytesRead()
  return tonumber(process.readFile "/proc/self/io":match "rchar: (%d+)")
end

local function readAll(log)
  local pieces = {}
  repeat pieces[#pieces + 1] = log:read() until pieces[#pieces] == ""
  return table.concat(pieces)
end

local function tail(path, lines)
  local log <close> = logfile.open(path)
  log:tail(lines)
  return readAll(log)
end

describe("a log file", function()
  local directory, path
  before_each(function()
    directory = process.temporaryDirectory()
    path = directory .. "/log"
  end)
  after_each(function() process.removeDirectory(directory) end)

  it("gives its last lines, whatever their number and lengths", function()
    seed.with(function()
      for _ = 1, 300 do
        local lines = {}
        local longest = math.random() < 0.1 and 70000 or 40
        for index = 1, math.random(0, 40) do lines[index] = ("x"):rep(math.random(0, longest)) end
        local ending = math.random() < 0.5 and "\n" or ""
        process.writeFile(path, lines[1] and table.concat(lines, "\n") .. ending or "")
        if ending == "" and lines[#lines] == "" then lines[#lines], ending = nil, "\n" end
        local count = math.random(1, 45)
        local from = math.max(1, #lines - count + 1)
        local expected = lines[1] and table.concat(lines, "\n", from) .. ending or ""
        assert.is_true(expected == tail(path, count))
      end
    end)
  end)

  it("is read from its end, as far as the lines go, and no further than the limit", function()
    local cases = {
      { "100 short lines", ("x"):rep(30) .. "\n", 100, 2 * 65536 },
      { "lines of 2,000 bytes", ("x"):rep(2000) .. "\n", 5000, logfile.tailBytes },
      { "no line break", ("x"):rep(4096), 5000, logfile.tailBytes },
    }
    for _, case in ipairs(cases) do
      for _, megabytes in ipairs { 8, 32 } do
        process.writeFile(path, case[2]:rep(megabytes * 1024 * 1024 // #case[2]))
        local log <close> = logfile.open(path)
        local before = bytesRead()
        log:tail(case[3])
        local read = bytesRead() - before
        assert.is_true(read <= case[4] + 4096, ("%s: %d bytes"):format(case[1], read))
      end
    end
  end)

  it("made longer by truncate(2) costs no more, and the gap is told", function()
    process.writeFile(path, "one\ntwo\n")
    process.run { "truncate", "-s", "1T", path }
    local file <close> = assert(io.open(path, "a"))
    file:write "three\nfour\n"
    file:flush()
    local before = bytesRead()
    assert.matches("bytes of this log are not kept\nthree\nfour\n$", "\n" .. tail(path, 5000))
    assert.is_true(bytesRead() - before < 2 * logfile.tailBytes)
    assert.equal("four\n", tail(path, 1))
  end)

  it("whose beginning goes while it is read tells how much that was, and shows no zeros", function()
    seed.with(function()
      local writer <close> = assert(files.open(path, "w"))
      local reader <close> = logfile.open(path)
      local size, number, out = 0, 0, {}
      for _ = 1, 3000 do
        local line = ("%08d %s\n"):format(number, ("x"):rep(math.random(0, 600)))
        number = number + 1
        assert(writer:write(size, line))
        size = size + #line
        if math.random() < 0.005 then out[#out + 1] = reader:read() end
        if math.random() < 0.01 then writer:discard(size - 32768) end
      end
      out[#out + 1] = readAll(reader)
      local text, told, gaps, last = table.concat(out), 0, 0, -1
      for line in text:gmatch "[^\n]*\n" do
        local gap = line:match "^hathora%-host: (%d+) bytes of this log are not kept\n$"
        if gap then
          told, gaps = told + tonumber(gap) - #line, gaps + 1
        elseif line:find "^%d%d%d%d%d%d%d%d " then
          local now = tonumber(line:match "%d+")
          assert.is_true(now > last)
          last = now
        end
      end
      assert.is_true(gaps > 0)
      assert.no.matches("%z", text)
      assert.equal(number - 1, last)
      -- Where a gap cuts a line, a break is added.
      local surplus = #text + told - size
      assert.is_true(surplus >= 0 and surplus <= gaps)
    end)
  end)

  it("whose beginning has gone tells of that before its last lines, if they reach there", function()
    local writer <close> = assert(files.open(path, "w"))
    writer:write(0, ("0123456789abcde\n"):rep(10000))
    writer:discard(100000)
    assert.equal("0123456789abcde\n", tail(path, 1))
    local whole = tail(path, 5000)
    local told, rest = whole:match "^hathora%-host: (%d+) bytes of this log .-\n(.*)$"
    assert.equal(160000, tonumber(told) + #rest)
    assert.matches("^0123456789abcde\n", rest)
    local _, onDisk = writer:size()
    assert.is_true(onDisk < 70000)
  end)

  it("that is begun anew is read from its beginning", function()
    process.writeFile(path, "one\ntwo\n")
    local log <close> = logfile.open(path)
    assert.equal("one\ntwo\n", readAll(log))
    process.writeFile(path, "new\n")
    assert.equal("new\n", readAll(log))
  end)
end)
