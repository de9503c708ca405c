--- A real browser without a window, driven as WebDriver says (https://www.w3.org/TR/webdriver2/).
--
--     local page <close> = browser.open(url)
--     page:find("#token"):type "..."

local http = require "socket.http"
local json = require "hathora.json"
local ltn12 = require "ltn12"
local mime = require "mime"
local process = require "support.process"

local browser = {}

--- Is there one on this machine?
function browser.isHere()
  return select(2, process.run "command -v chromedriver") == 0
end

local Page, Element = {}, {}
Page.__index, Element.__index = Page, Element

-- The key under which WebDriver gives elements.
local elementKey = "element-6066-11e4-a52e-4f735466cecf"

local function ask(self, method, path, fields)
  local body, pieces = fields and json.encode(fields), {}
  local _, status = http.request {
    url = self.base .. path, method = method, sink = ltn12.sink.table(pieces),
    source = body and ltn12.source.string(body),
    headers = { ["Content-Type"] = "application/json", ["Content-Length"] = body and #body or 0 },
  }
  local answer = json.decode(table.concat(pieces))
  assert(status == 200, status ~= 200 and answer.value.message)
  return answer.value
end

--- Open a page, in a browser of its own.
-- @tparam string url
-- @tparam[opt] string argument one more for the browser
function browser.open(url, argument)
  local port = process.freePort()
  local self = setmetatable({}, Page)
  self.driver = process.hold {
    command = { "chromedriver", "--port=" .. port }, ready = "started successfully", seconds = 30,
  }
  self.base = ("http://127.0.0.1:%d/session"):format(port)
  local session = ask(self, "POST", "", { capabilities = { alwaysMatch = {
    ["goog:chromeOptions"] = { args = {
      -- It runs as root here, and shows nothing but our own page.
      "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900",
      "--user-data-dir=" .. self.driver.directory .. "/profile", argument,
    } },
  } } })
  self.base = self.base .. "/" .. session.sessionId
  ask(self, "POST", "/url", { url = url })
  return self
end

--- What a script returns that runs in the page.
function Page:run(script)
  return ask(self, "POST", "/execute/sync", { script = script, args = json.list {} })
end

--- All elements a CSS selector finds.
function Page:findAll(selector)
  local found = ask(self, "POST", "/elements", { using = "css selector", value = selector })
  for index, element in ipairs(found) do
    found[index] = setmetatable({ page = self, path = "/element/" .. element[elementKey] }, Element)
  end
  return found
end

--- Wait for the first element a CSS selector finds, and that has a text in it if one is given.
function Page:find(selector, text)
  return process.waitFor(function()
    local element = self:findAll(selector)[1]
    return element and (not text or element:text():find(text, 1, true)) and element
  end, selector .. (text and " with " .. text or ""), 30)
end

--- Write what it looks like into a PNG file.
function Page:screenshot(path)
  process.writeFile(path, (mime.unb64(ask(self, "GET", "/screenshot"))))
end

function Element:text() return ask(self.page, "GET", self.path .. "/text") end

function Element:type(text) ask(self.page, "POST", self.path .. "/value", { text = text }) end

function Element:click() ask(self.page, "POST", self.path .. "/click", {}) end

function Page:close()
  if self.driver then self.driver:close() end
  self.driver = nil
end
Page.__close = Page.close
Page.__gc = Page.close

return browser
