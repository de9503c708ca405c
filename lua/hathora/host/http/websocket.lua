--- Web sockets that give back what they are sent, at any path, for whoever measures how far away
-- this host is: their handshake (RFC 6455 section 4.2).
-- @module hathora.host.http.websocket

local answer = require "hathora.host.http.reply"
local digest = require "openssl.digest"
local mime = require "mime"

local websocket = {}

local guid, version = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", "13"

local function names(header, word)
  return header ~= nil and header:lower():find(word, 1, true) ~= nil
end

--- Does a request's Upgrade header ask for one?
-- @tparam ?string upgrade
function websocket.isWanted(upgrade) return names(upgrade, "websocket") end

local function act(request)
  if request:header "Sec-WebSocket-Version" ~= version then
    return answer.problem(426, "the Sec-WebSocket-Version must be " .. version,
      { ["Sec-WebSocket-Version"] = version, Upgrade = "websocket" })
  end
  local key = request:header "Sec-WebSocket-Key"
  if request:method() ~= "GET" or not names(request:header "Connection", "upgrade")
    or not key or #key ~= 24 or #mime.unb64(key) ~= 16
  then
    return answer.problem(400, "a web socket is asked for by GET, with Connection: Upgrade and a "
      .. "Sec-WebSocket-Key of 16 bytes in base64")
  end
  return { status = 101, isEcho = true, headers = { Upgrade = "websocket",
    ["Sec-WebSocket-Accept"] = mime.b64(digest.new "sha1":final(key .. guid)) } }
end

--- Who answers such a request: anybody may have one, and none has a body.
websocket.route = { open = true, bodyLimit = 0, act = act }

return websocket
