std = "lua54"
max_line_length = 100
include_files = { "**/*.lua", "bin/*", "rockspec/*", ".luacheckrc", ".busted", ".luacov" }
-- A library of types has functions without bodies.
exclude_files = { "build", "library" }
files["spec"] = { std = "+busted" }
