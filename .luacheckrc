std = "lua54"
max_line_length = 100
include_files = { "lua", "bin/hathora-host", "spec", "examples", "bench", "rockspec", ".luacheckrc" }
files["spec"] = { std = "+busted" }
