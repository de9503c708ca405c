--- The command line `hathora-host`, as data: see `hathora.cli.grammar` for how it is read.
-- @module hathora.host.cli.grammar

local credentials = require "hathora.cli.credentials"
local schema = require "hathora.schema"

local process = { "process", "The process's id, or the beginning of it.", args = 1,
  values = "processes" }
local output = { "--output -o", "The output's format: text or json.", argname = "FORMAT",
  choices = { "text", "json" }, env = "HATHORA_OUTPUT" }

local common = {
  { "--url", "Where the host is (http://127.0.0.1:4000).", argname = "URL",
    env = "HATHORA_CLOUD_ENDPOINT" },
  credentials.token, credentials.file,
  { "--config", "The host's configuration, to take its address and a token from.",
    argname = "FILE" },
  { "--ca", "A file of certificate authorities to check the host's certificate against.",
    argname = "FILE" },
}

return {
  name = "hathora-host",
  summary = "Serves Hathora's API and runs game servers.",
  description = {
    "hathora-host serves Hathora Cloud's API: it starts, watches and stops game servers, as "
      .. "processes of this machine, in Docker, or on a Swarm, and places rooms on them.",
    "serve runs until SIGTERM or SIGINT; at SIGHUP it reads its configuration again. Once it "
      .. "listens, it prints its address and the variables that clients need. check examines a "
      .. "configuration. The other commands ask a running host.",
  },
  optionsOf = "ps, logs, drain and stop take:",
  options = common,
  commands = {
    { "serve", "Serve the API and run games.", alone = true,
      usage = [[
Usage: hathora-host serve --demo [OPTIONS]
       hathora-host serve --config FILE
       hathora-host serve --app ID [OPTIONS] -- COMMAND [ARGUMENT]...]],
      arguments = { { "program", "The game server and its arguments.", args = "*" } },
      options = {
        { "--demo", "Serve an example game server, without a configuration." },
        { "--config", "Serve the apps of this configuration, a Lua file.", argname = "FILE" },
        { "--app", "Serve one app with this id, whose game is COMMAND.", argname = "ID" },
        { "--listen", "Where to listen (127.0.0.1:4000).", argname = "HOST:PORT" },
        { credentials.token[1], "The token that clients must send; without one, the host makes one "
          .. "and prints it. Other users can see a command line: prefer --token-file or the "
          .. "variable.", argname = "TOKEN", env = credentials.token.env },
        credentials.file,
        { "--hostname", "The name or address that players connect to.", argname = "NAME" },
        { "--directory", "Where records and logs are kept; without it, games end with the host.",
          argname = "PATH" },
        { "--transport", "The protocol of the game's port: tcp (the default), udp or tls.",
          argname = "TYPE", choices = schema.values "TransportType" },
        { "--user", "The user that the game runs as; required as root.", argname = "NAME" },
        { "--certificate", "A certificate (PEM), to serve the API over TLS.", argname = "FILE" },
        { "--key", "The key of the certificate.", argname = "FILE" },
      } },
    { "check", "Report every mistake in a configuration, and what this machine lacks for it.",
      alone = true, arguments = { { "file", "The configuration, a Lua file.", args = 1 } } },
    { "ps", "List the processes of a running host.",
      options = { { "--all -a", "Include, of each app, the ten newest of those that have ended." },
        output } },
    { "logs", "Print a process's log.", arguments = { process }, options = {
      { "--follow -f", "Go on printing as the log grows." },
      { "--tail", "How many of the last lines to print first, 1 to 5000 (100).", argname = "N",
        convert = math.tointeger },
      { "--app", "The app of a process that ended long ago.", argname = "ID" },
    } },
    { "drain", "Place no new rooms on a process.", arguments = { process } },
    { "stop", "Stop a process.", arguments = { process } },
  },
  examples = {
    { "Try it, with an example game server:", "hathora-host serve --demo" },
    { "Serve one game:", "hathora-host serve --app my-game --token-file token -- ./gameserver" },
    { "Check a configuration and serve it:",
      "hathora-host check host.lua && hathora-host serve --config host.lua" },
    { "Read what a game writes:", "hathora-host logs 3f2c --follow" },
  },
  environment = {},
  exits = {
    { 0, "Success." },
    { 1, "The command failed; standard error says why." },
    { 2, "The command line is wrong; nothing was done." },
  },
}
