/* SPDX-License-Identifier: MIT */
#include "core/object.h"

#include <stdbool.h>
#include <string.h>

void object_know(lua_State *L, const char *class) {
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, class);
}

void *object_check(lua_State *L, int index, const char *class) {
  void *object = lua_touserdata(L, index);
  if (!object || !lua_getmetatable(L, index)) return luaL_checkudata(L, index, class);
  lua_rawgetp(L, LUA_REGISTRYINDEX, class);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? object : luaL_checkudata(L, index, class);
}

void object_class(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta) {
  luaL_newmetatable(L, name);
  object_know(L, name);
  luaL_setfuncs(L, meta, 0);
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable"); /* a secret inside cannot be looked for */
  lua_pop(L, 1);
}

void *object_new(lua_State *L, const char *class, size_t size, int uservalues) {
  void *object = lua_newuserdatauv(L, size, uservalues);
  memset(object, 0, size);
  lua_rawgetp(L, LUA_REGISTRYINDEX, class);
  lua_setmetatable(L, -2);
  return object;
}
