-- A configuration for hathora-host, as docs/operating.md installs it beside
-- examples/hathora-host.service. It is Lua that returns a table; only `tokens` and `apps` must be
-- there.
return {
  -- Where to listen. Port 0 takes any that is free. Beyond the loopback address, give
  -- `certificate` and `key` as well, or stand behind a proxy that speaks TLS.
  listen = "127.0.0.1:4000",

  -- What a client must send as its hathoraDevToken; any one is accepted.
  -- `file "/path"` is a file's first line, `env "NAME"` a variable of the host's environment.
  tokens = { file "/etc/hathora-host.token" },

  -- The name or address that players connect to.
  hostname = "127.0.0.1",

  -- Where records and logs are kept. With it, running games outlive the host and are found
  -- again; without it, they are stopped when the host ends.
  directory = "/var/lib/hathora-host",

  -- The ports games are given, the first and the last.
  ports = { 20000, 29999 },

  apps = {
    ["app-example"] = {
      -- The program and its arguments, without a shell in between: here the example game server,
      -- where `make install` puts it. HATHORA_ names in ${} are filled in, here and in `env`; the
      -- game finds them in its environment too.
      command = { "/usr/local/lib/lua/5.4/hathora/host/gameserver" },
      -- The user to run it as; required if the host runs as root.
      user = "game",
      transportType = "tcp",
      roomsPerProcess = 4,
      maxProcesses = 20,
      env = { GREETING = "port ${HATHORA_DEFAULT_PORT}" },
      -- Seconds to bind the port in, and to end in after a stop.
      startDeadline = 30,
      stopGrace = 5,
    },
  },
}
