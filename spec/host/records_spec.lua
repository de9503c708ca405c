local records = require "hathora.host.store.processes"
local sqlite = require "hathora.host.sqlite"
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
  local kept = require "hathora.host.store.processes".open(arg[1])
  for index = 1, math.huge do
    kept:insert {
      processId = arg[2] .. "-" .. index, appId = "a", region = "Tokyo", deploymentId = 1,
      roomsPerProcess = 1, status = "starting", ports = "", createdAt = index,
    }
    io.write("written ", index, "\n")
    io.flush()
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

describe("the records", function()
  it("keep what they are told, and change what they are told to", function()
    local kept = records.open ":memory:"
    kept:insert(row { idempotencyKey = "k" })
    kept:change("p", { status = "running", startedAt = 5 })
    local found = kept:find "p"
    assert.equal("running", found.status)
    assert.equal(5, found.startedAt)
    assert.equal(1764000000123, found.createdAt)
    assert.equal("p", kept:findByKey "k".processId)
    assert.is_nil(kept:find "q")
    kept:close()
  end)

  it("have one process to an id, and one to a key", function()
    local kept = records.open ":memory:"
    kept:insert(row { idempotencyKey = "k" })
    assert.error_matches(function() kept:insert(row {}) end, "UNIQUE")
    assert.error_matches(function() kept:insert(row { processId = "q", idempotencyKey = "k" }) end,
      "UNIQUE")
    kept:insert(row { processId = "r" })
    kept:insert(row { processId = "s" })
    assert.equal(3, kept:liveOfApp "a")
    kept:change("s", { terminatedAt = 9 })
    assert.equal(2, kept:liveOfApp "a")
    assert.equal(2, #kept:live())
    assert.equal("s", kept:endedSince(9)[1].processId)
    assert.same({}, kept:endedSince(10))
    kept:close()
  end)

  it("are all there after their writer was killed, up to the last one acknowledged", function()
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
      local kept = records.open(path)
      assert.is_table(kept:find(("%d-%s"):format(round, acknowledged)))
      assert.is_true(#kept:live() >= tonumber(acknowledged))
      kept:close()
      local database <close> = sqlite.open(path)
      local check <close> = database:prepare "PRAGMA integrity_check"
      assert.same({ { integrity_check = "ok" } }, (check()))
    end
    support.removeDirectory(directory)
  end)
end)
