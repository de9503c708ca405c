/* SPDX-License-Identifier: MIT */
#ifndef HATHORA_HOST_CLASS_H
#define HATHORA_HOST_CLASS_H

#include <lauxlib.h>
#include <lua.h>

/* Make a userdata's metatable: its methods, and the one function that ends it however it ends, each
   with the metatable as its upvalue. [-0, +0, m] */
static inline void new_class(lua_State *L, const char *name, const luaL_Reg *methods,
                             lua_CFunction finish) {
  luaL_newmetatable(L, name);
  lua_newtable(L);
  lua_pushvalue(L, -2);
  luaL_setfuncs(L, methods, 1);
  lua_setfield(L, -2, "__index");
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, finish, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "__gc");
  lua_setfield(L, -2, "__close");
  lua_pop(L, 1);
}

#endif
