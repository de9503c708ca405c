local check = require "hathora.schema.check"
local hathora = require "hathora"
local json = require "hathora.json"
local lookup = require "hathora.schema.lookup"
local read = require "hathora.schema.read"
local schema = require "hathora.schema"
local types = require "hathora.schema.types"
local write = require "hathora.schema.write"

local create = schema.operation("roomsV2", "createRoom")
local list = schema.operation("processesV3", "getLatestProcesses")
local logs = schema.operation("logsV1", "getLogsForProcess")
local lobby = schema.operation("lobbiesV2", "createLobbyDeprecated")

local defaults = { appId = "app-1" }

-- What is wrong with a request, each message by its path.
local function wrong(operation, request, rules)
  local found = {}
  for _, problem in ipairs(check.request(operation, request, defaults, rules) or {}) do
    found[problem.path] = problem.message
  end
  return found
end

describe("an operation", function()
  it("is made once, from its row", function()
    assert.equal(create, schema.operation("roomsV2", "createRoom"))
    assert.is_nil(schema.operation("roomsV2", "createRom"))
    assert.is_nil(schema.operation("roomsV9", "createRoom"))
    assert.same({ "/rooms/v2/", "appId", "/create" }, create.pieces)
    local places = {}
    for index, field in ipairs(create.fields) do
      places[index] = field.name .. " " .. field.place
    end
    assert.same({ "appId path", "roomId query", "region body", "roomConfig body",
      "deploymentId body", "clientIPs body" }, places)
    assert.same({ "developer", false, "json", 201 },
      { create.security, create.idempotent, create.answer, create.success.status })
  end)

  it("may be repeated by its method, unless its row says otherwise", function()
    assert.is_true(list.idempotent)
    assert.is_true(schema.operation("roomsV2", "destroyRoom").idempotent)
    assert.is_false(schema.operation("lobbiesV3", "createLobby").idempotent)
  end)
end)

describe("an enum", function()
  it("has its members by the official name and by themselves, and no others", function()
    assert.equal("Los_Angeles", hathora.Region.LosAngeles)
    assert.equal("Los_Angeles", hathora.Region.Los_Angeles)
    assert.equal("public", hathora.LobbyVisibility.Public)
    assert.error_matches(function() return hathora.Region.Tokio end, '"Tokyo"')
    assert.error_matches(function() return hathora.Region.Tokio end, "There are: Chicago, ")
    assert.is_nil(hathora.Regoin)
  end)
end)

