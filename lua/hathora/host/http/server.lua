--- The host's front: takes requests from the HTTP server, checks what holds for all of them, and
-- has the route answer.
-- @module hathora.host.http.server

local answer = require "hathora.host.http.reply"
local api = require "hathora.host.api"
local addresses = require "hathora.host.config.address"
local certificate = require "hathora.host.config.certificate"
local contract = require "hathora.contract"
local cors = require "hathora.host.http.cors"
local guard = require "hathora.host.http.guard"
local httpd = require "hathora.host.httpd"
local loops = require "hathora.host.machine.loop"
local admin = require "hathora.host.admin"
local report = require "hathora.host.machine.report"
local routes = require "hathora.host.http.routes"
local streams = require "hathora.host.http.stream"
local tallies = require "hathora.host.admin.tally"
local target = require "hathora.host.http.target"
local tokens = require "hathora.host.http.tokens"
local websocket = require "hathora.host.http.websocket"

local server = {}
server.__index = server

local limits = { memory = 16 * 1024, body = 64 * 1024, silence = 60 }

local function readFile(path)
  local file <close> = io.open(path, "rb")
  return file and file:read "a" or ""
end

-- libmicrohttpd only says that TLS failed.
local function explain(config, problem)
  certificate.check(config, function(setting, message)
    problem = ("its %s %s"):format(setting, message)
  end)
  return problem
end

local function listen(config)
  return httpd.listen {
    host = config.listen.host, port = config.listen.port, deadline = config.requestDeadline,
    silence = limits.silence,
    connections = config.connections, connectionsPerAddress = config.connectionsPerAddress,
    memory = limits.memory, body = limits.body,
    certificate = config.certificate and readFile(config.certificate),
    key = config.key and readFile(config.key),
  }
end

-- A page of another site may have its own name point here and so read what we answer (DNS
-- rebinding). It then sends that name as Host, never an address: only names need be known.
local function isKnown(self, text)
  local host = addresses.split(text)
  return host and (addresses.isAddress(host) or self.hostNames[host:lower()] ~= nil)
end

-- Requests mostly name the host as the one before did.
local function knowsHost(self, text)
  if text == self.host then return true end
  if not isKnown(self, text) then return false end
  self.host = text
  return true
end

local function nameSet(config)
  local set = { localhost = true, [config.hostname:lower()] = true,
    [config.listen.host:lower()] = true }
  for _, name in ipairs(config.hostNames) do set[name:lower()] = true end
  return set
end

-- The answer to whoever has not proved who they are, for which an address may not try too often.
local function refuseSender(self, request, message)
  local problem = request:header(contract.security.header) and self.guard:refuse(request:address())
  if problem then return answer.refusal(problem) end
  return answer.problem(401, message, { ["WWW-Authenticate"] = contract.security.scheme })
end

local function refuseDeveloper(self, request)
  if tokens.accept(request:header(contract.security.header), self.config.tokens) then return nil end
  return refuseSender(self, request, "a token of this host must be sent, as "
    .. contract.security.header .. ": " .. contract.security.scheme .. " TOKEN")
end

-- The player who sends a request, or nil and the answer that refuses it.
local function findPlayer(self, request, path)
  local player, problem = self.services.players:authenticate(path.appId,
    request:header(contract.security.header))
  if player then return player end
  if problem.statusCode == 401 then return nil, refuseSender(self, request, problem.message) end
  return nil, answer.refusal(problem)
end

-- Why a path and method are nobody's.
local function refusePath(self, request, segments, allowed)
  if allowed then
    return answer.problem(405, ("%s is not allowed here; allowed are %s"):format(request:method(),
      allowed), { Allow = allowed })
  end
  local missing = self.routes:missing(segments)
  if missing then return answer.problem(404, ("the path has no %s"):format(missing)) end
  return answer.problem(404, "there is nothing at this path")
end

local function answerOptions(self, request, segments)
  local methods = self.routes:allowed(segments)
  if not methods then return refusePath(self, request, segments) end
  return cors.preflight(methods),
    self.routes:find(request:header "Access-Control-Request-Method" or "GET", segments)
end

-- Whose a request is: an answer at once, or nil, and then the route, what the path and the query
-- say, and the player who sends it, if it is a player's.
local function resolve(exchange)
  local self, request = exchange.front, exchange.request
  local method, asked, named, origin, upgrade = request:head()
  exchange.origin = origin
  if not method then return answer.problem(named, asked) end
  local host, text = target.origin(asked)
  if not knowsHost(self, host or named) then
    return answer.problem(421, "the Host header names a host that is not this one; hostNames in "
      .. "the configuration adds names")
  end
  local segments, query = target.parse(text)
  if not segments then return answer.problem(400, "the request's target cannot be read") end
  if websocket.isWanted(upgrade) then return nil, websocket.route end
  if method == "OPTIONS" then return answerOptions(self, request, segments) end
  local route, found = self.routes:find(method, segments)
  if not route then return refusePath(self, request, segments, found) end
  if route.isForPlayers then
    local player, refusal = findPlayer(self, request, found)
    return refusal, route, found, query, player
  end
  return not route.open and refuseDeveloper(self, request) or nil, route, found, query
