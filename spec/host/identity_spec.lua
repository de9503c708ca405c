local identity = require "hathora.host.engine.identity"
local keepers = require "support.keeper"
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
  it("has failed, and says why", function()
    local daemon <close> = server.start { unix = true,
      { on = "^GET /_ping", body = "OK" }, { body = "[]" } }
    local keeper <close> = keepers.start({ game = { engine = "docker", image = "game:1" } },
      { docker = daemon.socketPath })
    local process = keeper:ask { appId = "game", region = "\xff" }
    assert.equal("failed", keeper:waitForStatus(process, "failed").status)
    assert.matches("it could not be started: .*UTF%-8", keeper:reason(process))
  end)
end)