describe("what is wrong with a request", function()
  it("is nothing when all is right", function()
    assert.is_nil(check.request(create, { region = "Tokyo", roomConfig = "", roomId = "a-1",
      clientIPs = {} }, defaults))
    assert.is_nil(check.request(lobby, { visibility = "public", region = "Tokyo",
      initialConfig = { map = "harbour", teams = { 1, 2 } } }, defaults))
  end)

  it("is told with the nearest member of an enum, unless unknown ones are allowed", function()
    local found = wrong(create, { region = "tokyo" })
    assert.truthy(found.region:find('is "tokyo"; did you mean "Tokyo"? It must be one of Chicago',
      1, true))
    assert.same({}, wrong(create, { region = "Atlantis" }, { allowUnknown = true }))
    assert.is_string(wrong(create, { region = 7 }, { allowUnknown = true }).region)
    assert.is_string(wrong(create, { region = "\xff" }, { allowUnknown = true }).region)
  end)

  it("is told of what has no name, and of a list with a gap", function()
    assert.truthy(wrong(list, { "running" })["[1]"]:find("name = value", 1, true))
    assert.truthy(wrong(list, { status = { nil, "running" } })["status[1]"]:find "no gaps")
    assert.truthy(wrong(list, { status = { [3] = "running" } })["status[2]"]:find "no gaps")
    assert.truthy(wrong(list, { status = { name = "running" } })["status[name]"])
    assert.truthy(wrong(list, { status = { [0] = "running" } })["status[0]"])
    assert.truthy(wrong(list, { status = "running" }).status:find "a list")
  end)

  it("is told of what is out of bounds, without the long text itself", function()
    assert.truthy(wrong(logs, { processId = "p", tailLines = 0 }).tailLines:find "from 1 to 5000")
    assert.truthy(wrong(logs, { processId = "p", tailLines = 5001 }).tailLines)
    assert.same({}, wrong(logs, { processId = "p", tailLines = 5000 }))
    local long = wrong(create, { region = "Tokyo", roomConfig = ("x"):rep(10001) }).roomConfig
    assert.equal("is text of 10001 bytes; it must be text of at most 10000 characters", long)
    assert.same({}, wrong(create, { region = "Tokyo", roomConfig = ("é"):rep(10000) }))
    for _, id in ipairs { "a/b", "", ("x"):rep(101), "é" } do
      assert.is_string(wrong(create, { region = "Tokyo", roomId = id }).roomId, id)
    end
  end)

  it("is told of a record where a list or a text belongs, and the other way round", function()
    assert.truthy(wrong(create, { region = "Tokyo", clientIPs = { address = "::1" } })
      ["clientIPs[address]"])
    assert.truthy(wrong(create, { region = {}, roomConfig = {} }).roomConfig)
    assert.truthy(wrong(lobby, { visibility = "public", region = "Tokyo", initialConfig = { 1 } })
      ["initialConfig[1]"])
    assert.truthy(wrong(lobby, { visibility = "public", region = "Tokyo", initialConfig = "x" })
      .initialConfig)
    assert.truthy(wrong(lobby, { visibility = "public", region = "Tokyo",
      initialConfig = { load = print } })["initialConfig.load"]:find "JSON")
  end)

  it("reaches into records, lists and maps, and knows times", function()
    local port = types.parse "[ExposedPort]"
    local found = check.value(port, { { transportType = "tcp", port = 1.5, host = "h", name = "n" },
      { transportType = "ftp", port = 1, host = "h" } }, "ports")
    local paths = {}
    for index, problem in ipairs(found) do paths[index] = problem.path end
    table.sort(paths)
    assert.same({ "ports[1].port", "ports[2].name", "ports[2].transportType" }, paths)
    local map = types.parse "{integer}"
    assert.is_nil(check.value(map, { a = 1 }, "ages"))
    assert.equal("ages.b", check.value(map, { a = 1, b = "x" }, "ages")[1].path)
    local time = types.parse "date-time"
    assert.is_nil(check.value(time, "2026-01-31T12:00:00Z", "at"))
    assert.truthy(check.value(time, "yesterday", "at"))
    assert.truthy(check.value(time, 5, "at"))
    assert.truthy(check.value(types.parse "number", 1 / 0, "n"))
  end)

  it("is told at most so often that a long wrong list costs no more than its length", function()
    local many = {}
    for index = 1, 50000 do many[index] = "nowhere" .. index end
    assert.is_true(#check.request(list, { region = many }, defaults) <= 21)
    assert.is_true(#check.request(list, { region = { [90000] = "Tokyo" } }, defaults) <= 21)
  end)

  it("is never an internal error, whatever is given", function()
    local values = { 1, 1.5, -1, 0 / 0, 1 / 0, "", "x", "\xff", ("x"):rep(20000), true, false, {},
      { 1 }, { x = 1 }, { nil, 1 }, { {} }, { { { {} } } }, print, io.stdout,
      coroutine.create(print), setmetatable({}, { __tostring = error }) }
    for operation in schema.each() do
      for _, field in ipairs(operation.fields) do
        for _, value in pairs(values) do
          local problems = check.request(operation, { [field.name] = value }, defaults)
          for _, problem in ipairs(problems or {}) do assert.is_string(problem.message) end
        end
      end
    end
  end)
end)

describe("what is written", function()
  it("is a path with its query: a list as its name again and again", function()
    local path = write.path(list, { appId = "a/b", region = { "Tokyo", "Sao_Paulo" },
      before = 1.5 }, {})
    assert.equal("/processes/v3/apps/a%2Fb/processes/latest"
      .. "?region=Tokyo&region=Sao_Paulo&before=1.5", path)
    assert.equal("/rooms/v2/app-1/create?roomId=r", write.path(create, { roomId = "r",
      region = "Tokyo" }, defaults))
  end)

  it("is a body of the fields that belong there", function()
    assert.equal('{"clientIPs":[],"region":"Tokyo","roomConfig":"\\u0000é\\""}', write.body(create,
      { appId = "a", roomId = "r", region = "Tokyo", roomConfig = '\0é"', clientIPs = {} }))
    assert.equal('{"initialConfig":{},"region":"Tokyo","visibility":"public"}', write.body(lobby,
      { region = "Tokyo", visibility = "public", initialConfig = {} }))
    assert.is_nil(write.body(list, {}))
  end)

  it("is of a record what the API documents: null only where it may be null", function()
    local shaped = write.shape({ roomId = "r", status = "starting", additionalExposedPorts = {},
      internal = 1 }, types.parse "ConnectionInfoV2")
    assert.equal('{"additionalExposedPorts":[],"roomId":"r","status":"starting"}',
      json.encode(shaped))
    shaped = write.shape({ roomAllocationId = "a", processId = "p", scheduledAt = "t" },
      types.parse "RoomAllocation")
    assert.equal('{"processId":"p","roomAllocationId":"a","scheduledAt":"t","unscheduledAt":null}',
      json.encode(shaped))
  end)
end)

describe("what has arrived", function()
  it("is read in its types", function()
    local fields, problems = read.target(logs, { appId = "a", processId = "p" },
      { tailLines = { "5", "20" }, follow = { "true" }, other = { "x" } })
    assert.same({ appId = "a", processId = "p", tailLines = 20, follow = true }, fields)
    assert.same({}, problems)
  end)

  it("is told of every mistake, in path, query and body", function()
    local fields, problems = read.target(create, { appId = "a" }, { roomId = { "a/b" } })
    read.body(create, { region = "Nowhere", roomConfig = {}, clientIPs = { "::1", 7 }, later = 1 },
      fields, problems)
    local paths = {}
    for index, problem in ipairs(problems) do paths[index] = problem.path end
    table.sort(paths)
    assert.same({ "clientIPs[2]", "region", "roomConfig", "roomId" }, paths)
  end)

  it("is refused by the host with 400 when it is no JSON, else with each wrong field", function()
    local parameters = require "hathora.host.api.parameters"
    local function refused(operation, text)
      local fields, problem = parameters.read(operation, { appId = "a" }, {}, text)
      assert.is_nil(fields)
      return problem.statusCode, problem.message
    end
    for _, text in ipairs { "{", "[]", "[1]", "7", '"x"', "null", "{} {}", "region=Tokyo",
      ("["):rep(100000), '{"region":"\xff"', " [ ]" } do
      assert.equal(400, (refused(create, text)), text)
    end
    local status, why = refused(create, ('{"region":"Tokyo","roomConfig":"%s","clientIPs":[1]}')
      :format(("x"):rep(10001)))
    assert.equal(422, status)
    assert.truthy(why:find "roomConfig is text of 10001 bytes; it must be text of at most 10000")
    assert.truthy(why:find("clientIPs[1] is 1; it must be text", 1, true))
    assert.truthy(select(2, refused(create, "")):find "region is missing; it must be one of")
    assert.equal(422, (refused(create, '{"region":"Tokyo","roomConfig":"\xff"}')))
    assert.same({ appId = "a", region = "Tokyo" },
      (parameters.read(create, { appId = "a" }, {}, ' {"region":"Tokyo","roomConfig":null} ')))
    assert.same({ appId = "a" }, (parameters.read(schema.operation("authV1", "loginAnonymous"),
      { appId = "a" }, {}, "not JSON")))
  end)

  it("is whatever was written", function()
    local request = { appId = "a", roomId = "r-1", region = "Tokyo", roomConfig = "é",
      clientIPs = { "::1" } }
    local fields, problems = read.target(create, { appId = "a" }, { roomId = { "r-1" } })
    read.body(create, json.decode(write.body(create, request)), fields, problems)
    assert.same({}, problems)
    assert.same(request, fields)
  end)
end)

describe("a name that is none", function()
  local rows = {
    { "processesV2", "getProcess", '"getProcessInfo"' },
    { "processesV2", "createProces", '"createProcess"' },
    { "processesV2", "createRoom", "sdk.roomsV2:createRoom" },
    { "processesV1", "getProcess", "sdk.processesV3:getProcess" },
    { "processesV1", "getRuningProcesses", '"getRunningProcesses"' },
    { "roomsV1", "createRoom", "sdk.roomsV2:createRoom" },
    { "processesV2", "waitUntilRuning", '"waitUntilRunning"' },
  }
  for _, row in ipairs(rows) do
    it(("%s of %s leads to %s"):format(row[2], row[1], row[3]), function()
      local told = lookup.inGroup(row[1], row[2], { "waitUntilRunning", "waitUntilStopped" })
      assert.truthy(told:find("did you mean " .. row[3] .. "?", 1, true), told)
    end)
  end

  it("of an sdk leads to a group, a method or an operation", function()
    assert.truthy(lookup.inSdk("roomV2", { "close" }):find '"roomsV2"')
    assert.truthy(lookup.inSdk("clos", { "close" }):find '"close"')
    assert.truthy(lookup.inSdk("createLobby", {}):find("sdk.lobbiesV3:createLobby", 1, true))
    assert.is_nil(lookup.inSdk("unrelatedThing", { "close" }):find "did you mean")
    assert.is_nil(lookup.inSdk(5, {}):find "did you mean")
  end)
end)
