local process = require "support.process"

describe("make demo #outside", function()
  local function assertNothingIsLeft(held, directory)
    process.waitFor(function() return held:orphans() == "" end, "all its processes to end")
    assert.equal("", process.run { "ls", directory })
    process.removeDirectory(directory)
  end

  local function demo(ready)
    local temporary = process.temporaryDirectory()
    local held = process.hold {
      command = { "examples/demo.sh" }, env = { TMPDIR = temporary }, ready = ready,
    }
    return held, temporary
  end

  it("tells the life of a process and leaves nothing behind", function()
    local held <close>, temporary = demo()
    assert.equal(0, held:wait(60), held:errors())
    for _, step in ipairs { "create", "wait", "play", "list", "look up", "stop" } do
      assert.matches("\n" .. step .. " ", held:output())
    end
    assertNothingIsLeft(held, temporary)
  end)

  -- Ctrl-C reaches every process of the terminal's group; `kill` just the one it names.
  for name, kill in pairs { INT = "kill -INT -- -%d", TERM = "kill -TERM %d" } do
    for _, moment in ipairs { "talks to it", "create", "play" } do
      it(("leaves nothing behind after SIG%s at '%s'"):format(name, moment), function()
        local held <close>, temporary = demo(moment)
        process.run(kill:format(held.pid))
        held:wait(60)
        assertNothingIsLeft(held, temporary)
      end)
    end
  end
end)
