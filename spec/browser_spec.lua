local browser = require "support.browser"
local certificates = require "support.certificates"
local haproxy = require "hathora.host.tls.haproxy"
local hosts = require "support.host"
local needs = require "support.needs"
local process = require "support.process"
local url = require "socket.url"

local appId = "app-tic-tac-toe"
local node = process.run "command -v node":match "%S+"

local function missing()
  if not node then return "there is no node" end
  if not browser.isHere() then return "there is no chromedriver: make peers installs it" end
end

local with = needs(_ENV, function() return not missing(), missing() end)

describe("a game in a browser #outside", function()
  -- Opens the page of a host; `more` is for its query.
  local function open(page, host, more)
    local link = ("%s?host=%s&app=%s%s"):format(page, url.escape(host.url), appId, more or "")
    return browser.open(link, "--ignore-certificate-errors")
  end

  local function servePage(directory)
    return process.hold { command = { node, "examples/browser/page.mjs", directory },
      ready = "(http://%S+)" }
  end

  local function serveGame(changes)
    local program = process.run "pwd":match "%S+" .. "/examples/browser/server.mjs"
    local app = { command = { node, program }, user = hosts.user, roomsPerProcess = 10 }
    for name, value in pairs(changes or {}) do app[name] = value end
    local first = 11000 + process.freePort() % 90 * 10
    return hosts.start { apps = { [appId] = app }, tlsPorts = { first, first + 9 } }
  end

  local function mark(page, cell)
    page:find("#status", "Your turn")
    page:findAll "#board button"[cell]:click()
  end

  -- Two players make and join a match by the page, and the first wins.
  local function playMatch(one, other)
    one:find("#create", "New match"):click()
    one:find("#status", "Waiting for another player")
    other:find("#matches button", "Join"):click()
    for turn, cell in ipairs { 1, 5, 2, 6, 3 } do mark(turn % 2 == 1 and one or other, cell) end
    one:find("#status", "You won")
    other:find("#status", "X won")
    local board = "return [...document.querySelectorAll('#board button')].map(b => b.textContent)"
    assert.same({ "X", "X", "X", "", "O", "O", "", "", "" }, one:run(board))
    assert.same(one:run(board), other:run(board))
  end

  with("is played by make demo-browser: a page, a lobby, two players", function()
    local demo <close> = process.hold { command = { node, "examples/browser/demo.mjs" },
      ready = "(http://%S+app=%S+)" }
    local one <close> = browser.open(demo.found, "--window-size=520,800")
    local other <close> = browser.open(demo.found)
    playMatch(one, other)
    local picture = os.getenv "HATHORA_SPEC_SCREENSHOT"
    if picture then one:screenshot(picture) end
    demo:signal "TERM"
    assert.equal(0, demo:wait())
    process.waitFor(function() return demo:orphans() == "" end, "all its processes to end")
  end)

  with("is played by wss, where the game speaks plain ws", function()
    if not haproxy.find() then return pending "HAProxy is not installed" end
    local directory = process.temporaryDirectory()
    local files = certificates.make(directory, "localhost")
    local host <close> = serveGame { transportType = "tls", certificate = files.certificate,
      key = files.key }
    local page <close> = servePage()
    local one <close> = open(page.found, host)
    local other <close> = open(page.found, host)
    playMatch(one, other)
    process.removeDirectory(directory)
  end)

  with("lets nobody play whose token was not signed by the app", function()
    local host <close> = serveGame()
    local page <close> = servePage()
    local one <close> = open(page.found, host)
    one:find("#create", "New match"):click()
    one:find("#status", "Waiting for another player")
    local try = [=[
      const roomId = document.getElementById("code").textContent;
      const response = await fetch("%s/rooms/v2/%s/connectioninfo/" + roomId);
      const { exposedPort: { host, port } } = await response.json();
      const { token } = await (await fetch("%s/auth/v1/%s/login/anonymous",
        { method: "POST" })).json();
      const [head, claims, signature] = token.split(".");
      const other = btoa(atob(claims).replace(/"id":"./, '"id":"?')).replace(/=/g, "");
      const tried = [token, [head, other, signature].join("."), head + "." + claims + ".", ""];
      const connect = (token) => new Promise((resolve) => {
        const socket = new WebSocket(`ws://${host}:${port}/${roomId}?token=${token}`);
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      });
      return await Promise.all(tried.map(connect));]=]
    assert.same({ "open", "refused", "refused", "refused" },
      one:run(try:format(host.url, appId, host.url, appId)))
  end)

  with("is played on the official SDK, from another origin", function()
    local bundle = process.build .. "/node/node_modules/.bin/esbuild"
    local sdk = process.build .. "/node/node_modules/@hathora/cloud-sdk-typescript/package.json"
    if not (process.readFile(bundle) and process.readFile(sdk)) then
      return pending "there is no official SDK or no esbuild: make peers installs them"
    end
    local directory = process.temporaryDirectory()
    local output, status = process.run({ bundle, "spec/support/sdk_page.mjs", "--bundle",
      "--format=esm", "--log-level=error", "--outfile=" .. directory .. "/sdk_page.js" },
      { NODE_PATH = process.build .. "/node/node_modules" })
    assert.equal(0, status, output)
    process.run { "cp", "spec/support/sdk_page.html", directory .. "/index.html" }
    local host <close> = serveGame()
    local page <close> = servePage(directory)
    local one <close> = open(page.found, host)
    pcall(one.find, one, "#saw", "played") -- what it saw instead is told below
    assert.equal([[
login 3
lobby public Tokyo {"mode":"duel"} true
list true
short code true
refused ApiError 401
connection tcp
played X]], one:find "#saw":text())
    process.removeDirectory(directory)
  end)
end)
