/* SPDX-License-Identifier: MIT */
#include "core/object.h"

#include <string.h>

void object_class(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta) {
  luaL_newmetatable(L, name);
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
  luaL_setmetatable(L, class);
  return object;
}
