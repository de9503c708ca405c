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
local json = require "hathora.json"

local docker = {}

local Api = {}
Api.__index = Api

local origin = "http://docker"
local ceiling, deadline, pingTimeout = 64 * 1024 * 1024, 60, 5
local forever = 1e9

-- The newest version that is asked for, and the least that Docker 29 still serves.
local newest = { 1, 44 }

--- Make one; nothing is sent yet.
-- @tparam table loop
-- @tparam string socket the path
function docker.new(loop, socket)
  local self = setmetatable({ waiting = {} }, Api)
  self.client = core.client { unixSocket = socket, direct = true, origin = origin,
    maxInFlight = 1000000 }
  self.watch = loop:watch(self.client:pollfd(), "r", function() self:turn(0) end)
  self.headers = core.headers { "Content-Type: application/json" }
  return self
end

--- Escape a text for a path or a query.
docker.escape = core.escape

local function decode(text)
  local ok, value = pcall(json.decode, text)
  return ok and type(value) == "table" and value or text
end

local function settle(request)
  local transfer = request.transfer
  local piece = request.onPiece and transfer:take()
  if piece then request.onPiece(piece) end
  local status, kind, message = transfer:outcome()
  if kind == "none" then return end
  request.done = true
  if not status then
    -- The Docker that comes back may be another one: its version is asked for again.
    request.api.root = nil
    return request.callback(nil, message ~= "" and message or kind)
  end
  request.callback(status, decode(transfer:body()), transfer:header "Api-Version")
end

--- Hand on what has been answered.
function Api:turn(seconds)
  local request = self.client:step(seconds)
  while request do
    settle(request)
    request = not self.closed and self.client:next()
  end
end

local function send(self, request, method, url, body, seconds)
  request.api = self
  request.transfer = self.client:send(request, method, url, self.headers, body,
    method ~= "GET", ceiling, core.now() + seconds, 0, request.onPiece ~= nil)
end

-- Where the version is that both sides know.
local function rootOf(theirs)
  local major, minor = (theirs or ""):match "^(%d+)%.(%d+)$"
  if not major then return origin end
  local isOlder = tonumber(major) == newest[1] and tonumber(minor) < newest[2]
  return ("%s/v%s"):format(origin, isOlder and theirs or table.concat(newest, "."))
end

-- One question for the version, however many wait for it.
local function findRoot(self)
  if self.waiting[2] then return end
  send(self, { callback = function(status, answer, version)
    local waiting = self.waiting
    self.waiting = {}
    if status == 200 then self.root = rootOf(version) end
    for _, go in ipairs(waiting) do go(status, answer) end
  end }, "GET", origin .. "/_ping", nil, pingTimeout)
end

--- Ask.
-- @tparam string method
-- @tparam string path
-- @tparam ?table body sent as JSON
-- @tparam function callback
-- @tparam[opt=60] number seconds until it is given up; math.huge for never
function Api:ask(method, path, body, callback, seconds)
  if self.root then
    return send(self, { callback = callback }, method, self.root .. path,
      body and json.encode(body) or nil, math.min(seconds or deadline, forever))
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
  repeat self:turn(seconds or deadline) until done
  return status, answer
end

--- Ask for an answer that goes on, and give on every piece of it.
-- @treturn table the request, to be cancelled
function Api:follow(path, onPiece, callback)
  local request = { callback = callback, onPiece = onPiece }
  send(self, request, "GET", (self.root or origin) .. path, nil, forever)
  return request
end

--- Be told nothing more of a request.
function Api:cancel(request)
  if request.done then return end
  request.callback, request.onPiece = function() end, nil
  self.client:cancel(request.transfer)
end

--- Ask for nothing more.
function Api:close()
  self.closed = true
  self.watch:close()
  self.client:close()
end

return docker
