/* SPDX-License-Identifier: MIT */
#include "core/json.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "core/plain.h"

/* Where the registry keeps what reading needs; only the addresses count. */
static const char maker_key, decoder_key, names_key, metatable_key;

/* A whole number from here on may have lost digits on its way through a double, in one release of
 * lua-cjson and not in another: it stays, or becomes, a float. */
static const lua_Number exact = 9007199254740992.0; /* 2^53 */

enum { MAX_DEPTH = 100 };

static void configure(lua_State *L, const char *option, int value) {
  lua_getfield(L, -1, option);
  if (value < 0) lua_pushboolean(L, 0);
  else lua_pushinteger(L, value);
  lua_call(L, 1, 0);
}

/* An instance of our own: options of lua-cjson are per instance. */
static void make_decoder(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &maker_key);
  lua_call(L, 0, 1);
  configure(L, "decode_invalid_numbers", -1);
  configure(L, "decode_max_depth", MAX_DEPTH);
  lua_getfield(L, -1, "decode");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &decoder_key);
  lua_pop(L, 1);
}

void json_prepare(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "cjson");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "new");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &maker_key);
  lua_pop(L, 1);
  make_decoder(L);
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

/* What a value was like. */
enum normalized { NORMAL, EMPTY, OUT_OF_RANGE, CLAMPED };

/* A number as users get it, pushed when it differs. OUT_OF_RANGE for one no JSON number can mean;
 * CLAMPED where the newer releases give the nearest integer for one beyond them all. */
static enum normalized push_number(lua_State *L, int *differs) {
  lua_Number number = lua_tonumber(L, -1);
  int whole = number == floor(number) && number > -exact && number < exact;
  *differs = whole != lua_isinteger(L, -1);
  if (isinf(number)) return OUT_OF_RANGE;
  if (!*differs) return NORMAL;
  if (whole) {
    lua_pushinteger(L, (lua_Integer)number);
    return NORMAL;
  }
  lua_Integer integer = lua_tointeger(L, -1);
  if (integer == LUA_MAXINTEGER || integer == LUA_MININTEGER) return CLAMPED;
  lua_pushnumber(L, number);
  return NORMAL;
}

/* Bring the table at the top to what users get, in one pass; null becomes absent. Setting existing
 * fields is allowed while traversing (Lua manual, next). */
static enum normalized normalize(lua_State *L) {
  luaL_checkstack(L, 8, "JSON nested too deep");
  enum normalized result;
  int empty = 1, differs;
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    empty = 0;
    switch (lua_type(L, -1)) {
    case LUA_TLIGHTUSERDATA:
      lua_pushnil(L);
      replace(L);
      break;
    case LUA_TNUMBER:
      result = push_number(L, &differs);
      if (result != NORMAL) return result;
      if (differs) replace(L);
      break;
    case LUA_TTABLE:
      result = normalize(L);
      if (result > EMPTY) return result;
      if (result == EMPTY) mark_if_list(L);
      break;
    default:
      break;
    }
  }
  return empty ? EMPTY : NORMAL;
}

/* The same for a value of any type. */
static enum normalized normalize_value(lua_State *L) {
  int differs;
  switch (lua_type(L, -1)) {
  case LUA_TTABLE:
    return normalize(L);
  case LUA_TLIGHTUSERDATA:
    lua_pushnil(L);
    return NORMAL;
  case LUA_TNUMBER:
    return push_number(L, &differs);
  default:
    return NORMAL;
  }
}

static const char *end_of_string(const char *quote, const char *end) {
  const char *at = quote + 1;
  while (at < end && *at != '"') at += *at == '\\' ? 2 : 1;
  return at < end ? at + 1 : end;
}

/* Push the text at `index` with a fraction of 0 after each whole number, which makes every release
 * of lua-cjson read it as a float. [-0, +1, m] */
static void push_floats(lua_State *L, int index) {
  size_t length;
  const char *at = lua_tolstring(L, index, &length), *end = at + length;
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  while (at < end) {
    size_t digits = strspn(at, "-0123456789");
    const char *next = digits ? at + digits : *at == '"' ? end_of_string(at, end) : at + 1;
    luaL_addlstring(&buffer, at, (size_t)(next - at));
    if (digits && (next == end || !strchr(".eE", *next))) luaL_addstring(&buffer, ".0");
    else if (digits) { /* the rest of a number that has a fraction or an exponent */
      size_t rest = strspn(next, "+-.eE0123456789");
      luaL_addlstring(&buffer, next, rest);
      next += rest;
    }
    at = next;
  }
  luaL_pushresult(&buffer);
}

/* Decode the text at the top in its place: true, or false with the message in its place. */
static int decode(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &decoder_key);
  lua_insert(L, -2);
  int status = lua_pcall(L, 1, 1, 0);
  if (status == LUA_ERRMEM) lua_error(L);
  return status == LUA_OK;
}

/* The same for the text at `index`. lua-cjson asks for the locale's decimal point when an instance
 * is made, and with the wrong one refuses every fraction. */
static int decode_anyhow(lua_State *L, int index) {
  lua_pushvalue(L, index);
  if (decode(L)) return 1;
  lua_pop(L, 1);
  make_decoder(L);
  lua_pushvalue(L, index);
  return decode(L);
}

static int fail(lua_State *L) {
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

/* lua-cjson takes a NUL for the text's end, whatever comes after it. */
static bool has_nul(lua_State *L) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  if (!memchr(text, 0, length)) return false;
  lua_pushliteral(L, "there is a NUL in it");
  return true;
}

/* Read the text at the top with lua-cjson. [-0, +(1|2), m] */
static int decode_any(lua_State *L) {
  int text = lua_gettop(L);
  if (has_nul(L)) return fail(L);
  if (!decode_anyhow(L, text)) return fail(L);
  enum normalized result = normalize_value(L);
  if (result == CLAMPED) {
    lua_settop(L, text);
    push_floats(L, text);
    if (!decode(L)) return fail(L);
    result = normalize_value(L);
  }
  if (result != OUT_OF_RANGE) return 1;
  lua_pushliteral(L, "a number is out of range");
  return fail(L);
}

int json_decode(lua_State *L) {
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  return plain_read(L, text, length, mark_if_list) ? 1 : decode_any(L);
}

int json_decode_bytes(lua_State *L, const char *text, size_t length) {
  if (plain_read(L, text, length, mark_if_list)) return 1;
  lua_pushlstring(L, text, length);
  int results = decode_any(L);
  lua_remove(L, -results - 1);
  return results;
}
