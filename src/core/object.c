/* SPDX-License-Identifier: MIT */
#include "core/object.h"

#include <string.h>

/* What stands in front of each object: the address of its class's name, which is quicker to compare
 * than a metatable is to look up. A userdata of others' has none of these addresses in it. */
struct mark {
  const char *class;
};

void object_know(lua_State *L, const char *class) {
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, class);
}

void *object_check(lua_State *L, int index, const char *class) {
  const struct mark *mark = lua_touserdata(L, index);
  if (!mark || lua_rawlen(L, index) < sizeof *mark || mark->class != class)
    luaL_typeerror(L, index, class);
  return (void *)(mark + 1);
}

void *object_at(lua_State *L, int index) {
  return (struct mark *)lua_touserdata(L, index) + 1;
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
  struct mark *mark = lua_newuserdatauv(L, sizeof *mark + size, uservalues);
  memset(mark, 0, sizeof *mark + size);
  mark->class = class;
  lua_rawgetp(L, LUA_REGISTRYINDEX, class);
  lua_setmetatable(L, -2);
  return mark + 1;
}
