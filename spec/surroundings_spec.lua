local client = require "support.client"
local process = require "support.process"
local server = require "support.server"

-- What stands around a program: its environment and its locale.

local function directory()
  local path = process.temporaryDirectory()
  return setmetatable({ path = path }, { __close = function() process.removeDirectory(path) end })
end

local function run(code, environment, ...)
  return (process.run({ "lua5.4", "-e", code, "/dev/null", ... }, environment))
end

describe("SSLKEYLOGFILE", function()
  it("names no file that the keys of connections are written to, and stays set", function()
    local scripted <close> = server.start { tls = true, { body = client.process } }
    local place <close> = directory()
    local file = place.path .. "/keys"
    local output = run([[
      local sdk <close> = require "hathora".new { serverUrl = arg[1], caFile = arg[2],
        appId = "a" }
      print(sdk.processesV2:getProcessInfo({ processId = "p" }).processId,
        os.getenv "SSLKEYLOGFILE")
    ]], { SSLKEYLOGFILE = file }, (scripted.url:gsub("127.0.0.1", "localhost")), scripted.caFile)
    assert.equal("p-1\t" .. file .. "\n", output)
    assert.is_nil(process.readFile(file))
  end)
end)

describe("a locale with a decimal comma, set after loading,", function()
  local place = directory()
  local made = os.execute(("localedef -c -i de_DE -f UTF-8 %s/de_DE.UTF-8 >%s/output 2>&1"):format(
    place.path, place.path)) or process.readFile(place.path .. "/de_DE.UTF-8/LC_NUMERIC")

  teardown(function() process.removeDirectory(place.path) end)

  local function inLocale(name, code, expected)
    if not made then
      return pending(name .. " (there is no localedef, or no locales)")
    end
    it(name, function()
      local scripted <close> = server.start { { body = [=[{"processId":"\n","cpu":0.5,"list":[
        1.25e2, 3, -0.1234567890123456789]}]=] } }
      local output = run([[
        local core, json, hathora = require "hathora.core", require "hathora.json",
          require "hathora"
        local sdk <close> = hathora.new { serverUrl = arg[1], appId = "a" }
        assert(os.setlocale "de_DE.UTF-8" and tostring(0.5) == "0,5")
      ]] .. code, { LOCPATH = place.path }, scripted.url)
      assert.equal(expected, output)
    end)
  end

  inLocale("leaves an answer readable", [[
    local process = sdk.processesV2:getProcessInfo { processId = "p" }
    print(process.cpu == 0.5, process.list[1], process.list[3] < -0.12)
  ]], "true\t125\ttrue\n")

  inLocale("and taken back again, too", [[
    assert(json.decode '["\\n",0.5]'[2] == 0.5)
    assert(os.setlocale "C")
    print(json.decode '["\\n",0.5]'[2], json.decode "0.5")
    print(json.decode "[0,5")
  ]], "0.5\t0.5\nnil\tExpected comma or array end but found T_END at character 5\n")

  inLocale("leaves what is written readable for others", [[
    print(json.encode { 0.5, 1e300 }, hathora.time "2024-05-10T00:03:23.5Z" == 1715299403.5)
  ]], "[0.5,1.0000000000000001e+300]\ttrue\n")
end)
