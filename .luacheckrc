std = "lua54"
max_line_length = 100
include_files = { "**/*.lua", "bin/*", "rockspec/*", ".luacheckrc", ".busted", ".luacov" }
-- A library of types has functions without bodies.
exclude_files = { "build", "library" }
-- What a host's configuration can call.
files["examples/**/host.lua"] = { read_globals = { "env", "file" } }
files["examples/host.lua"] = { read_globals = { "env", "file" } }
files["spec"] = { std = "+busted" }
