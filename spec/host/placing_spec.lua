-- Rooms placed, moved and lost in random order, beside a small model that says where each must be.

local keepers = require "support.keeper"
local seed = require "support.seed"

local capacity, mostProcesses, turns = 3, 12, 1000
local regions = { "Tokyo", "London" }

local Model = {}
Model.__index = Model

local function start()
  local keeper = keepers.start({ game = { command = keepers.server, roomsPerProcess = capacity,
    maxProcesses = mostProcesses, stopGrace = 1 } },
    { durable = true, ports = { 26300, 26399 }, portQuarantine = 0 })
  local self = setmetatable({ keeper = keeper, processes = {}, byId = {}, rooms = {}, age = 0,
    lost = 0, refused = 0 }, Model)
  self:listen()
  return self
end

function Model:listen()
  self.keeper.processes:on("ended", function(process) self:onEnd(process.processId) end)
end

function Model:close() self.keeper:close() end
Model.__close = Model.close

-- What the model says.

function Model:addProcess(region)
  self.age = self.age + 1
  local process = { region = region, taken = 0, age = self.age, isOpen = true }
  self.processes[#self.processes + 1] = process
  return process
end

-- The fullest with a place, of these the oldest; else a new one, if there may be one.
function Model:choose(region)
  local best
  for _, process in ipairs(self.processes) do
    local fits = process.isOpen and process.region == region and process.taken < capacity
    if fits and (not best or process.taken > best.taken) then best = process end
  end
  return best or #self.processes < mostProcesses and self:addProcess(region) or nil
end

local function free(room, status)
  room.process.taken = room.process.taken - 1
  room.process, room.status = nil, status
end

function Model:onEnd(processId)
  local process = self.byId[processId]
  for index, other in ipairs(self.processes) do
    if other == process then table.remove(self.processes, index) break end
  end
  for _, room in ipairs(self.rooms) do
    if room.process == process then
      free(room, "destroyed")
      self.lost = self.lost + 1
    end
  end
end

-- What the host says.

local function place(self, room, method, wanted)
  local process = self:choose(room.region)
  if process then process.taken = process.taken + 1 end
  wanted.appId, wanted.region = "game", room.region
  self.keeper.services.rooms[method](self.keeper.services.rooms, wanted, function(found, problem)
    if not process then
      self.refused = self.refused + 1
      return assert.equal(402, problem and problem.statusCode)
    end
    assert(found, problem and problem.message)
    if not process.id then
      assert.is_nil(self.byId[found.processId], "a new process was expected")
      process.id, self.byId[found.processId] = found.processId, process
    end
    assert.equal(process.id, found.processId)
    if not room.roomId then self.rooms[#self.rooms + 1] = room end
    room.roomId, room.process, room.status = found.roomId, process, "active"
  end)
end

local function pick(list, accepts)
  local found = {}
  for _, item in ipairs(list) do
    if accepts(item) then found[#found + 1] = item end
  end
  return found[1] and found[math.random(#found)]
end

-- What can happen in a turn. Each room is met once in one, for what comes of two depends on how
-- the disk fares.

local happenings = {}

function happenings.create(self)
  place(self, { region = regions[math.random(#regions)] }, "create", {})
end

function happenings.resume(self, met)
  local room = pick(self.rooms, function(room)
    return not room.process and not room.isFinal and not met[room]
  end)
  if not room then return end
  met[room] = true
  place(self, room, "resume", { roomId = room.roomId })
end

local function takeOff(self, met, method, status)
  local room = pick(self.rooms, function(room) return room.process and not met[room] end)
  if not room then return end
  met[room] = true
  self.keeper.services.rooms[method](self.keeper.services.rooms,
    { appId = "game", roomId = room.roomId }, function(done)
    assert.is_true(done)
    free(room, status)
    room.isFinal = status == "destroyed"
  end)
end

function happenings.destroy(self, met) takeOff(self, met, "destroy", "destroyed") end
function happenings.suspend(self, met) takeOff(self, met, "suspend", "suspended") end

function happenings.warm(self)
  local region = regions[math.random(#regions)]
  local process = #self.processes < mostProcesses and self:addProcess(region)
  if process then process.isOpen = false end -- until it is recorded
  self.keeper.processes:create({ appId = "game", region = region }, function(found, problem)
    if not process then return assert.equal(402, problem.statusCode) end
    process.id, self.byId[found.processId], process.isOpen = found.processId, process, true
  end)
end

local function close(self, method)
  local process = pick(self.processes, function(process) return process.id and process.isOpen end)
  if not process then return end
  process.isOpen = false
  self.keeper.processes[method](self.keeper.processes, { processId = process.id })
end

function happenings.drain(self) close(self, "drain") end
function happenings.stop(self) close(self, "stop") end

-- A process that ends by itself: its game is told by somebody else.
function happenings.finish(self)
  local process = pick(self.processes, function(process) return process.id end)
  local row = process and self.keeper:row { processId = process.id }
  if row and row.startedAt and not row.terminatedAt then
    os.execute(("kill -TERM %d 2>/dev/null"):format(row.pid))
  end
end

local often = { create = 9, resume = 4, destroy = 4, suspend = 2, warm = 1, drain = 1, stop = 1,
  finish = 1 }
local dice = {}
for name, times in pairs(often) do
  for _ = 1, times do dice[#dice + 1] = name end
end
table.sort(dice)

local function isOn(self, process, room)
  local shown = self.keeper.services.rooms:find { appId = "game", roomId = room.roomId }
  return shown.status == "active" and shown.holder.process.processId == process.id
end

function Model:agrees()
  local held = 0
  for _, process in ipairs(self.processes) do
    local row = self.keeper:row { processId = process.id }
    local on = self.keeper:roomsOf(row)
    assert.same({ process.taken, process.taken }, { row.roomsAllocated or 0, #on })
    assert.is_true(process.taken <= capacity)
    held = held + process.taken
  end
  assert.equal(held, self.keeper.services.rooms:count "game")
  for _, room in ipairs(self.rooms) do
    if room.process then assert.is_true(isOn(self, room.process, room)) end
  end
end

function Model:statusesAgree()
  for _, room in ipairs(self.rooms) do
    local found = self.keeper.services.rooms:find { appId = "game", roomId = room.roomId }
    assert.equal(room.status, found.status)
  end
end

describe("rooms in random order #outside", function()
  it("are where a small model says, after each of a thousand turns and a new host", function()
    seed.with(function()
      local model <close> = start()
      for turn = 1, turns do
        local met = {}
        for _ = 1, math.random(3) do happenings[dice[math.random(#dice)]](model, met) end
        model.keeper.store:flush()
        model:agrees()
        if turn % 3 == 0 then model.keeper.loop:step(0.002) end
        if turn % 100 == 0 then
          model:statusesAgree()
          model.keeper:restart()
          model:listen()
          model:agrees()
        end
      end
      assert.is_true(#model.rooms > 100 and model.lost > 10 and model.refused > 0,
        ("%d rooms, %d lost, %d refused"):format(#model.rooms, model.lost, model.refused))
    end)
  end)
end)
