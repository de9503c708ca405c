--- The engines of a host as one: each process is its app's engine's, or that which its row names.
--
-- An engine is a file here. It carries out what the supervisor has recorded, and tells it of what
-- happens; none of its functions waits for anything:
--
--     engine.new(options)        -> engine                     as for all.new
--     engine:check(app)          -> true | nil, message        could the app be started at all?
--     engine:prepare(row, app)   -> facts | nil, message       columns to record; nothing runs yet
--     engine:start(row)                                        now it runs
--     engine:discard(row)                                      undo prepare
--     engine:adopt(row)                                        hold it again, or tell its end
--     engine:stop(row)                                         also twice, also when it is gone
--     engine:forget(processId)                                 its end is recorded
--     engine:isBlind()           -> boolean                    can it not see who is ready?
--     engine:describe()          -> ?string                    what an operator should know
--     engine:close()                                           let go of all; they live on
--     engine:found()             -> rows                       where it keeps a truth of its own
--     engine:excuse(row)         -> ?string                    why it is not ready yet, if known
--     onReady(processId, facts), onEnd(processId, outcome)     never called from within the above
--
-- `found` and `excuse` may be missing. Facts are nothing, or `host`, `node`, and `startedAt` (Unix
-- seconds) if that was before now. An outcome has `at` (Unix seconds), and `exitCode`, `signal`,
-- `error` (why it never ran), `lost` (why it may go on unseen) or `unstarted` (it was never told to
-- start); none of these when how it ended cannot be known. What a process writes is kept in
-- `directory:log(processId)`.
-- @module hathora.host.engine

local poll = require "hathora.host.poll"

local all = {}

local All = {}
All.__index = All

local usual = "local"

--- Make those that the apps need; others when a row needs them.
-- @tparam table options of every engine: `loop`, `directory`, `apps`, `hostname`, `logBytes`,
-- `tethered` (games end with this host), `docker` (a socket), `onReady`, `onEnd`
function all.new(options)
  local self = setmetatable({ options = options, engines = {} }, All)
  for _, app in pairs(options.apps) do self:byName(app.engine) end
  return self
end

function All:byName(name)
  name = name or usual
  local engine = self.engines[name]
  if engine then return engine end
  local options = {}
  for key, value in pairs(self.options) do options[key] = value end
  options.apps = {}
  for id, app in pairs(self.options.apps) do
    if (app.engine or usual) == name then options.apps[id] = app end
  end
  engine = require("hathora.host.engine." .. name).new(options)
  self.engines[name] = engine
  return engine
end

--- Rows of processes that engines have and records may have lost.
function All:found()
  local rows = {}
  for _, engine in pairs(self.engines) do
    local own = engine.found and engine:found() or {}
    table.move(own, 1, #own, #rows + 1, rows)
  end
  return rows
end

--- What an operator should know.
-- @treturn {string,...}
function All:describe()
  local lines = {}
  for _, engine in pairs(self.engines) do lines[#lines + 1] = engine:describe() end
  return lines
end

function All:check(app) return self:byName(app.engine):check(app) end

function All:prepare(row, app)
  local facts, problem = self:byName(app.engine):prepare(row, app)
  if facts then facts.engine = app.engine or usual end
  return facts, problem
end

-- A process that is recorded has its end told, whatever goes wrong.
function All:start(row)
  local engine = self:byName(row.engine)
  local ok, problem = pcall(engine.start, engine, row)
  if ok then return end
  self.options.loop:after(0, function()
    self.options.onEnd(row.processId, { at = poll.time(), error = tostring(problem) })
  end)
end

for _, name in ipairs { "discard", "adopt", "stop", "isBlind" } do
  All[name] = function(self, row)
    local engine = self:byName(row.engine)
    return engine[name](engine, row)
  end
end

--- Why a process is not running yet, where its engine can tell.
-- @treturn ?string
function All:excuse(row)
  local engine = self:byName(row.engine)
  return engine.excuse and engine:excuse(row)
end

function All:forget(row)
  self:byName(row.engine):forget(row.processId)
end

function All:close()
  for _, engine in pairs(self.engines) do engine:close() end
end

return all
