--- Prism, a server that others wrote: it checks what is sent and answered against the API's own
-- OpenAPI document. `make peers` installs it; specs skip, saying so, where it or the
-- document is absent.

local process = require "support.process"

local prism = {}

local program = process.build .. "/node/node_modules/.bin/prism"

--- The API's own document, which is not ours to pass on: in a folder beside the project's.
prism.document = (os.getenv "HATHORA_SPEC_OPENAPI" or "../shared/openapi") .. "/2024-05-08.json"

--- Why Prism cannot be used here, or nil when it can.
function prism.missing()
  if not process.readFile(program) then return "there is no Prism: make peers installs it" end
  if not process.readFile(prism.document) then return "there is no " .. prism.document end
end

local function start(command, upstream)
  local port = process.freePort()
  local held = process.hold {
    command = { program, command, "--errors", "--host", "127.0.0.1", "--port", port,
      prism.document, upstream },
    ready = "Prism is listening on (%S+)",
    seconds = 60,
  }
  held.url = "http://127.0.0.1:" .. port
  return held
end

--- Start a server that answers every right request from the document's examples.
-- @treturn Held with `url`; close it
function prism.mock() return start "mock" end

--- Start a proxy that checks the requests to a server, and its answers.
-- @tparam string upstream the server's URL
-- @treturn Held with `url`; close it
function prism.proxy(upstream) return start("proxy", upstream) end

return prism
