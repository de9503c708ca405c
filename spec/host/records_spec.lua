local loops = require "hathora.host.machine.loop"
local sqlite = require "hathora.host.sqlite"
local stores = require "hathora.host.store"
local support = require "support.process"

local function row(values)
  local all = {
    processId = "p", appId = "a", region = "Tokyo", deploymentId = 1, roomsPerProcess = 1,
    status = "starting", ports = "default:tcp:1", createdAt = 1764000000123,
  }
  for name, value in pairs(values or {}) do all[name] = value end
  return all
end

-- Adds processes without end, and says so of each once it is recorded.
local writing = [[
  local loop = require "hathora.host.machine.loop".new()
  local store = require "hathora.host.store".open(arg[1], loop)
  for index = 1, math.huge do
    store:write(function()
      store.processes:insert {
        processId = arg[2] .. "-" .. index, appId = "a", region = "Tokyo", deploymentId = 1,
        roomsPerProcess = 1, status = "starting", ports = "", createdAt = index,
      }
    end, function(problem)
      io.write(problem or "written ", index, "\n")
      io.flush()
    end)
    store:flush()
  end]]

describe("a statement", function()
  it("takes and gives whole numbers, fractions, text with NULs, and NULL", function()
    local database <close> = sqlite.open ":memory:"
    local echo = database:prepare "SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d"
    assert.same({ { a = math.maxinteger, b = 0.5, c = "x\0y" } },
      (echo(math.maxinteger, 0.5, "x\0y", nil)))
    assert.same({ { d = "last" } }, (echo(nil, nil, nil, "last")))
  end)

  it("raises SQLite's words, and works again", function()
    local database <close> = sqlite.open ":memory:"
    database:execute "CREATE TABLE t (n INTEGER UNIQUE) STRICT"
    local insert = database:prepare "INSERT INTO t VALUES (?)"
    assert.has_error(function() insert "text" end, "cannot store TEXT value in INTEGER column t.n")
    assert.equal(1, select(2, insert(1)))
    assert.has_error(function() insert(1) end, "UNIQUE constraint failed: t.n")
    assert.equal(1, select(2, insert(2)))
    assert.has_error(function() database:execute "nonsense" end, 'near "nonsense": syntax error')
  end)

  it("is refused, not crashed on, once it or its database is closed", function()
    local database = sqlite.open ":memory:"
    local select1 = database:prepare "SELECT 1 AS one"
    database:close()
    database:close()
    assert.same({ { one = 1 } }, (select1()))
    select1:close()
    assert.error_matches(function() select1() end, "the statement is closed")
    assert.error_matches(function() database:execute "SELECT 1" end, "the database is closed")
  end)
end)

-- A store by itself, and the loop that its writes wait for; `insert` and so on write at once.
local function open(path)
  local loop = loops.new()
  local store = stores.open(path or ":memory:", loop)
  local kept = { store = store, processes = store.processes, loop = loop }
  for _, name in ipairs { "insert", "update", "remove" } do
    kept[name] = function(_, ...)
      local arguments, result = table.pack(...), nil
      store:transaction(function()
        result = store.processes[name](store.processes, table.unpack(arguments))
      end)
      return result
    end
  end
  return setmetatable(kept, { __close = function() store:close() loop:close() end })
end

