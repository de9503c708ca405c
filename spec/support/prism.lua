--- Prism, a server that others wrote: it checks what is sent and answered against the API's own
-- OpenAPI document. `make peers` installs it; specs skip, saying so, where it or the
-- document is absent.

local process = require "support.process"

local prism = {}

local program = process.build .. "/node/node_modules/.bin/prism"

local folder = os.getenv "HATHORA_SPEC_OPENAPI" or "../shared/openapi"

--- The API's own document, which is not ours to pass on: in a folder beside the project's.
prism.document = folder .. "/2024-05-08.json"

--- What came to the API later, put together from its SDK.
prism.later = folder .. "/latest-reconstructed.json"

--- Why Prism cannot be used here, or nil when it can.
function prism.missing()
  if not process.readFile(program) then return "there is no Prism: make peers installs it" end
  for _, document in ipairs { prism.document, prism.later } do
    if not process.readFile(document) then return "there is no " .. document end
  end
end

local function start(command, upstream, document)
  local port = process.freePort()
  local held = process.hold {
    command = { program, command, "--errors", "--host", "127.0.0.1", "--port", port,
      document or prism.document, upstream },
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
-- @tparam[opt] string document in place of the API's own
-- @treturn Held with `url`; close it
function prism.proxy(upstream, document) return start("proxy", upstream, document) end

return prism
