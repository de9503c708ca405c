local host = require "support.host"
local process = require "support.process"
local schema = require "hathora.schema"
local server = require "support.server"

-- Every page of the repository.
local documents = {}
for path in process.run([[find . -name build -prune -o -name '*.md' -print | sort]])
  :gmatch "%./(%S+)" do
  documents[#documents + 1] = path
end

-- What a block of shell commands (`sh`) has that only makes sense to a person, or is a spec's own
-- work. A block of the kind `shell` is not run: it needs what a reader has seen or made before.
local notRun = { "make ", "hathora%-host " }

local function isRun(kind, text)
  if kind == "lua" then return true end
  if kind ~= "sh" then return false end
  for _, pattern in ipairs(notRun) do if text:find(pattern) then return false end end
  return true
end

local function blocks(path)
  local found = {}
  for kind, text in process.readFile(path):gmatch "\n```(%l+)\n(.-)\n```" do
    if isRun(kind, text) then found[#found + 1] = { kind = kind, text = text } end
  end
  return found
end

local function bodyOf(kind)
  if kind.list then return "[]" end
  return kind.name == "string" and '"x"' or "{}"
end

-- An answer of each operation.
local function successes()
  local script = {}
  for operation in schema.each() do
    script[#script + 1] = {
      on = ("^%s %s[?]?[^/]*$"):format(operation.method, operation.path:gsub("{%w+}", "[^/]+")),
      status = operation.success.status, body = operation.answer == "json"
        and bodyOf(operation.success.type) or "",
    }
  end
  return script
end

describe("as the documents say, #outside", function()
  local running, others, directory
  setup(function()
    running = host.start()
    -- What the host does not serve is answered as Hathora Cloud would.
    others = server.start(successes())
    directory = process.temporaryDirectory()
  end)
  teardown(function()
    running:close()
    others:close()
    process.removeDirectory(directory)
  end)

  -- A process that has not been stopped yet, or for a download one that has.
  local function processFor(text)
    local stopped = text:find("download", 1, true)
    local sequence = "id=$(bin/hathora processes create -r Tokyo -w -o value) && echo $id"
      .. (stopped and " && bin/hathora processes stop -w $id >/dev/null" or "")
    return process.run({ "sh", "-c", sequence }, { HATHORA_CLOUD_ENDPOINT = running.url,
      HATHORA_TOKEN = host.token, HATHORA_APP_ID = host.appId }):match "%S+"
  end

  -- The reference has every operation, and ids of its own; the guides are played on the host.
  local function run(block, path)
    local group = block.text:match "sdk%.(%l+V%d)"
    local elsewhere = path == "docs/operations.md" and group and group ~= "processesV2"
      and group ~= "logsV1"
    local url = elsewhere and others.url or running.url
    local file = directory .. "/block." .. block.kind
    process.writeFile(file, (block.text:gsub("http://127%.0%.0%.1:4000", url)))
    return process.run({ block.kind == "lua" and "lua5.4" or "sh", file }, {
      HATHORA_CLOUD_ENDPOINT = url, HATHORA_TOKEN = host.token, HATHORA_APP_ID = host.appId,
      PROCESS_ID = block.text:find "PROCESS_ID" and not elsewhere and processFor(block.text) or "p",
      PATH = "bin:" .. os.getenv "PATH",
    })
  end

  local count = 0
  for _, path in ipairs(documents) do
    for number, block in ipairs(blocks(path)) do
      count = count + 1
      it(("block %d of %s runs"):format(number, path), function()
        local output, status = run(block, path)
        assert.equal(0, status, output)
        for told in block.text:gmatch "%-%-> +([^\n]+)" do
          assert.truthy(output:gsub("%s+", " "):find(told:gsub("%s+", " "), 1, true), output)
        end
      end)
    end
  end

  it("most blocks are run", function() assert.is_true(count > 60, count) end)
end)

-- The anchors of a page, as GitHub makes them of its headings.
local function anchorsOf(text)
  local anchors = {}
  for heading in ("\n" .. text):gmatch "\n#+ ([^\n]+)" do
    anchors[heading:gsub("`", ""):lower():gsub("[^%w_ -]", ""):gsub(" ", "-")] = true
  end
  return anchors
end

describe("every link", function()
  local function readable(path)
    local file <close> = io.open(path)
    return file and file:read(0) and true or os.execute("test -d " .. process.quote(path))
  end

  it("in a page leads to a file, and to a heading in it", function()
    local count = 0
    for _, path in ipairs(documents) do
      local folder, text = path:match "^(.*/)" or "", process.readFile(path)
      for file, anchor in text:gmatch "%]%(([^)#%s]*)#?([^)%s]*)%)" do
        if not file:find "^%a+:" then
          local target = file == "" and path or folder .. file
          local shown = ("%s links to %s#%s"):format(path, file, anchor)
          assert.is_true(readable(target) or false, shown)
          assert.is_true(anchor == "" or anchorsOf(process.readFile(target))[anchor] or false,
            shown)
          count = count + 1
        end
      end
    end
    assert.is_true(count > 50, count)
  end)

  it("of the site leads to a page", function()
    for _, path in ipairs { "docs/index.md", "docs/.vitepress/config.mjs" } do
      for page in process.readFile(path):gmatch 'link: "?(/[%w-]+)' do
        assert.is_true(readable("docs" .. page .. ".md") or false, path .. " links to " .. page)
      end
    end
  end)
end)

describe("what is made from the contract", function()
  it("is as it would be made now: make reference", function()
    package.path = "?.lua;" .. package.path
    for _, file in ipairs(require "docs.source.generate") do
      assert.equal((file[2]()), process.readFile(file[1]))
    end
  end)
end)
