--- An image registry with one image, the example game server alone, as the registry API has it
-- (https://distribution.github.io/distribution/spec/api/).

local json = require "hathora.json"
local process = require "support.process"
local server = require "support.server"

local registry = {}

local function read(command)
  local output, status = process.run(command)
  return status == 0 and output or error(output)
end

local function digestOf(directory, bytes)
  process.writeFile(directory .. "/bytes", bytes)
  return "sha256:" .. read("sha256sum " .. directory .. "/bytes"):match "%x+"
end

local types = "application/vnd.docker."

--- Start one.
-- @tparam[opt] boolean isBroken it lacks what its image is made of
-- @treturn Server with `image`, the image's name
function registry.start(isBroken)
  local directory = process.temporaryDirectory()
  -- No two are alike, so that nothing is there already.
  read(([[cd %s && mkdir tmp && echo $$ >tmp/number &&
    cc -std=c11 -D_GNU_SOURCE -static -O2 -s -o server "$OLDPWD"/examples/gameserver.c &&
    tar -cf layer.tar server tmp]]):format(directory))
  local layer = process.readFile(directory .. "/layer.tar")
  local layerDigest = digestOf(directory, layer)
  local config = json.encode { architecture = "amd64", os = "linux",
    config = { Cmd = { "/server" } },
    rootfs = { type = "layers", diff_ids = { layerDigest } } }
  local configDigest = digestOf(directory, config)
  -- Docker tries TLS first, and of this machine's own addresses takes any certificate.
  local script = { tls = true,
    { on = "^GET /v2/$", body = "{}" },
    { on = "^%u+ /v2/game/manifests/",
      headers = { ["Content-Type"] = types .. "distribution.manifest.v2+json" },
      body = json.encode { schemaVersion = 2, mediaType = types .. "distribution.manifest.v2+json",
        config = { mediaType = types .. "container.image.v1+json", size = #config,
          digest = configDigest },
        layers = { { mediaType = types .. "image.rootfs.diff.tar", size = #layer,
          digest = layerDigest } } } },
    { on = "/blobs/" .. configDigest .. "$", body = config },
    not isBroken and { on = "/blobs/" .. layerDigest .. "$", body = layer } or nil,
  }
  for _, answer in ipairs(script) do answer.times = 100 end
  script[#script + 1] = { status = 404, body = [[{"errors":[{"code":"BLOB_UNKNOWN"}]}]] }
  process.removeDirectory(directory)
  local self = server.start(script)
  self.image = ("127.0.0.1:%d/game:1"):format(self.port)
  return self
end

return registry
