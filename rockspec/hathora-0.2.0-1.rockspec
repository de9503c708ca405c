rockspec_format = "3.0"
package = "hathora"
version = "0.2.0-1"

description = {
  summary = "Client for Hathora Cloud's API and hathora-host",
  detailed = [[
    Start, find and stop game servers, make rooms and log players in, blocking or from any event
    loop, through a C core on libcurl. Linux only.]],
  license = "MIT",
  labels = { "hathora", "http", "gamedev", "async" },
}

-- Of a clone of the repository, by its tag.
source = { url = "git+file://.", tag = "v0.2.0" }

dependencies = { "lua >= 5.4, < 5.5", "lua-cjson >= 2.1.0" }

-- The Makefile looks for libcurl, and names the packages that have it: LuaRocks' own search does
-- not look where Debian keeps its header. Elsewhere: luarocks make CURL_INCDIR=... CURL_LIBDIR=...
external_dependencies = { CURL = {} }

-- By the Makefile rather than LuaRocks' own builder, which cannot link with -z nodelete.
build = {
  type = "make",
  build_target = "core",
  install_target = "install-core",
  variables = {
    B = "build/rock",
    CC = "$(CC)",
    CFLAGS = "$(CFLAGS)",
    LIBFLAG = "$(LIBFLAG)",
    LUA_INCDIR = "$(LUA_INCDIR)",
    CURL_INCDIR = "$(CURL_INCDIR)",
    CURL_LIBDIR = "$(CURL_LIBDIR)",
    INST_BINDIR = "$(BINDIR)",
    INST_LIBDIR = "$(LIBDIR)",
    INST_LUADIR = "$(LUADIR)",
  },
  copy_directories = { "examples" },
}

test = { type = "command", command = "make specs" }
