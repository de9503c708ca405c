--- Failures of the host's own code, which it survives and says on standard error (see
-- `hathora.host.machine.report`). No spec may cause one unless it says which: the host goes on, so
-- nothing else would show it.

local failures = {}

--- Nothing of the kind is in what a host has written to standard error, or only what was expected,
-- which must be.
-- @tparam string written
-- @tparam ?string expected a part of the one failure that may be there
-- @param raised what fails the spec already, if anything; what is found here is then only written
-- @raise text: what the host wrote
function failures.check(written, expected, raised)
  local problem, found
  for failure in written:gmatch "hathora%-host: a %l+ failed: ([^\n]*)" do
    if expected and failure:find(expected, 1, true) then found = true
    else problem = "the host's own code failed: " .. written end
  end
  if expected and not found then problem = ("%q did not fail: %s"):format(expected, written) end
  if not problem then return end
  if raised ~= nil then io.stderr:write(problem, "\n") else error(problem, 0) end
end

--- What this interpreter writes to standard error from now on, where that is a file, as it is under
-- spec/run; elsewhere it cannot be read.
-- @treturn function that returns it, and closes the file
function failures.ownErrors()
  local file = io.open("/proc/self/fd/2", "rb")
  local isFile = file and file:seek "end"
  return function()
    local written = isFile and file:read "a"
    if file then file:close() end
    return written or ""
  end
end

return failures
