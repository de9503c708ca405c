local engines = require "hathora.host.engine"
local identity = require "hathora.host.engine.identity"
local loops = require "hathora.host.machine.loop"
local server = require "support.server"

describe("what is kept beside a process", function()
  local row = { processId = "an-id", appId = "game", region = "Tokyo", ports = "tcp 1",
    createdAt = 7 }

  it("has a key of whatever bytes", function()
    row.idempotencyKey = "caf\xe9 \0 %41\n"
    local found = identity.read(identity.write("docker", row))
    row.engine = "docker"
    assert.same(row, found)
  end)

  it("is nothing when it is something else", function()
    assert.is_nil(identity.read(nil))
    for _, text in ipairs { "", "no JSON", "7", "[]", "{}" } do
      assert.is_nil(identity.read(text))
    end
  end)

  it("had its key as it is in version 0.1.0", function()
    assert.equal("a key", identity.read '{"processId":"x","idempotencyKey":"a key"}'.idempotencyKey)
  end)
end)

describe("a process that is recorded and cannot even be described", function()
  it("has its end told, and nothing is raised", function()
    local loop <close> = loops.new()
    local daemon <close> = server.start { unix = true,
      { on = "^GET /_ping", body = "OK" }, { body = "[]" } }
    local ended
    local engine = engines.new { loop = loop, docker = daemon.socketPath, directory = {
      path = "/here", log = function() return "/dev/null" end },
      apps = { game = { engine = "docker", image = "game:1", stopGrace = 1 } },
      onEnd = function(processId, outcome) ended = { processId, outcome.error } end }
    engine:start { engine = "docker", processId = "an-id", appId = "game", region = "\xff",
      ports = "", logBytes = 1 }
    while not ended do loop:step(1) end
    engine:close()
    assert.equal("an-id", ended[1])
    assert.is_string(ended[2])
  end)
end)
