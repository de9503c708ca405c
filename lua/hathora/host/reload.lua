--- Takes up a changed configuration while the host serves: the certificate, the tokens, and of each
-- app what holds for processes created from then on. All else is taken up by the next start.
-- @module hathora.host.reload

local function setOf(names)
  local set = {}
  for name in names:gmatch "%a+" do set[name] = true end
  return set
end

local unlimited = [[command cwd env idleTimeout image maxProcesses playerTokenLifetime
  roomsPerProcess startDeadline stopGrace user]]
local ofUnlimited, ofApps = setOf(unlimited), setOf(unlimited .. " cpus memoryMB")

local ofHost = { apps = true, certificate = true, key = true, tokens = true }

local function isSame(one, other)
  if type(one) ~= "table" or type(other) ~= "table" then return one == other end
  for key, value in pairs(one) do
    if not isSame(value, other[key]) then return false end
  end
  for key in pairs(other) do
    if one[key] == nil then return false end
  end
  return true
end

-- The names whose values differ, with what stands before them, added to a list.
local function addDifferent(list, before, current, changed, except)
  local names = {}
  for name in pairs(current) do names[name] = true end
  for name in pairs(changed) do names[name] = true end
  for name in pairs(names) do
    if not except[name] and not isSame(current[name], changed[name]) then
      list[#list + 1] = before .. name
    end
  end
end

-- A secret that the host made is in no configuration.
local function withSecret(changed, current)
  return setmetatable({ secret = changed.secret or current.secret }, { __index = changed,
    __pairs = function() return pairs(changed) end })
end

-- A host makes control groups as it starts, if a game of the machine's own is limited.
local function areLimited(apps)
  for _, app in pairs(apps) do
    if app.engine == "local" and (app.cpus or app.memoryMB) then return true end
  end
  return false
end

-- With another engine an app's settings mean something else: none is taken up before that is.
local function settingsOf(app, new, canLimit)
  if app.engine ~= new.engine then return {} end
  return (canLimit or app.engine ~= "local") and ofApps or ofUnlimited
end

local function takeUpApps(current, changed, left)
  local canLimit = areLimited(current)
  for id in pairs(changed) do
    if not current[id] then left[#left + 1] = ("apps[%q]"):format(id) end
  end
  for id, app in pairs(current) do
    local new = changed[id]
    if new then
      local applied = settingsOf(app, new, canLimit)
      addDifferent(left, ("apps[%q]."):format(id), app, withSecret(new, app), applied)
      for name in pairs(applied) do app[name] = new[name] end
    else
      left[#left + 1] = ("apps[%q]"):format(id)
    end
  end
end

--- Take it up.
-- @tparam table current the configuration that is served, which changes
-- @tparam table changed complete
-- @tparam function certify called with `certificate` and `key`, paths, when the host has some and
-- goes on having some; returns why they cannot be used, if they cannot
-- @treturn[1] {string,...} the settings that differ and are left to the next start
-- @treturn[2] nil
-- @treturn[2] string why nothing was taken up
return function(current, changed, certify)
  local left = {}
  if (current.key == nil) ~= (changed.key == nil) then
    left[1] = "certificate"
  elseif current.key then
    local problem = certify(changed.certificate, changed.key)
    if problem then return nil, problem end
    current.certificate, current.key = changed.certificate, changed.key
  end
  current.tokens = changed.tokens
  takeUpApps(current.apps, changed.apps, left)
  addDifferent(left, "", current, changed, ofHost)
  table.sort(left)
  return left
end
