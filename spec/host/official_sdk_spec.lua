local host = require "support.host"
local prism = require "support.prism"
local process = require "support.process"

local modules = process.build .. "/node/node_modules"

local function missing()
  if select(2, process.run "command -v node") ~= 0 then return "there is no node" end
  if not process.readFile(modules .. "/@hathora/cloud-sdk-typescript/package.json") then
    return "there is no official SDK: make peers installs it"
  end
end

-- What the script sees, whoever serves it.
local function expected(counted)
  return "created starting Tokyo true\nrunning default true\nlisted true\n"
    .. (counted and "counted 1\n" or "") .. "stopped true\nrefused ApiError 404\n"
end

local function script(url, ...)
  return process.run { "node", "spec/support/sdk.mjs", modules, url, host.token, host.appId, ... }
end

describe("a script on the official TypeScript SDK #outside", function()
  it("works against the host as it worked against Hathora Cloud", function()
    if missing() then return pending(missing()) end
    local running <close> = host.start()
    assert.equal(expected(true), (script(running.url)))
  end)

  it("works through Prism, which holds every answer against the API's own document", function()
    local reason = missing() or prism.missing()
    if reason then return pending(reason) end
    local running <close> = host.start()
    local proxy <close> = prism.proxy(running.url)
    -- The count came to the API after that document.
    assert.equal(expected(false), (script(proxy.url, "nocount")))
  end)
end)
