local directories = require "hathora.host.machine.directory"
local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local sqlite = require "hathora.host.sqlite"

local function openTo(path)
  return (process.run { "find", path, "-perm", "/077" })
end

describe("a host's directory #outside", function()
  it("and every file in it are its user's alone, a game's own files are not", function()
    local running <close> = host.start { directory = true, apps = { [host.appId] = {
      command = { "/bin/sh", "-c", "umask; exec sleep 100" }, user = host.user } } }
    local sdk <close> = hathora.new(running:options())
    local id = { processId = sdk.processesV2:createProcess({ region = "Tokyo" }).processId }
    process.waitFor(function() return sdk.logsV1:getLogsForProcess(id) ~= "" end, "the mask")
    assert.equal("0022\n", (sdk.logsV1:getLogsForProcess(id)))
    assert.equal("", openTo(running.directory))
    sdk.processesV2:stopProcess(id)
    sdk.processesV2:waitUntilStopped(id)
    assert.equal("", openTo(running.directory))
  end)

  it("that was open to others is closed, and its operator is told", function()
    local base = process.temporaryDirectory()
    local path = base .. "/state"
    process.run { "sh", "-c", ("umask 022; mkdir -p %s/logs; echo x >%s/logs/a; touch %s/lock")
      :format(path, path, path) }
    assert.not_equal("", openTo(path))
    local opened, told = directories.open(path)
    assert.matches("was open to others %(rwxr%-xr%-x%)", told)
    assert.equal("x\n", process.readFile(path .. "/logs/a"))
    opened:close()
    assert.equal("", openTo(path))
    opened, told = directories.open(path)
    assert.is_nil(told)
    opened:close()
    process.removeDirectory(base)
  end)

  it("is not one that anyone may write to", function()
    local base = process.temporaryDirectory()
    process.run { "chmod", "1777", base }
    local opened, problem = directories.open(base)
    assert.is_nil(opened)
    assert.matches("anyone may write there", problem)
    process.removeDirectory(base)
  end)
end)

describe("the records #outside", function()
  it("cannot be locked by another while the host has them", function()
    local running <close> = host.start { directory = true }
    local database <close> = sqlite.open(running.directory .. "/records.sqlite")
    assert.has_error(function() database:execute "SELECT * FROM process" end, "database is locked")
    local sdk <close> = hathora.new(running:options { retry = false })
    assert.is_string(sdk.processesV2:createProcess({ region = "Tokyo" }).processId)
  end)
end)
