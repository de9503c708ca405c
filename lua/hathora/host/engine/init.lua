--- The engines of a host as one: each process is its app's engine's, or that which its row names.
--
-- An engine is a folder here. It carries out what the service of processes has recorded, and
-- notifies it of what happens; none of its functions waits for anything:
--
--     engine.new(options)        -> engine                     as for engines.new
--     engine:check(app)          -> true | nil, message        could the app be started at all?
--     engine:prepare(row, app)   -> columns | nil, message     columns to record; nothing runs yet
--     engine:start(row)                                        now it runs
--     engine:discard(row)                                      undo prepare
--     engine:adopt(row)                                        hold it again, or notify of its end
--     engine:stop(row)                                         also twice, also when it is gone
--     engine:cleanUp(processId)                                its end is recorded
--     engine:cannotObserve(row)  -> boolean                    can it not see if it is ready?
--     engine:describe()          -> ?string                    what an administrator should know
--     engine:close()                                           let go of all; they live on
--     engine:recoverable()       -> rows                       what runs, whatever the records know
--     engine:pendingReason(row)  -> ?string                    why it is not ready yet, if known
--     onReady(processId, columns), onEnd(processId, outcome), onFound(rows)
--
-- The events never come from within a function above. Columns are nothing, or `host`, `node`, and
-- `startedAt` (Unix seconds) if that was before now. An outcome has `at` (Unix seconds), and
-- `exitCode`, `signal`, `error` (why it never ran), `lost` (why it may go on unseen) or `unstarted`
-- (its start was never asked for); none of these when how it ended cannot be known. `onFound` comes
-- when rows are recoverable that were not when the host began. What a process writes is kept in
-- `directory:log(processId)`.
-- @module hathora.host.engine

local engines = {}

local Engines = {}
Engines.__index = Engines

local defaultEngine = "local"

--- Make those that the apps need; others when a row needs them.
-- @tparam table options of every engine: `loop`, `directory`, `apps`, `hostname`, `logBytes`,
-- `tethered` (games end with this host), `docker` (a socket), `tls`, what takes TLS off in front of
-- games, `onReady`, `onEnd`, `onFound`
function engines.new(options)
  local self = setmetatable({ options = options, engines = {} }, Engines)
  for _, app in pairs(options.apps) do self:byName(app.engine) end
  return self
end

function Engines:byName(name)
  name = name or defaultEngine
  local engine = self.engines[name]
  if engine then return engine end
  local options = {}
  for key, value in pairs(self.options) do options[key] = value end
  options.apps = {}
  for id, app in pairs(self.options.apps) do
    if (app.engine or defaultEngine) == name then options.apps[id] = app end
  end
  engine = require("hathora.host.engine." .. name).new(options)
  self.engines[name] = engine
  return engine
end

--- Rows of processes that engines have and records may have lost.
function Engines:recoverable()
  local rows = {}
  for _, engine in pairs(self.engines) do
    local own = engine:recoverable()
    table.move(own, 1, #own, #rows + 1, rows)
  end
  return rows
end

--- What an administrator should know.
-- @treturn {string,...}
function Engines:describe()
  local lines = {}
  for _, engine in pairs(self.engines) do lines[#lines + 1] = engine:describe() end
  return lines
end

function Engines:check(app)
  local trouble = self.options.tls and self.options.tls:trouble(app)
  if trouble then return nil, trouble end
  return self:byName(app.engine):check(app)
end

function Engines:prepare(row, app)
  local columns, problem = self:byName(app.engine):prepare(row, app)
  if columns then columns.engine = app.engine or defaultEngine end
  return columns, problem
end

for _, name in ipairs { "start", "discard", "adopt", "stop", "cannotObserve" } do
  Engines[name] = function(self, row)
    local engine = self:byName(row.engine)
    return engine[name](engine, row)
  end
end

function Engines:pendingReason(row)
  local app = self.options.apps[row.appId]
  return app and self.options.tls and self.options.tls:trouble(app)
    or self:byName(row.engine):pendingReason(row)
end

function Engines:cleanUp(row)
  self:byName(row.engine):cleanUp(row.processId)
end

function Engines:close()
  for _, engine in pairs(self.engines) do engine:close() end
end

return engines
