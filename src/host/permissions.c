/* SPDX-License-Identifier: MIT */
/*
 * hathora.host.permissions: who may open a file, umask(2) and chmod(2). Neither Lua nor
 * luafilesystem has them.
 */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <string.h>
#include <sys/stat.h>

/* permissions.mask(bits): what files made from now on do not allow. */
static int permissions_mask(lua_State *L) {
  umask((mode_t)luaL_checkinteger(L, 1));
  return 0;
}

/* permissions.set(path, bits) -> true | nil, message */
static int permissions_set(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  if (chmod(path, (mode_t)luaL_checkinteger(L, 2)) < 0) {
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, strerror(errno));
    return 2;
  }
  lua_pushboolean(L, 1);
  return 1;
}

LUAMOD_API __attribute__((visibility("default"))) int
luaopen_hathora_host_permissions(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"mask", permissions_mask}, {"set", permissions_set}, {NULL, NULL}};
  luaL_checkversion(L);
  luaL_newlib(L, functions);
  return 1;
}
