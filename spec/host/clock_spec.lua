-- A clock on the wall that is set back or forward harms nothing that a process waits for.

local keepers = require "support.keeper"
local loops = require "hathora.host.machine.loop"
local poll = require "hathora.host.poll"

-- Services whose clock goes wrong by so many seconds, from the next `restart` on.
local function start(app, options)
  local clock = { wrong = 0 }
  options.durable, options.time = true, function() return poll.time() + clock.wrong end
  return keepers.start({ game = app }, options), clock
end

local hour = 3600

describe("with the clock set #outside", function()
  local never = keepers.shell "exec sleep 100"

  it("back, a process that does not start fails at its deadline", function()
    local keeper <close>, clock = start({ command = never, startDeadline = 1 }, {})
    local process = keeper:create "game"
    clock.wrong = -hour
    keeper:restart()
    keeper:waitForStatus(process, "failed", 20)
    assert.matches("had not bound", keeper:reason(process))
  end)

  it("forward, it has its time still", function()
    local keeper <close>, clock = start({ command = never, startDeadline = 100 }, {})
    local process = keeper:create "game"
    clock.wrong = hour
    keeper:restart()
    for _ = 1, 10 do keeper.loop:step(0.02) end
    assert.equal("starting", keeper:info(process).status)
    assert.truthy(keeper:row(process).deadline.due - loops.now() > 50, "its time is cut short")
  end)

  local server = { command = keepers.server, stopGrace = 1 }
  local function useUpPort(options, wrong)
    options.ports = { 26010, 26010 }
    local keeper, clock = start(server, options)
    local process = keeper:create "game"
    keeper:waitForStatus(process, "running")
    keeper.processes:stop(process)
    keeper:waitForStatus(process, "stopped")
    clock.wrong = wrong
    keeper:restart()
    return keeper
  end

  it("back, a port rests for no longer than it should", function()
    local keeper <close> = useUpPort({ portQuarantine = 1 }, -hour)
    keeper:waitFor(function()
      return (keeper:ask { appId = "game", region = "Tokyo" })
    end, "the port")
  end)

  it("forward, a port rests as long as it should", function()
    local keeper <close> = useUpPort({ portQuarantine = 100 }, hour)
    local _, refusal = keeper:ask { appId = "game", region = "Tokyo" }
    assert.equal("no port is free from 26010 to 26010", refusal.message)
  end)
end)
