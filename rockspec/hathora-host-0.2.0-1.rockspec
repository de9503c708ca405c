rockspec_format = "3.0"
package = "hathora-host"
version = "0.2.0-1"

description = {
  summary = "Hathora Cloud's API, served on your own machines",
  detailed = [[
    A program that serves Hathora Cloud's API and really runs the games: as local programs, in
    Docker or on a Docker Swarm. Linux only.]],
  license = "MIT",
  labels = { "hathora", "gamedev", "supervisor" },
}

-- Of a clone of the repository, by its tag.
source = { url = "git+file://.", tag = "v0.2.0" }

supported_platforms = { "linux" }

-- The host uses the client's inner modules, so it needs the client of its own version.
dependencies = {
  "lua >= 5.4, < 5.5", "hathora == 0.2.0", "argparse >= 0.7", "luasocket >= 3.0",
  "luafilesystem >= 1.8", "luaossl >= 20220711",
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
