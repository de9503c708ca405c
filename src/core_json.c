/* SPDX-License-Identifier: MIT */
#include "core_json.h"

#include <lauxlib.h>
#include <math.h>

/* Where the registry keeps what reading needs; only the addresses count. */
static const char decoder_key, names_key, metatable_key;

/* A whole number from here on may have lost digits on its way through a double, in one release of
 * lua-cjson and not in another: it stays, or becomes, a float. */
static const lua_Number exact = 9007199254740992.0; /* 2^53 */

enum { DEEPEST = 100 };

static void configure(lua_State *L, const char *option, int value) {
  lua_getfield(L, -1, option);
  if (value < 0) lua_pushboolean(L, 0);
  else lua_pushinteger(L, value);
  lua_call(L, 1, 0);
}

void json_prepare(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "cjson");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "new"); /* an instance of our own: options of cjson are per instance */
  lua_call(L, 0, 1);
  configure(L, "decode_invalid_numbers", -1);
  configure(L, "decode_max_depth", DEEPEST);
  lua_getfield(L, -1, "decode");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &decoder_key);
  lua_pop(L, 2);
}

int json_mark_lists(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
  return 0;
}

/* With table, key, old and new value at the top: put the new one in. [-1, +0, -] */
static void replace(lua_State *L) {
  lua_pushvalue(L, -3); /* the key */
  lua_insert(L, -2);
  lua_rawset(L, -5);
}

/* With table, key and an empty table at the top: mark it when the key names a list. [-0, +0, -] */
static void mark_if_list(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key) == LUA_TTABLE) {
    lua_pushvalue(L, -3);
    lua_rawget(L, -2);
    if (lua_toboolean(L, -1)) {
      lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
      lua_setmetatable(L, -4);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* A number as users get it, pushed when it differs. False for one no JSON number can mean. */
static int push_number(lua_State *L, int *differs) {
  lua_Number number = lua_tonumber(L, -1);
  int whole = number == floor(number) && number > -exact && number < exact;
  *differs = whole != lua_isinteger(L, -1);
  if (isinf(number)) return 0;
  if (*differs && whole) lua_pushinteger(L, (lua_Integer)number);
  else if (*differs) lua_pushnumber(L, number);
  return 1;
}

enum put_right { OUT_OF_RANGE, RIGHT, EMPTY };

/* Put the table at the top right, in one pass; null becomes absent. Setting existing fields is
 * allowed while traversing (Lua manual, next). */
static enum put_right put_right(lua_State *L) {
  luaL_checkstack(L, 8, "JSON nested too deep");
  int empty = 1, differs;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    empty = 0;
    switch (lua_type(L, -1)) {
    case LUA_TLIGHTUSERDATA:
      lua_pushnil(L);
      replace(L);
      break;
    case LUA_TNUMBER:
      if (!push_number(L, &differs)) return OUT_OF_RANGE;
      if (differs) replace(L);
      break;
    case LUA_TTABLE: {
      enum put_right result = put_right(L);
      if (result == OUT_OF_RANGE) return OUT_OF_RANGE;
      if (result == EMPTY) mark_if_list(L);
      break;
    }
    default:
      break;
    }
  }
  return empty ? EMPTY : RIGHT;
}

static int fail(lua_State *L, int base, const char *message) {
  lua_settop(L, base);
  lua_pushnil(L);
  lua_pushstring(L, message);
  return 2;
}

int json_decode(lua_State *L) {
  int base = lua_gettop(L) - 1, differs;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &decoder_key);
  lua_insert(L, -2);
  int status = lua_pcall(L, 1, 1, 0);
  if (status == LUA_ERRMEM) return lua_error(L);
  if (status != LUA_OK) {
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  switch (lua_type(L, -1)) {
  case LUA_TTABLE:
    if (put_right(L) == OUT_OF_RANGE) return fail(L, base, "a number is out of range");
    break;
  case LUA_TLIGHTUSERDATA:
    lua_pushnil(L);
    break;
  case LUA_TNUMBER:
    if (!push_number(L, &differs)) return fail(L, base, "a number is out of range");
    break;
  default:
    break;
  }
  if (lua_gettop(L) > base + 1) lua_replace(L, base + 1);
  return 1;
}