describe("the store", function()
  it("keeps what it is told, and changes what it is told to", function()
    local kept <close> = open()
    local process = row { idempotencyKey = "k", roomsAllocated = 7 }
    kept:insert(process)
    process.status, process.startedAt, process.region = "running", 5, "London"
    kept:update(process, { status = true, startedAt = true, roomsAllocated = true })
    local found = kept.processes:find "p"
    assert.equal("running", found.status)
    assert.equal(5, found.startedAt)
    assert.equal("Tokyo", found.region)
    assert.equal(1764000000123, found.createdAt)
    assert.equal("p", kept.processes:findByKey "k".processId)
    assert.is_nil(kept.processes:find "q")
  end)

  it("has one process to an id, and one to a key", function()
    local kept <close> = open()
    kept:insert(row { idempotencyKey = "k" })
    assert.error_matches(function() kept:insert(row {}) end, "UNIQUE")
    assert.error_matches(function()
      kept:insert(row { processId = "q", idempotencyKey = "k" })
    end, "UNIQUE")
    kept:insert(row { processId = "r" })
    assert.equal(2, #kept.processes:live())
    kept:update({ processId = "r", terminatedAt = 9 }, { terminatedAt = true })
    assert.equal(1, #kept.processes:live())
    assert.equal("r", kept.processes:ended("a", "starting", "Tokyo", 10)[1].processId)
  end)

  it("writes what arrives in one turn of the loop in one transaction", function()
    local kept <close> = open()
    local done = {}
    for index = 1, 50 do
      kept.store:write(function() kept.processes:insert(row { processId = "p" .. index }) end,
        function(problem) done[index] = problem or true end)
    end
    assert.same({}, done)
    kept.loop:step(0.1)
    kept.store:flush()
    assert.equal(1, kept.store.counts.commits)
    for index = 1, 50 do assert.is_true(done[index]) end
    assert.equal(50, #kept.processes:live())
  end)

  it("does not wait again for what was waited for in the same turn", function()
    local output = support.run { "timeout", "10", "lua5.4", "-e", [[
      local socket = require "socket"
      local loop = require "hathora.host.machine.loop".new()
      local store = require "hathora.host.store".open(":memory:", loop)
      local listener = socket.bind("127.0.0.1", 0)
      local client = socket.connect("127.0.0.1", (select(2, listener:getsockname())))
      store:write(function() store.processes:insert { processId = "p", appId = "a",
        region = "Tokyo", deploymentId = 1, roomsPerProcess = 1, status = "starting", ports = "",
        createdAt = 1 } end, function(problem) print(problem or "written") end)
      -- It is ready first, and so comes first.
      loop:watch(listener:getfd(), "r", function()
        print(store.committing and "being written")
        store:flush()
      end)
      store:commit()
      socket.select({ { getfd = function() return store.database:committer() end } }, nil, 5)
      loop:step(0)
      print "on"]] }
    assert.equal("being written\nwritten\non\n", output)
  end)

  it("keeps what contradicts nothing beside what does, each whole or not at all", function()
    local kept <close> = open()
    local done = {}
    for index, id in ipairs { "a", "b", "a", "c" } do
      kept.store:write(function()
        kept.processes:insert(row { processId = "beside " .. index })
        kept.processes:insert(row { processId = id })
      end, function(problem) done[index] = problem or true end)
    end
    kept.store:flush()
    assert.same({ true, true, "UNIQUE constraint failed: process.processId", true }, done)
    assert.equal(6, #kept.processes:live())
    assert.is_nil(kept.processes:find "beside 3")
  end)

  it("removes what ended first, so many at a time", function()
    local kept <close> = open()
    for index = 1, 30 do
      kept:insert(row { processId = "p" .. index, terminatedAt = 100 - index })
    end
    kept:insert(row { processId = "live" })
    local removed = kept:remove(85, 10)
    assert.equal(10, #removed)
    for _, process in ipairs(removed) do
      assert.is_true(tonumber(process.processId:sub(2)) > 20, process.processId)
    end
    assert.equal(5, #kept:remove(85, 10))
    assert.is_table(kept.processes:find "p15")
    assert.is_table(kept.processes:find "live")
  end)

  it("is all there after its writer was killed, up to the last write acknowledged", function()
    local directory = support.temporaryDirectory()
    local path = directory .. "/records.sqlite"
    local script = directory .. "/writer.lua"
    support.writeFile(script, writing)
    for round = 1, 3 do
      local writer <close> = support.hold {
        command = { "lua5.4", script, path, tostring(round) }, ready = "(written 50)\n",
      }
      writer:signal "KILL"
      writer:wait()
      local acknowledged = writer:output():match ".*written (%d+)\n"
      do
        local kept <close> = open(path)
        assert.is_table(kept.processes:find(("%d-%s"):format(round, acknowledged)))
        assert.is_true(#kept.processes:live() >= tonumber(acknowledged))
      end
      local database <close> = sqlite.open(path)
      local check <close> = database:prepare "PRAGMA integrity_check"
      assert.same({ { integrity_check = "ok" } }, (check()))
    end
    support.removeDirectory(directory)
  end)
end)
