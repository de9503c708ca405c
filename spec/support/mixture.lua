--- Draws what a random spec does: calls of every kind, what the server does to each, and what the
-- callbacks do. All is drawn before anything runs, so that a seed says all of it, whatever the
-- timing.
-- @module support.mixture

local client = require "support.client"
local server = require "support.server"

local mixture = {}

local random = math.random

local function choose(list) return list[random(#list)] end

local function maybe(chance, value) return random() < chance and value or nil end

-- What the server does.

local function processOf(id, status)
  return (client.process:gsub("p%-1", id):gsub('"running"', ('"%s"'):format(status or "running")))
end

-- A stream's bytes: no piece of them can stand in another's place.
function mixture.text(lines)
  local numbers = {}
  for number = 1, lines do numbers[number] = ("line %06d\n"):format(number) end
  return table.concat(numbers)
end

local octets = { ["Content-Type"] = "application/octet-stream" }
local streamHead = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"

local function good(call)
  if call.kind == "stop" then return { status = 204 } end
  if call.kind == "list" then return { body = "[" .. processOf(call.id) .. "]" } end
  if call.kind == "wait" then
    return { body = processOf(call.id, choose { "starting", "running", "running", "failed" }) }
  end
  if call.kind ~= "stream" then
    return { status = call.kind == "create" and 201 or 200, body = processOf(call.id) }
  end
  return { body = mixture.text(random(3000)), framing = choose { "chunked", "length", "close" },
    headers = octets, bytesPerSecond = maybe(0.5, random(50, 400) * 1000) }
end

local function with(answer, more)
  for name, value in pairs(more) do answer[name] = value end
  return answer
end

-- Each gets a good answer and makes it worse, or forgets it.
local manners = {
  function(answer) return with(answer, { delay = random() * 0.1 }) end,
  function(answer) return with(answer, { cut = random(40) }) end,
  function(answer)
    return with(answer, { cut = random(400), ending = choose { "reset", "close", "hold" } })
  end,
  function(answer) return with(answer, { bytesPerSecond = random(4, 20) * 1000 }) end,
  function(answer) return with(answer, { ending = choose { "close", "reset", "hold" } }) end,
  function() return server.reset end,
  function() return server.hangUp end,
  function() return server.silence end,
  function() return { raw = "what is this?\r\n\r\n", ending = "close" } end,
  function() return { body = "{]" } end,
  function()
    return { raw = "HTTP/1.1 100 Continue\r\n\r\n", ending = choose { "hold", "close" } }
  end,
  function()
    return { raw = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 O",
      ending = choose { "hold", "close", "reset" } }
  end,
  function()
    return { status = choose { 503, 503, 429, 500 }, body = '{"message":"later"}',
      headers = { ["Retry-After"] = maybe(0.5, choose { "0", "1", "100" }) } }
  end,
  function() return { status = 404, body = '{"message":"no such"}' } end,
}

-- Bytes that come between two answers are dropped; those that come while the next is awaited
-- are taken for it, and all that follow on the connection are out of step: HTTP/1.1 has nothing to
-- tell by. So these are not among the above, and a run that has them does not look whose answer
-- came.
local function unasked(answer)
  return with(answer, { unasked = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    .. "Content-Length: 22\r\n\r\n{\"processId\":\"nobody\"}" })
end

local streamManners = {
  function() return { raw = streamHead .. mixture.text(random(20)), ending = "hold" } end,
  function() return { raw = streamHead .. mixture.text(random(2000)), ending = "reset" } end,
  function() return { raw = streamHead .. mixture.text(20000), ending = "close" } end,
}

local function answerTo(call, again)
  if call.kind == "stream" and not again and random() < 0.5 then return choose(streamManners)() end
  local answer = good(call)
  return random() < (again and 0.3 or 0.6) and choose(manners)(answer) or answer
end

local function answersTo(call, confused)
  for attempt = 1, random(4) do
    -- The script's own answers are shared by all: each call has copies.
    local answer = {}
    for name, value in pairs(answerTo(call, attempt > 1)) do answer[name] = value end
    answer.on, answer.times = "/" .. call.id .. "/", 1
    call.answers[attempt] = confused and random() < 0.2 and unasked(answer) or answer
  end
  call.answers[#call.answers].times = 1000
end

-- What callbacks do; the spec says what each of these is.
local deeds = { "plain", "wait", "step", "cancelOther", "cancelSelf", "fail", "failFalse",
  "failTable", "collect", "start", "yield" }

local kinds = { "create", "create", "keyed", "list", "info", "stop", "wait", "stream", "stream" }

local function optionsOf(call)
  local options = { timeout = choose { 0.03, 0.1, 0.3, 1 }, retry = maybe(0.2, false) }
  if call.kind == "keyed" then call.kind, options.idempotencyKey = "create", call.id end
  if call.kind == "stream" then
    options.idleTimeout = (call.plain or random() < 0.5) and random() * 0.2 + 0.05 or nil
  end
  if random() < 0.1 then options.headers = { ["X-Call"] = call.id } end
  return options
end

local function drawCall(number, confused)
  local call = { id = "c" .. number, kind = choose(kinds), plain = random() < 0.4, answers = {},
    startAt = random(0, 30), onDone = maybe(0.5, choose(deeds)), onData = maybe(0.3, choose(deeds)),
    onRetry = maybe(0.3, choose(deeds)), onRequest = maybe(0.05, choose(deeds)),
    onResponse = maybe(0.2, choose(deeds)), other = random(40), piece = random(4),
    cancelAt = maybe(0.2, random(60)), closeAt = maybe(0.2, random(60)) }
  call.options = optionsOf(call)
  answersTo(call, confused)
  return call
end

local polls = { "none", "none", "yield", "careful" }

--- What one run does.
-- @treturn table `calls`; `script` for the server, `confused` when its answers are; of the sdk
-- `poll`, `hooked`, `safe`, `transport`, `keys`, `small`; of the loop `late` (the server refuses
-- before this tick), `threaded`, `closeAt`, `collectEvery`, `pauses`
function mixture.draw()
  local run = { calls = {}, script = { connections = {} }, poll = choose(polls),
    hooked = random() < 0.5, safe = random() < 0.2, transport = random() < 0.15,
    keys = random() < 0.2, small = random() < 0.2, late = maybe(0.2, random(15)) or 0,
    threaded = random() < 0.5, closeAt = maybe(0.1, random(60)), collectEvery = random(3, 40),
    pauses = {}, confused = random() < 0.1 }
  for number = 1, random(5, 40) do
    local call = drawCall(number, run.confused)
    run.calls[number] = call
    table.move(call.answers, 1, #call.answers, #run.script + 1, run.script)
  end
  run.script[#run.script + 1] = { body = processOf "inner" }
  for number = 1, random(0, 12) do
    run.script.connections[number] = choose { "serve", "serve", "reset", "close", "hold" }
  end
  table.insert(run.script.connections, "serve")
  for number = 1, 16 do run.pauses[number] = choose { 0, 0, 0.001, 0.005 } end
  return run
end

return mixture
