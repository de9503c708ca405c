local docker = require "hathora.host.engine.docker.api"
local loops = require "hathora.host.machine.loop"
local server = require "support.server"

local function answered(version)
  return { on = "^GET /_ping", times = 1, headers = { ["Api-Version"] = version }, body = "OK" }
end

-- The requests that one question is, asked of a Docker which follows a script.
local function asked(script, questions)
  script.unix = true
  local loop <close> = loops.new()
  local daemon <close> = server.start(script)
  local api = docker.new(loop, daemon.socketPath)
  for _ = 1, questions or 1 do api:askNow("GET", "/info", 5) end
  api:close()
  local targets = {}
  for index, request in ipairs(daemon:requests()) do targets[index] = request.target end
  return targets
end

describe("Docker's API", function()
  it("is asked for in the version of an older Docker", function()
    assert.same({ "/_ping", "/v1.41/info", "/v1.41/info" },
      asked({ answered "1.41", { body = "{}" } }, 2))
  end)

  it("is asked for in the newest version we know of a newer Docker", function()
    assert.same({ "/_ping", "/v1.44/info" }, asked { answered "1.52", { body = "{}" } })
  end)

  it("is asked for without a version where Docker tells none", function()
    assert.same({ "/_ping", "/info" }, asked { answered(), { body = "{}" } })
  end)

  it("is asked for its version again once an answer has failed to come", function()
    assert.same({ "/_ping", "/v1.44/info", "/_ping", "/v1.41/info" }, asked({
      answered "1.44", { on = "/v1.44/info", times = 1, body = "{}", cut = 1 },
      answered "1.41", { body = "{}" } }, 2))
  end)

  it("is asked for its version once, however many questions wait for that", function()
    local loop <close> = loops.new()
    local daemon <close> = server.start { unix = true, answered "1.41", { body = "{}" } }
    local api, answers = docker.new(loop, daemon.socketPath), 0
    for _ = 1, 50 do api:ask("GET", "/info", nil, function() answers = answers + 1 end) end
    repeat loop:step(1) until answers == 50
    api:close()
    local pings = 0
    for _, request in ipairs(daemon:requests()) do
      if request.target == "/_ping" then pings = pings + 1 end
    end
    assert.equal(1, pings)
    assert.equal(51, #daemon:requests())
  end)
end)
