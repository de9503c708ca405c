--- The Docker Engine's API (https://docs.docker.com/reference/api/engine/version/v1.44/), over its
-- Unix socket and the client's own core; nothing here waits.
--
--     api:ask("GET", "/containers/x/json", nil, function(status, answer) end)
--     api:follow("/containers/x/logs?follow=1", onPiece, function(status) end)
--
-- A callback gets the status and what was answered: a table when it was JSON, else text; or nil
-- and why there was no answer.
-- @module hathora.host.engine.docker.api

local core = require "hathora.core"
local http = require "hathora.http"
local json = require "hathora.json"

local docker = {}

local Api = {}
Api.__index = Api

local origin = "http://docker"
local deadline, pingTimeout = 60, 5

-- The newest version that is asked for, and the least that Docker 29 still serves.
local newest = { 1, 44 }

--- Make one; nothing is sent yet.
-- @tparam table loop
-- @tparam string socket the path
function docker.new(loop, socket)
  local self = setmetatable({ waiting = {} }, Api)
  self.client = http.new { base = origin, origin = origin, unixSocket = socket, direct = true,
    maxInFlight = 1000000, headers = { "Content-Type: application/json" } }
  self.watch = loop:watch(self.client:pollfd(), "r", function() self.client:turn(0) end)
  return self
end

--- Escape a text for a path or a query.
docker.escape = core.escape

local function decode(text)
  local ok, value = pcall(json.decode, text)
  return ok and type(value) == "table" and value or text
end

local function send(self, request, callback)
  function request.onEnd(reply)
    if reply.status then
      return callback(reply.status, decode(reply.body), reply.headers["api-version"])
    end
    -- The Docker that comes back may be another one: its version is asked for again.
    self.root = nil
    callback(nil, reply.message)
  end
  return self.client:send(request)
end

-- Where the version is that both sides know.
local function rootOf(theirs)
  local major, minor = (theirs or ""):match "^(%d+)%.(%d+)$"
  if not major then return "" end
  local isOlder = tonumber(major) == newest[1] and tonumber(minor) < newest[2]
  return "/v" .. (isOlder and theirs or table.concat(newest, "."))
end

-- One question for the version, however many wait for it.
local function findRoot(self)
  if self.waiting[2] then return end
  send(self, { path = "/_ping", timeout = pingTimeout }, function(status, answer, version)
    local waiting = self.waiting
    self.waiting = {}
    if status == 200 then self.root = rootOf(version) end
    for _, go in ipairs(waiting) do go(status, answer) end
  end)
end

--- Ask.
-- @tparam string method
-- @tparam string path
-- @tparam ?table body sent as JSON
-- @tparam function callback
-- @tparam[opt=60] number seconds until it is given up; math.huge for never
function Api:ask(method, path, body, callback, seconds)
  if self.root then
    send(self, { method = method, path = self.root .. path, body = body and json.encode(body),
      timeout = seconds or deadline }, callback)
    return
  end
  table.insert(self.waiting, function(status, answer)
    if self.closed then return end
    if status ~= 200 then return callback(status, answer) end
    self:ask(method, path, body, callback, seconds)
  end)
  findRoot(self)
end

--- Ask, and wait for the answer; what else is answered meanwhile is handed on.
-- @treturn[1] integer status
-- @treturn[1] table|string answer
-- @treturn[2] nil
-- @treturn[2] string why there is none
function Api:askNow(method, path, seconds)
  local done, status, answer = false, nil, nil
  self:ask(method, path, nil, function(...)
    done, status, answer = true, ...
  end, seconds)
  repeat self.client:turn(seconds or deadline) until done
  return status, answer
end

--- Ask for an answer that goes on, and give on every piece of it.
-- @treturn table the request, to be cancelled
function Api:follow(path, onPiece, callback)
  return send(self, { path = (self.root or "") .. path, onPiece = onPiece, timeout = math.huge },
    callback)
end

--- Call nothing back for a request any more.
function Api:cancel(request) self.client:cancel(request) end

--- Ask for nothing more.
function Api:close()
  self.closed = true
  self.watch:close()
  self.client:close()
end

return docker
