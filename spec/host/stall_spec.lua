-- No request, file, row, daemon or client may hold up another client's /healthz by more than
-- 50 ms. To add a case is to add a row:
--   its words; then a table of
--   config    settings of its host, over those of support.host
--   prepare   function(running) that brings the state about; what it returns is closed at the end
--   requests  the texts that are sent meanwhile, again and again; or function(running) for them
--   clients   how many send them at once (2)

local hathora = require "hathora"
local host = require "support.host"
local process = require "support.process"
local stall = require "support.stall"

local token = { Authorization = "Bearer " .. host.token }
local list = "GET /processes/v2/" .. host.appId .. "/list/latest"
local long = 15000

-- A case in which a game's log is asked for, once it has written what a script of Lua's writes.
local function logCase(query, script)
  local game = { "lua5.4", "-e", script .. " io.stdout:flush() os.execute 'sleep 1000'" }
  return {
    config = { directory = true, apps = { [host.appId] = { command = game, user = host.user,
      startDeadline = 1000 } } },
    requests = function(running)
      local sdk <close> = hathora.new(running:options())
      local id = sdk.processesV2:createProcess({ region = "Tokyo" }).processId
      process.waitFor(function()
        return sdk.logsV1:getLogsForProcess { processId = id, tailLines = 1 } ~= ""
      end, "the game to write")
      return { stall.request(("GET /logs/v1/%s/process/%s?%s"):format(host.appId, id, query),
        token) }
    end,
  }
end

local rows = {
  { "the end of a log with long lines", logCase("tailLines=5000",
    [[for _ = 1, 20000 do io.write(("x"):rep(2000), "\n") end]]) },
  { "the end of a log without a line break", logCase("tailLines=5000",
    [[io.write(("x"):rep(8 * 1024 * 1024))]]) },
  { "the end of a log made longer by truncate(2)", logCase("tailLines=5000",
    [[print "one" io.stdout:flush() os.execute "truncate -s 1T /dev/stdout" print "two"]]) },
  { "a log that is flooded and followed", logCase("follow=true",
    [[while true do io.write(("x"):rep(65535), "\n") end]]) },
  { "nothing at all", {} },
  { "a path before a fragment", {
    requests = { stall.request("GET /" .. ("a"):rep(long) .. "#") } } },
  { "a token behind blanks", { requests = {
    stall.request(list, { Authorization = "Bearer a" .. (" "):rep(long) .. "b" }) } } },
  { "a path of slashes", { requests = { stall.request("GET " .. ("/"):rep(long)) } } },
  { "a query of many names", {
    requests = { stall.request(list .. "?" .. ("a&b&"):rep(long // 4), token) } } },
  { "a query of names that are like a known one", { requests = {
    stall.request(list .. "?" .. ("statuz&regiom&"):rep(long // 14), token) } } },
  { "many wrong values", {
    requests = { stall.request(list .. "?" .. ("status=x&"):rep(long // 9), token) } } },
  { "text that is not UTF-8", { clients = 20, requests = {
    stall.request(list:gsub("list", "%%ff"), token), stall.request("\xff /", token) } } },
  { "a body of the smallest chunks", { requests = {
    stall.request(list, { Authorization = token.Authorization, ["Transfer-Encoding"] = "chunked" })
      .. ("1\r\nx\r\n"):rep(60000) .. "0\r\n\r\n" } } },
  { "wrong tokens", { clients = 20,
    requests = { stall.request(list, { Authorization = "Bearer wrong" }) } } },
  { "fifteen hundred slow clients", { prepare = function(running)
    return stall.slowClients(running, 750), stall.slowClients(running, 750)
  end } },
}

local function closeAll(...)
  for _, thing in ipairs { ... } do thing:close() end
end

local function judge(running, case, ...)
  local ok, worst, sent = pcall(stall.worst, running, case)
  closeAll(...)
  assert(ok, worst)
  assert.is_true(worst <= stall.allowed, ("/healthz waited %.0f ms, with %d requests sent")
    :format(worst * 1e3, sent))
end

describe("/healthz is not held up by #outside", function()
  for _, row in ipairs(rows) do
    it(row[1], function()
      local running <close> = host.start(row[2].config)
      local case = { clients = row[2].clients, requests = row[2].requests or {} }
      local function go(...)
        if type(case.requests) == "function" then case.requests = case.requests(running) end
        judge(running, case, ...)
      end
      if row[2].prepare then go(row[2].prepare(running)) else go() end
    end)
  end
end)
