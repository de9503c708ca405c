--- Calls that go wrong, in a process that a spec starts (see faults.c).

local process = require "support.process"

local faults = {}

local variables = {
  getaddrinfo = "HATHORA_FAULT_GETADDRINFO",
  socketAction = "HATHORA_FAULT_SOCKET_ACTION",
  staleEvent = "HATHORA_FAULT_STALE_EVENT",
  ignoredSockets = "HATHORA_FAULT_IGNORED_SOCKETS",
  epollCtl = "HATHORA_FAULT_EPOLL_CTL",
  noProcess = "HATHORA_FAULT_NO_PROCESS",
  noEnviron = "HATHORA_FAULT_NO_ENVIRON",
  sync = "HATHORA_FAULT_SYNC",
  yield = "HATHORA_FAULT_YIELD",
  nap = "HATHORA_FAULT_NAP",
}

--- The environment that brings faults about, for `process.run` and `process.hold`.
-- @tparam table wanted `getaddrinfo` (seconds a look-up takes), `socketAction` (which call of
-- curl_multi_socket_action fails), `ignoredSockets` (it does nothing for one), `staleEvent` (it
-- ends the process when told of an error that the socket does not have), `epollCtl` (such as
-- `"EEXIST:2"`), `noProcess` (a file: while it is there, no process can be made), `noEnviron` (a
-- file: while it is there, no process' environment can be opened), `sync` (a file: what it says of
-- the disk holds while it is there: how many seconds a sync takes, or that it "fails", or must be
-- "apart": not in the loop's thread, which then ends the process), `yield` (whoever yields the
-- processor ends), `nap` (whoever sleeps ends)
-- @treturn table
function faults.environment(wanted)
  local preloaded = os.getenv "LD_PRELOAD"
  local library = process.build .. "/spec/faults.so"
  local environment = { LD_PRELOAD = preloaded and preloaded .. " " .. library or library }
  for name, value in pairs(wanted) do environment[assert(variables[name], name)] = value end
  return environment
end

return faults
