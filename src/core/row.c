/* SPDX-License-Identifier: MIT */
#include "core/row.h"

#include <lauxlib.h>

static void expect(lua_State *L, const char *name, int type) {
  if (lua_type(L, -1) != type)
    luaL_error(L, "%s must be a %s, not a %s", name, lua_typename(L, type), luaL_typename(L, -1));
}

const char *row_text(lua_State *L, int row, const char *name, const char *otherwise) {
  const char *text = otherwise;
  if (lua_getfield(L, row, name) != LUA_TNIL) {
    expect(L, name, LUA_TSTRING);
    text = lua_tostring(L, -1);
  }
  lua_pop(L, 1);
  return text;
}

lua_Number row_number(lua_State *L, int row, const char *name, lua_Number otherwise) {
  lua_Number number = otherwise;
  if (lua_getfield(L, row, name) != LUA_TNIL) {
    expect(L, name, LUA_TNUMBER);
    number = lua_tonumber(L, -1);
  }
  lua_pop(L, 1);
  return number;
}

bool row_flag(lua_State *L, int row, const char *name) {
  lua_getfield(L, row, name);
  bool flag = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return flag;
}
