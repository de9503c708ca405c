local client = require "support.client"
local core = require "hathora.core"
local mixture = require "support.mixture"
local process = require "support.process"
local seed = require "support.seed"
local server = require "support.server"

local rounds = tonumber(os.getenv "HATHORA_SPEC_ROUNDS" or 1)

-- The sockets and epolls that this process has, one a line.
local function descriptors()
  collectgarbage() -- of earlier runs
  local listing <close> = io.popen "ls -l /proc/$PPID/fd"
  local found = {}
  for line in listing:lines() do found[#found + 1] = line:match " %d+ %-> [sa].*" end
  return table.concat(found, "\n")
end

local function call(group, method, request)
  return function(sdk, drawn, ending)
    local fields = { appId = drawn.id }
    for name, value in pairs(request) do fields[name] = value end
    if drawn.kind == "wait" then fields.timeout = drawn.options.timeout end
    return sdk[group][method .. ending](sdk[group], fields, drawn.given)
  end
end

local operations = {
  create = call("processesV2", "createProcess", { region = "Tokyo" }),
  list = call("processesV2", "getLatestProcesses", {}),
  info = call("processesV2", "getProcessInfo", { processId = "p" }),
  stop = call("processesV2", "stopProcess", { processId = "p" }),
  wait = call("processesV2", "waitUntilRunning", { processId = "p" }),
  stream = call("logsV1", "getLogsForProcess", { processId = "p" }),
}

-- What callbacks do: each gets the run, and what was drawn of the call. A failure is counted by who
-- let it out.
local deeds = {}

local inner = { appId = "inner", processId = "inner" }

function deeds.plain(run)
  pcall(run.sdk.processesV2.getProcessInfo, run.sdk.processesV2, inner, { timeout = 0.2 })
end

function deeds.start(run)
  pcall(run.sdk.processesV2.getProcessInfoAsync, run.sdk.processesV2, inner, { timeout = 0.2 })
end

function deeds.wait(run, drawn)
  local other = run.calls[(drawn.other - 1) % #run.calls + 1]
  if other.handle then pcall(other.handle.wait, other.handle, 0.01) end
end

function deeds.step(run) run:step(0) end

function deeds.cancelOther(run, drawn)
  local other = run.calls[(drawn.other - 1) % #run.calls + 1]
  if other.handle then other.handle:cancel() end
end

function deeds.cancelSelf(_, drawn)
  if drawn.handle then drawn.handle:cancel() end
end

function deeds.fail(run, drawn) run:throw(drawn, "thrown for " .. drawn.id) end
function deeds.failFalse(run, drawn) run:throw(drawn, false) end
function deeds.failTable(run, drawn) run:throw(drawn, { drawn.id }) end
function deeds.collect() collectgarbage() end

function deeds.yield()
  if coroutine.isyieldable() then coroutine.yield() end
end

local polls = {
  yield = coroutine.yield,
  careful = function()
    if coroutine.isyieldable() then coroutine.yield() end
  end,
}

-- A run of the mixture.

local Run = {}
Run.__index = Run

function Run:throw(drawn, value)
  if drawn.inDone then self.thrown = self.thrown + 1 end
  error(value, 0)
end

--- Make a step. What it raises is a callback's.
function Run:step(seconds)
  if self.closed then return end
  local ok = pcall(self.sdk.step, self.sdk, seconds)
  if not ok then self.raised = self.raised + 1 end
end

function Run:spawn(perform)
  local fiber = coroutine.create(perform)
  self.fibers[#self.fibers + 1] = fiber
  local ok, why = coroutine.resume(fiber)
  assert(ok, why)
  return fiber
end

function Run:resumeFibers()
  local alive = {}
  for _, fiber in ipairs(self.fibers) do
    if coroutine.status(fiber) == "suspended" then assert(coroutine.resume(fiber)) end
  end
  for _, fiber in ipairs(self.fibers) do
    if coroutine.status(fiber) ~= "dead" then alive[#alive + 1] = fiber end
  end
  self.fibers = alive
end

-- A user's own transport: as late and as wrong as the server, and it yields.
local function transportOf(run)
  return { send = function(_, request)
    local drawn = run.byId[request.url:match "/(c%d+)/"]
    if not drawn then return { statusCode = 200, body = client.process } end
    drawn.arrived = (drawn.arrived or 0) + 1
    local answer = drawn.answers[math.min(drawn.arrived, #drawn.answers)]
    for _ = 1, drawn.piece do deeds.yield() end
    if drawn.piece == 1 then error("no transport for " .. drawn.id) end
    if answer.raw == "" then return nil, "no answer" end
    return { statusCode = answer.status or 200, body = answer.body,
      headers = { ["Content-Type"] = "application/json" } }
  end }
end

-- The options of a call, with callbacks that take note and do what was drawn.
local function optionsOf(run, drawn)
  local given = {}
  for name, value in pairs(drawn.options) do
    if not (name == "timeout" and drawn.kind == "wait") then given[name] = value end
  end
  drawn.done, drawn.pieces, drawn.got = 0, 0, {}
  if drawn.kind == "stream" and not run.transport then
    given.onData = function(piece)
      drawn.pieces = drawn.pieces + 1
      drawn.got[drawn.pieces] = piece
      if drawn.pieces == drawn.piece and drawn.onData then deeds[drawn.onData](run, drawn) end
    end
  end
  given.onDone = function(ended)
    drawn.done = drawn.done + 1
    drawn.handle = drawn.handle or ended
    run.wrong = run.wrong or (not ended:isDone() and drawn.id .. ": onDone, and not done")
    if drawn.onDone then
      drawn.inDone = true
      deeds[drawn.onDone](run, drawn)
    end
  end
  return given
end

local function hook(run, name)
  return function(event)
    local drawn = run.byId[event.url:match "/(c%d+)/"]
    local deed = drawn and drawn[name]
    if deed then
      drawn[name] = nil -- once
      deeds[deed](run, drawn)
    end
  end
end

function Run:newSdk(url)
  local options = { serverUrl = url, timeout = 1, poll = polls[self.drawn.poll],
    safe = self.drawn.safe or nil, maxInFlight = self.drawn.small and 3 or nil,
    stepBudget = self.drawn.small and 1e-6 or nil,
    retry = { initialDelay = 0.01, idempotencyKeys = self.drawn.keys, budget = 1000 } }
  if self.drawn.hooked then
    for _, name in ipairs { "onRetry", "onRequest", "onResponse" } do
      options[name] = hook(self, name)
    end
  end
  if self.drawn.transport then options.client, self.transport = transportOf(self), true end
  return client.new({ url = url }, options)
end

function Run:start(drawn)
  drawn.given = optionsOf(self, drawn)
  drawn.due = core.now() + drawn.options.timeout + (drawn.kind == "wait" and 1.1 or 0)
  drawn.started = true
  if not drawn.plain then
    drawn.handle = operations[drawn.kind](self.sdk, drawn, "Async")
    return
  end
  drawn.fiber = self:spawn(function()
    drawn.outcome = table.pack(pcall(operations[drawn.kind], self.sdk, drawn, ""))
  end)
end

local function isOver(drawn)
  if drawn.handle then return drawn.handle:isDone() end
  return drawn.outcome ~= nil
end

function Run:isOver()
  for _, drawn in ipairs(self.calls) do
    if not drawn.started or not isOver(drawn) or drawn.done == 0 then return false end
  end
  return self.fibers[1] == nil
end

--- What is past its time, and has seen steps enough since.
function Run:checkTime(tick)
  local now = core.now()
  for _, drawn in ipairs(self.calls) do
    local begun = drawn.kind == "stream" and (drawn.pieces or 0) > 0
    if drawn.started and now > drawn.due + 1 and not begun and not isOver(drawn) then
      drawn.lateSince = drawn.lateSince or tick
      assert(tick < drawn.lateSince + 200, drawn.id .. " is pending past its deadline")
    end
  end
end

function Run:close()
  self.closed = true
  self.sdk:close()
end

function Run:act(tick)
  for _, drawn in ipairs(self.calls) do
    if drawn.startAt == tick then self:start(drawn) end
    if drawn.cancelAt == tick and drawn.handle then drawn.handle:cancel() end
    if drawn.closeAt == tick and drawn.fiber and coroutine.status(drawn.fiber) == "suspended" then
      drawn.broken = true
      coroutine.close(drawn.fiber)
    end
  end
  if tick % self.drawn.collectEvery == 0 then collectgarbage "step" end
end

function Run:turn(tick)
  local pause = self.drawn.pauses[tick % #self.drawn.pauses + 1]
  if self.drawn.threaded then self:spawn(function() self:step(pause) end)
  else self:step(pause) end
  self:resumeFibers()
end

-- A stream that has begun and never ends is cancelled when all else is over.
function Run:cancelStreams(tick)
  if tick < 400 or self.cancelled then return end
  local waiting = false
  for _, drawn in ipairs(self.calls) do
    waiting = waiting or not isOver(drawn) and core.now() < drawn.due + 0.5
  end
  if waiting then return end
  self.cancelled = true
  for _, drawn in ipairs(self.calls) do
    if drawn.kind == "stream" and drawn.handle then drawn.handle:cancel() end
  end
end

function Run:loop()
  local tick, ends = 0, core.now() + 30
  repeat
    if tick == self.drawn.late then self.server = server.start(self.drawn.script) end
    self:act(tick)
    if self.drawn.closeAt and tick > 30 and tick >= self.drawn.closeAt then return self:close() end
    self:turn(tick)
    self:checkTime(tick)
    self:cancelStreams(tick)
    tick = tick + 1
    assert(core.now() < ends, "no end")
  until tick > 60 and self:isOver()
end

-- What holds of each call when all is over.

local ranks = { no = 0, maybe = 1, yes = 2 }

local function arrivals(run)
  local counts = {}
  for _, request in ipairs(run.server:requests()) do
    local id = request.target:match "/(c%d+)/"
    if id then counts[id] = (counts[id] or 0) + 1 end
  end
  return counts
end

local function problemOf(drawn)
  if drawn.outcome and not drawn.handle then
    if drawn.outcome[1] then return drawn.outcome[2] == nil and drawn.outcome[3] end
    return drawn.outcome[2]
  end
  local ok, payload, problem = pcall(drawn.handle.result, drawn.handle)
  if not ok then return payload end
  return payload == nil and problem
end

local function payloadOf(drawn)
  local _, payload
  if drawn.outcome and not drawn.handle then payload = drawn.outcome[2]
  else _, payload = pcall(drawn.handle.result, drawn.handle) end
  return payload
end

local function checkPayload(run, drawn)
  if run.drawn.confused then return end
  local payload = payloadOf(drawn)
  if drawn.kind == "list" then payload = payload[1] end
  if type(payload) == "table" then assert.equal(drawn.id, payload.processId) end
  if drawn.kind == "stream" and not run.transport then
    local got = table.concat(drawn.got)
    for _, answer in ipairs(drawn.answers) do
      local sent = answer.body or answer.raw:match "octet%-stream\r\n\r\n(.*)$"
      -- Where the connection's end is the answer's, nothing tells of what is missing.
      local cut = answer.framing == "close" and answer.cut or 0
      if sent and got == sent:sub(1, -1 - cut) then return end
    end
    error(drawn.id .. ": the stream is not what was sent: " .. #got .. " bytes")
  end
end

local thrownBy = { fail = "string", failFalse = "boolean", failTable = "table" }

local function checkProblem(drawn, problem, arrived)
  if drawn.kind == "stream" and drawn.pieces >= drawn.piece
    and thrownBy[drawn.onData] == type(problem) and not (type(problem) == "table"
    and problem.name) then return end
  assert.equal("table", type(problem), drawn.id .. ": " .. tostring(problem))
  assert.equal("string", type(problem.name), drawn.id)
  local sent = assert(ranks[problem.sent], drawn.id .. ": " .. problem.name .. ", no sent")
  assert.is_true(arrived == 0 or sent > 0,
    ("%s arrived %d times, and sent is %s"):format(drawn.id, arrived, problem.sent))
end

local longest = mixture.text(20000)

-- No piece twice, and none lost among those before it.
local function checkPieces(drawn)
  local got = table.concat(drawn.got)
  assert.is_true(got == longest:sub(1, #got) or got == "{]",
    drawn.id .. ": pieces are lost or came twice")
end

local function checkCall(run, drawn, arrived)
  assert.equal(1, drawn.done, drawn.id .. ": onDone ran " .. drawn.done .. " times")
  assert.is_true(isOver(drawn), drawn.id)
  if not run.drawn.confused then checkPieces(drawn) end
  if drawn.kind == "create" and not run.drawn.keys then
    assert.is_true(arrived <= 1, drawn.id .. ": created " .. arrived .. " times")
  end
  local problem = problemOf(drawn)
  if problem or problem == false and not payloadOf(drawn) then
    return checkProblem(drawn, problem, arrived)
  end
  checkPayload(run, drawn)
end

function Run:check()
  assert.is_falsy(self.wrong)
  local counts = self.transport and {} or arrivals(self)
  for _, drawn in ipairs(self.calls) do
    checkCall(self, drawn, counts[drawn.id] or 0)
  end
  local ends = core.now() + 30
  while self.sdk:inFlight() > 0 do
    self:step(0.01)
    assert(core.now() < ends, "what callbacks started does not end")
  end
  for _ = 1, self.thrown do self:step(0) end
  assert.equal(self.thrown, self.raised, "what callbacks raise comes out of step")
end

local function weak(run)
  local handles = setmetatable({}, { __mode = "k" })
  for _, drawn in ipairs(run.calls) do
    if drawn.handle then handles[drawn.handle] = drawn.id end
  end
  return handles
end

-- With the sdk still open.
local function checkFreed(run)
  local handles = weak(run)
  for _, drawn in ipairs(run.calls) do
    drawn.handle, drawn.given, drawn.outcome, drawn.fiber = nil, nil, nil, nil
  end
  run.fibers = {}
  collectgarbage()
  collectgarbage()
  local _, id = next(handles)
  assert.is_nil(id, "a call is kept")
end

local function perform()
  local drawn = mixture.draw()
  drawn.script.port = process.freePort()
  local run = setmetatable({ drawn = drawn, calls = drawn.calls, fibers = {}, byId = {},
    thrown = 0, raised = 0 }, Run)
  for _, each in ipairs(drawn.calls) do run.byId[each.id] = each end
  local before = descriptors()
  run.sdk = run:newSdk("http://127.0.0.1:" .. drawn.script.port)
  run:loop()
  if not run.closed then
    run:check()
    checkFreed(run)
    run.sdk:close()
  end
  run.server:close()
  assert.equal(before, descriptors())
end

local function traced(failure)
  return debug.traceback(type(failure) == "table" and tostring(failure.message) or failure, 2)
end

describe("everything at once", function()
  it("ends every call once and in time, says what was sent, and leaves nothing", function()
    seed.with(function()
      for round = 1, 6 * rounds do
        local ok, failure = xpcall(perform, traced)
        if not ok then error(("round %d: %s"):format(round, failure), 0) end
      end
    end)
  end)
end)
