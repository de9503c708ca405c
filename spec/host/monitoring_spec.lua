-- What monitors a host names what the host tells, and docs/monitoring.md names all of it.

local host = require "support.host"
local json = require "hathora.json"
local needs = require "support.needs"
local process = require "support.process"

local folder = "examples/monitoring/"

local function withPromtool(env)
  return needs(env, function()
    local _, status = process.run "command -v promtool"
    return status == 0 or nil, "there is no promtool"
  end)
end

describe("to monitor a host #outside", function()
  local kinds
  setup(function()
    local running <close> = host.start { apps = { [host.appId] = { user = host.user,
      command = { process.build .. "/examples/gameserver" }, maxProcesses = 5 } } }
    local function read()
      return process.run { "curl", "-s", "-H", "Authorization: Bearer " .. host.token,
        running.url .. "/metrics" }
    end
    -- The first one to ask has the logs looked at.
    local text = process.waitFor(function()
      local told = read()
      return told:find("hathora_host_log_bytes ", 1, true) and told
    end, "the logs to be looked at")
    kinds = {}
    for name, kind in text:gmatch "# TYPE (%S+) (%l+)" do kinds[name] = kind end
  end)

  local function namesIn(text)
    local names = {}
    for name in text:gmatch "hathora_host_[%l_]+" do names[name:gsub("_bucket$", "")] = true end
    return names
  end

  for _, file in ipairs { folder .. "dashboard.json", folder .. "alerts.yml",
    folder .. "alerts_test.yml", "docs/monitoring.md" } do
    it("every metric that " .. file .. " names is told", function()
      local names = namesIn(process.readFile(file))
      assert.truthy(next(names))
      for name in pairs(names) do assert.truthy(kinds[name], name) end
    end)
  end

  it("docs/monitoring.md names every metric, and every alert", function()
    local text = process.readFile "docs/monitoring.md"
    local names = namesIn(text)
    for name in pairs(kinds) do assert.is_true(names[name], name) end
    for alert in process.readFile(folder .. "alerts.yml"):gmatch "alert: (%w+)" do
      assert.truthy(text:find("`" .. alert .. "`", 1, true), alert)
    end
  end)

  it("the dashboard asks for something in each panel, and none lies over another", function()
    local dashboard = json.decode(process.readFile(folder .. "dashboard.json"))
    local taken, ids = {}, {}
    for _, panel in ipairs(dashboard.panels) do
      assert.is_nil(ids[panel.id])
      ids[panel.id] = true
      assert.truthy(panel.targets[1].expr:find("hathora_host_", 1, true), panel.title)
      local at = panel.gridPos
      for x = at.x, at.x + at.w - 1 do
        for y = at.y, at.y + at.h - 1 do
          assert.is_nil(taken[x + 24 * y], panel.title)
          taken[x + 24 * y] = true
        end
      end
    end
  end)

  local it = withPromtool(_ENV)

  it("promtool finds nothing wrong with the configuration, the alerts and their tests", function()
    for _, command in ipairs { "check config --syntax-only prometheus.yml",
      "check rules alerts.yml", "test rules alerts_test.yml" } do
      local output, status = process.run(("cd %s && promtool %s"):format(folder, command))
      assert.equal(0, status, output)
    end
  end)

  it("promtool reads what the dashboard asks", function()
    local rules = {}
    for _, panel in ipairs(json.decode(process.readFile(folder .. "dashboard.json")).panels) do
      for _, target in ipairs(panel.targets) do
        local asked = target.expr:gsub("%$__rate_interval", "1m")
        rules[#rules + 1] = { record = "panel:" .. #rules, expr = asked }
      end
    end
    local directory = process.temporaryDirectory()
    process.writeFile(directory .. "/rules.yml",
      json.encode { groups = { { name = "panels", rules = rules } } })
    local output, status = process.run { "promtool", "check", "rules", directory .. "/rules.yml" }
    process.removeDirectory(directory)
    assert.equal(0, status, output)
  end)
end)
