/* SPDX-License-Identifier: MIT */
/* forking_host SCRIPT [ARGUMENT...]: Lua with `fork()` -> 0 in the child, else its process id,
 * and `wait()` -> the exit status of a child. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int lua_fork(lua_State *L) {
  fflush(NULL);
  lua_pushinteger(L, fork());
  return 1;
}

static int lua_wait(lua_State *L) {
  int status = -1;
  wait(&status);
  lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 1;
}

int main(int count, char **arguments) {
  lua_State *L = luaL_newstate();
  if (!L || count < 2) return 2;
  luaL_openlibs(L);
  lua_register(L, "fork", lua_fork);
  lua_register(L, "wait", lua_wait);
  int failed = luaL_loadfile(L, arguments[1]) != LUA_OK;
  for (int i = 2; i < count && !failed; i++) lua_pushstring(L, arguments[i]);
  failed = failed || lua_pcall(L, count - 2, 0, 0) != LUA_OK;
  if (failed) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  return failed;
}