end

-- Connections renew their time with each request, so a timer that comes early may stay.
local function arm(self, seconds)
  local timer = self.timer
  if self.isClosed or not seconds or timer and timer.due <= loops.now() + seconds then return end
  if timer then timer:cancel() end
  self.timer = self.loop:after(seconds, self.onDue)
end

-- A request on the way to its answer, which whoever acts gives back or sends later.
local Exchange = {}
Exchange.__index = Exchange

local function deliver(self, result)
  local front, request, route = self.front, self.request, self.route
  front.tally:count(result.status)
  local headers = cors.headers(front.origins, self.origin, not route or route.open, result.headers)
  if result.stream then
    front.streams:start(request, { status = result.status, headers = headers,
      stream = result.stream })
  elseif result.isEcho then request:echo(headers)
  else request:respond(result.status, headers, result.body) end
  if not front.isInTurn then arm(front, 0) end -- nothing else would send it
end

-- What an answer says is on the disk first.
function Exchange:send(result)
  local store = self.front.services.store
  if not store.isAhead then return deliver(self, result) end
  store:write(nil, function() deliver(self, result) end)
end

-- Both return the answer, or nothing: when it is sent later, or the request comes again.

local function act(exchange, ...) return exchange.route.act(exchange.request, exchange, ...) end

local function receive(exchange)
  local limit = exchange.route.bodyLimit or limits.body
  if exchange.request:receive(limit) then return nil end
  return answer.problem(413, ("the body is longer than its limit, %d bytes"):format(limit))
end

local function attempt(exchange, proceed)
  local refusal, route, path, query, player = resolve(exchange)
  exchange.route = route
  local result = refusal or proceed(exchange, path, query, player)
  if result then exchange:send(result) end
end

local function serve(self, request, proceed)
  local exchange = setmetatable({ front = self, request = request, route = nil, origin = nil },
    Exchange)
  self.services.store.isAhead = false
  local ok, problem = xpcall(attempt, debug.traceback, exchange, proceed)
  if ok then return end
  report("a request failed", problem)
  exchange:send(answer.problem(500, "the host failed; its standard error says why"))
end

local handlers = {
  offer = function(self, request) serve(self, request, receive) end,
  request = function(self, request) serve(self, request, act) end, -- one that is at fault
  drained = function(self, request) self.streams:drained(request) end,
  closed = function(self, request) self.streams:closed(request) end,
}

-- Requests of one run are recorded together.
local function advance(self)
  self.daemon:run(self.onRequest)
  for request, event in self.daemon.next, self.daemon do handlers[event](self, request) end
  if self.daemon:timeout() == 0 then self.daemon:run(self.onRequest) end
  self.services.store:commit()
end

-- The loop makes further turns as they are due, whatever failed in this one.
local function turn(self)
  self.isInTurn = true
  loops.guarded(advance, self)
  self.isInTurn = false
  arm(self, self.daemon:timeout())
end

local function prepareTurns(self)
  function self.onRequest(request) serve(self, request, act) end
  function self.onDue()
    self.timer = nil
    turn(self)
  end
end

--- Start to serve.
-- @tparam table options `config` (checked), `loop`, `services`
-- @treturn[1] server with `url`, `close`
-- @treturn[2] nil
-- @treturn[2] string why it cannot
function server.new(options)
  local config = options.config
  local daemon, problem = listen(config)
  if not daemon then
    return nil, ("cannot listen on %s: %s"):format(
      addresses.join(config.listen.host, config.listen.port), explain(config, problem))
  end
  local self = setmetatable({
    config = config, loop = options.loop, daemon = daemon, routes = routes.new(),
    tally = tallies.new(options.services.processes),
    guard = guard.new "too many wrong tokens came from this address", services = options.services,
    hostNames = nameSet(config), origins = cors.set(config.origins),
    url = (config.key and "https://" or "http://")
      .. addresses.join(config.listen.host, daemon:port()),
  }, server)
  api.add(self.routes, options.services, config, daemon:port())
  admin.add(self.routes, { services = options.services, config = config,
    tally = self.tally })
  prepareTurns(self)
  self.streams = streams.new(self.loop, function() turn(self) end)
  self.watch = self.loop:watch(daemon:descriptor(), "r", function() turn(self) end)
  turn(self)
  return self
end

--- Show another certificate to whoever connects from now on; connections that are open go on.
-- @tparam string path the certificate's
-- @tparam string keyPath
-- @treturn ?string why it cannot be used; nothing has changed then
function server:certify(path, keyPath)
  local certified, problem = self.daemon:certify(readFile(path), readFile(keyPath))
  if not certified then return problem end
end

--- Stop serving: what waits to be recorded is, and answered; then connections are closed.
function server:close()
  self.services.store:flush()
  self.daemon:run()
  self.isClosed = true
  self.watch:close()
  if self.timer then self.timer:cancel() end
  self.streams:close()
  self.daemon:close()
end

return server
