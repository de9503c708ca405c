local process = require "support.process"

describe("make demo #outside", function()
  local function leftovers(directory)
    local running = process.run("pgrep -a gameserver; pgrep -af 'hathora-host serve'")
    return running .. process.run { "ls", directory }
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
    assert.equal("", leftovers(temporary))
    process.removeDirectory(temporary)
  end)

  -- Ctrl-C reaches every process of the terminal's group; `kill` just the one it names.
  for name, kill in pairs { INT = "kill -INT -- -%d", TERM = "kill -TERM %d" } do
    for _, moment in ipairs { "talks to it", "create .-\n", "play .-\n" } do
      it(("leaves nothing behind after SIG%s at %q"):format(name, moment), function()
        local held <close>, temporary = demo(moment)
        process.run(kill:format(held.pid))
        held:wait(60)
        assert.equal("", leftovers(temporary))
        process.removeDirectory(temporary)
      end)
    end
  end
end)
