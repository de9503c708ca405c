--- The API, as data: a file a resource, a row an operation.
-- The client's methods, the check of a request, the decoding of an answer, the host's routes,
-- the editor's types and the reference page are all made from these rows; nothing else in the
-- project spells a path, a field or a status code of the API. To add an operation, add a row; for
-- a new resource, add a file beside these and its groups below.
--
-- A resource has `groups`, and maybe `types`, `enums` and `scalars`.
--
-- An operation is
--
--    { "name", "METHOD /path/{parameter}", "What it does.",
--      query = { field, ... }, body = "Record", success = { status, "type" }, errors = "400 404",
--      security = "player", idempotent = true, deprecated = true }
--
-- `success` is the documented status, with the type of what comes with it, if anything does.
-- `errors` are the statuses documented to carry an ApiError. `security` is `developer` unless the
-- row says `player` or `none`. `idempotent`, whether sending it twice does no more than sending it
-- once, follows the method (RFC 9110, section 9.2.2) unless the row says otherwise. A parameter of
-- the path has its type and its words in `contract.common`.
--
-- A field is `{ "name", "type", "What it means." }`. A type is `string`, `integer`, `number`,
-- `boolean`, `date-time`, `any` (whatever JSON can say), `bytes` or `text` (a body that is no
-- JSON), the name of an enum, a scalar (a basic type within bounds) or a record; `[T]` is a list of
-- T, `{T}` an object with values of T under names of one's own. A trailing `?` says that it may be
-- left out, a trailing `|null` that it may be null. The name of a record in place of a field
-- stands for all of that record's fields.
-- @module hathora.contract

local contract = {}

--- Where the API was served: Hathora's own address, for who names it by `serverIndex`. Its service
-- has ended, and a token sent there goes to whoever owns the name.
contract.servers = { "https://api.hathora.dev" }

--- The server of who names none: a `hathora-host` on this machine.
contract.defaultServer = "http://127.0.0.1:4000"

--- How a request proves who sends it: the option that holds the token, for each kind of security.
contract.security = {
  header = "Authorization", scheme = "Bearer",
  options = { developer = "hathoraDevToken", player = "playerAuth" },
}

--- What makes a request that is sent again be carried out once.
contract.idempotency = { header = "Idempotency-Key" }

--- Request fields that an sdk may hold a default for.
contract.globals = { "appId" }

--- The groups, in the order they are shown. A group's file is its name without the version.
contract.groups = {
  "processesV2", "processesV3", "roomsV2", "lobbiesV3", "authV1", "logsV1", "discoveryV2",
  "processesV1", "roomsV1", "lobbiesV2", "lobbiesV1", "discoveryV1",
}

--- The files: what several resources share, then the resources.
contract.resources = {
  "common", "processes", "rooms", "lobbies", "auth", "logs", "discovery",
}

--- A resource, read on first use.
-- @tparam string name of `contract.resources`
-- @treturn table
function contract.resource(name)
  return require("hathora.contract." .. name)
end

--- The resource that a group belongs to.
-- @tparam string group of `contract.groups`
-- @treturn table
function contract.resourceOf(group)
  return contract.resource((group:gsub("V%d+$", "")))
end

return contract
