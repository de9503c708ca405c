-- A game server in 25 lines: it listens where the host says, welcomes each player, and sends what
-- each says to all. SIGTERM ends it.
--
--     hathora-host serve --app tiny -- lua5.4 examples/tiny_game.lua

local socket = require "socket"

local listener = assert(socket.bind("*", os.getenv "HATHORA_DEFAULT_PORT"))
local sockets = { listener }
print("a room of " .. os.getenv "HATHORA_REGION" .. " is open")

local function join(player)
  player:settimeout(1)
  player:send("welcome, player " .. #sockets .. "\n")
  table.insert(sockets, player)
end

local function leave(player)
  for index, open in ipairs(sockets) do
    if open == player then table.remove(sockets, index) end
  end
  player:close()
end

local function hear(player)
  local line = player:receive "*l"
  if not line then return leave(player) end
  for index = 2, #sockets do sockets[index]:send(line .. "\n") end
end

while true do
  for _, ready in ipairs((socket.select(sockets))) do
    if ready == listener then join(assert(listener:accept())) else hear(ready) end
  end
end
