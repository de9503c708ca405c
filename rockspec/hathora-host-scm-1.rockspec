rockspec_format = "3.0"
package = "hathora-host"
version = "scm-1"

description = {
  summary = "Hathora Cloud's process API, served on your own machines",
  detailed = [[
    A program that answers the calls of Hathora Cloud's processes API by really starting, watching
    and stopping game servers on the machine it runs on. Linux only.]],
  license = "MIT",
  labels = { "hathora", "gamedev", "supervisor" },
}

-- A rock is made where its source is, by `luarocks make`.
source = { url = "git+file://." }

supported_platforms = { "linux" }

dependencies = {
  "lua >= 5.4, < 5.5", "hathora", "argparse >= 0.7", "luasocket >= 3.0", "luafilesystem >= 1.8",
  "luaossl >= 20220711",
}

build = {
  type = "make",
  build_target = "host",
  install_target = "install-host",
  variables = {
    B = "build/rock",
    CC = "$(CC)",
    CFLAGS = "$(CFLAGS)",
    LIBFLAG = "$(LIBFLAG)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    INST_BINDIR = "$(BINDIR)",
    INST_LIBDIR = "$(LIBDIR)",
    INST_LUADIR = "$(LUADIR)",
  },
}
