--- Busted's plain report, with what was skipped in a line a reason, and the counts written to a
-- file for spec/run: report FILE OF COUNTS, FILE OF SKIPPED SPECS.

local function fileOf(busted, element)
  local parent = busted.parent(element)
  while parent and parent.descriptor ~= "file" do parent = busted.parent(parent) end
  return parent and parent.name or ""
end

local function groupByReason(skipped)
  local groups = {}
  for _, spec in ipairs(skipped) do
    local group = groups[spec.reason]
    if not group then
      group = { reason = spec.reason, count = 0, files = {}, counts = {} }
      groups[spec.reason] = group
      table.insert(groups, group)
    end
    local file = spec.file:match "([^/]+)_spec%.lua$" or spec.file
    if not group.counts[file] then table.insert(group.files, file) end
    group.counts[file], group.count = (group.counts[file] or 0) + 1, group.count + 1
  end
  return groups
end

local function writeSkipped(skipped, path)
  local file <close> = assert(io.open(path, "w"))
  for _, spec in ipairs(skipped) do
    file:write(("%s: %s: %s\n"):format(spec.file, spec.name, spec.reason))
  end
  for _, group in ipairs(groupByReason(skipped)) do
    for index, name in ipairs(group.files) do
      group.files[index] = ("%d of %s"):format(group.counts[name], name)
    end
    print(("Skipped: %s: %s"):format(group.reason, table.concat(group.files, ", ")))
  end
  if skipped[1] then
    print(("The %d skipped, by name: %s (make peers installs what they need; some need root)")
      :format(#skipped, path))
  end
end

return function(options)
  local busted = require "busted"
  local handler = require "busted.outputHandlers.plainTerminal"(options)
  local skipped, running = {}, nil

  local function skip(element, reason)
    skipped[#skipped + 1] = { file = fileOf(busted, element), name = handler.getFullName(element),
      reason = tostring(reason or "no reason"):gsub("^%S+:%d+: ", "") }
  end

  busted.subscribe({ "pending" }, function(element, _, message)
    skip(element, message)
    return nil, true
  end)
  busted.subscribe({ "test", "start" }, function(element)
    running = element
    return nil, true
  end)
  busted.subscribe({ "test", "end" }, function(element)
    if element.descriptor == "pending" then skip(element, element.name) end
    running = nil
    return nil, true
  end)

  -- A describe's `pending`, kept and called within a spec, would let that spec pass unrun.
  busted.subscribe({ "register", "pending" }, function()
    assert(not running, "this `pending` is not the spec's own, and would mark nothing as skipped")
    return nil, true
  end, { priority = 1 })

  -- The plain report would take three lines for each that was skipped.
  busted.subscribe({ "suite", "end" }, function()
    handler.pendings = {}
    return nil, true
  end, { priority = 1 })
  busted.subscribe({ "suite", "end" }, function()
    writeSkipped(skipped, options.arguments[2])
    local file <close> = assert(io.open(options.arguments[1], "w"))
    file:write(("%d %d %d\n"):format(handler.successesCount,
      handler.failuresCount + handler.errorsCount, handler.pendingsCount))
    return nil, true
  end)

  return handler
end
