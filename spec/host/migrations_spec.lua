-- Records of earlier versions are taken up, and what cannot be is said in a sentence.

local host = require "support.host"
local keepers = require "support.keeper"
local loops = require "hathora.host.machine.loop"
local process = require "support.process"
local sqlite = require "hathora.host.sqlite"
local stores = require "hathora.host.store"

local first, third = "5c3a88e5-fe90-4e25-937e-0cb361412593", "c603c9e8-3f8a-4eab-b705-c17609354fc5"

-- The forms that 0.1.0 wrote: its first files, and its later ones.
local forms = {
  ["without the later columns"] = "",
  ["with the later columns"] = [[ALTER TABLE process ADD COLUMN engine TEXT;
    ALTER TABLE process ADD COLUMN node TEXT; ALTER TABLE process ADD COLUMN host TEXT;
    UPDATE process SET engine = 'local']],
}

local function write(path, more)
  local database <close> = sqlite.open(path)
  database:execute "PRAGMA journal_mode = WAL"
  database:execute(process.readFile "spec/fixtures/records-0.1.0.sql")
  database:execute(more)
end

local function formOf(path)
  local loop <close> = loops.new()
  local store <close> = stores.open(path, loop)
  local schema, rows = {}, {}
  for _, made in ipairs((store:statement "SELECT sql FROM sqlite_schema ORDER BY name" ())) do
    schema[#schema + 1] = made.sql
  end
  for index, row in ipairs((store:statement "SELECT * FROM process ORDER BY number" ())) do
    row.engine, rows[index] = nil, row
  end
  return table.concat(schema, "\n"), rows
end

local function emptyDirectory()
  local directory = process.temporaryDirectory()
  return directory, directory .. "/records.sqlite"
end

describe("records of 0.1.0 #outside", function()
  for form, more in pairs(forms) do
    it("are taken up " .. form, function()
      local apps = { game = { command = keepers.server }, bad = { command = keepers.server } }
      local keeper <close> = keepers.start(apps, { durable = true })
      keeper.services:close()
      process.run("rm " .. keeper.config.directory .. "/records.sqlite*")
      write(keeper.config.directory .. "/records.sqlite", more)
      keeper:restart()
      assert.equal("stopped", keeper:info({ processId = first }).status)
      assert.equal(first, keeper:create("game", "key of the first").processId)
      assert.equal(1, keeper.processes:count { appId = "bad", status = { failed = true } })
      keeper:waitForStatus({ processId = third }, "failed") -- of another boot
      local latest = keeper.processes:list { appId = "game", limit = 10 }
      assert.same({ third, first }, { latest[1].processId, latest[2].processId })
      assert.equal(keeper:create("game").processId,
        keeper.processes:list { appId = "game", limit = 1 }[1].processId)
    end)

    for _, step in ipairs { 1, 2, 3, 4, 5, 6, 7, 8, 9 } do
      it(("are whole after a kill in the middle of step %d, %s"):format(step, form), function()
        local directory, path = emptyDirectory()
        local sound = directory .. "/sound.sqlite"
        write(path, more)
        write(sound, more)
        local _, status = process.run({ "lua5.4", "-e", ([[require "hathora.host.store".open(%q,
          require "hathora.host.machine.loop".new())]]):format(path) },
          { HATHORA_HOST_FAULT = "migrating " .. step })
        assert.equal(137, status)
        assert.same({ formOf(sound) }, { formOf(path) })
        process.removeDirectory(directory)
      end)
    end
  end
end)

-- Serve with what is in a state directory; it does not go well.
local function serve(prepare)
  local running <close> = host.start { directory = true }
  running:stop()
  prepare(running.directory .. "/records.sqlite")
  local output, status = process.run { "bin/hathora-host", "serve", "--config", running.configFile }
  assert.equal(1, status)
  assert.no.matches("traceback", output)
  return output
end

describe("a host says in a sentence that its records #outside", function()
  it("are none", function()
    assert.matches("cannot use the records in .*/records.sqlite: file is not a database. Move",
      serve(function(path) process.writeFile(path, ("nonsense "):rep(1000)) end))
  end)

  it("are damaged within", function()
    assert.matches("cannot use the records in .*: database disk image is malformed", serve(
      function(path)
        process.run { "dd", "if=/dev/urandom", "of=" .. path, "bs=4096", "seek=1", "count=20",
          "conv=notrunc" }
      end))
  end)

  it("are a later version's", function()
    assert.matches("they were written by a later version of hathora%-host %(form 99;",
      serve(function(path)
        local database <close> = sqlite.open(path)
        database:execute "PRAGMA user_version = 99"
      end))
  end)
end)
