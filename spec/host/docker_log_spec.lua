local logs = require "hathora.host.engine.docker.log"
local lfs = require "lfs"
local process = require "support.process"
local seed = require "support.seed"

local function frame(payload)
  return string.pack(">Bxxxs4", 1, payload)
end

-- Messages with times that may be the same, as Docker keeps them.
local function messages(count)
  local list, nanoseconds = {}, 0
  for index = 1, count do
    nanoseconds = nanoseconds + math.random(0, 3)
    list[index] = { text = ("line %d\n"):format(index),
      at = ("1767225600.%09d"):format(nanoseconds),
      stamp = ("2026-01-01T00:00:00.%09dZ"):format(nanoseconds) }
  end
  return list
end

-- What Docker sends of them: whole messages, cut anywhere.
local function send(log, list, since, count)
  local frames = {}
  for _, message in ipairs(list) do
    if message.at >= since and #frames < count then
      frames[#frames + 1] = frame(message.stamp .. " " .. message.text)
    end
  end
  local text = table.concat(frames)
  while text ~= "" do
    local cut = math.random(1, 200)
    log:take(text:sub(1, cut))
    text = text:sub(cut + 1)
  end
end

describe("a container's log", function()
  local directory, path, mark
  before_each(function()
    directory = process.temporaryDirectory()
    path, mark = directory .. "/log", directory .. "/mark"
  end)
  after_each(function() process.removeDirectory(directory) end)

  it("has each message once, wherever its host ends, also between the log and its mark", function()
    local function write(list, most)
      local log = logs(path, mark, 1 << 20)
      send(log, list, log:resume(), most)
      local before = process.readFile(mark)
      if math.random() < 0.5 then
        send(log, list, log:resume(), math.random(0, 10))
        process.writeFile(mark, before)
      end
      log:close()
    end
    seed.with(function()
      for _ = 1, 50 do
        local list, expected = messages(200), {}
        for index, message in ipairs(list) do expected[index] = message.text end
        os.remove(mark)
        for _ = 1, 11 do write(list, math.random(0, 40)) end
        write(list, math.huge)
        assert.is_true(table.concat(expected) == process.readFile(path))
      end
    end)
  end)

  it("keeps to its size", function()
    local log = logs(path, mark, 65536)
    for index = 1, 4000 do
      log:take(frame(("2026-01-01T00:00:00.%09dZ %s\n"):format(index, ("x"):rep(100))))
      assert.is_true(lfs.attributes(path, "blocks") * 512 <= 65536)
    end
    log:close()
    assert.equal(4000 * 101, lfs.attributes(path, "size"))
  end)

  it("takes no refusal for output", function()
    local log = logs(path, mark, 65536)
    log:take(frame "2026-01-01T00:00:00.000000001Z one\n")
    log:resume()
    log:take '{"message":"No such container: hathora-x"}\n'
    log:close()
    assert.equal("one\n", process.readFile(path))
  end)
end)
