/* SPDX-License-Identifier: MIT */
/* hathora.host.path: a request's path taken apart (RFC 3986). In C, since every request has one. */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <string.h>

/* Neither blanks, nor a fragment (#), nor bytes beyond ASCII. */
static bool is_allowed(const char *text, const char *end) {
  for (; text < end; text++)
    if (*text < '!' || *text > '~' || *text == '#') return false;
  return true;
}

static const char *find(const char *text, const char *end, char wanted) {
  const char *found = memchr(text, wanted, (size_t)(end - text));
  return found != NULL ? found : end;
}

/* Whoever decodes is at 2. */
static void push_segment(lua_State *L, const char *segment, const char *end) {
  bool is_plain = find(segment, end, '%') == end;
  if (!is_plain) lua_pushvalue(L, 2);
  lua_pushlstring(L, segment, (size_t)(end - segment));
  if (!is_plain) lua_call(L, 1, 1);
}

/*** Split a path at its slashes, then decode: an encoded slash stays inside its segment, and dots
 * are but characters.
 * @function split
 * @tparam string target as the client wrote it
 * @tparam function decode given each segment that has a percent sign; nil when that is wrong
 * @treturn ?{string,...} nil when it cannot be read
 * @treturn ?string the query, nil when there is none
 */
static int split(lua_State *L) {
  size_t size;
  const char *text = luaL_checklstring(L, 1, &size), *end = text + size;
  const char *last = find(text, end, '?');
  if (*text != '/' || !is_allowed(text, end)) return 0;
  lua_createtable(L, 5, 0);
  for (lua_Integer count = 1; text < last; count++) {
    const char *next = find(text + 1, last, '/');
    push_segment(L, text + 1, next);
    if (lua_isnil(L, -1)) return 0;
    lua_rawseti(L, -2, count);
    text = next;
  }
  if (last == end) return 1;
  lua_pushlstring(L, last + 1, (size_t)(end - last - 1));
  return 2;
}

/*** Some segments by name. In C, which makes the table in its full size at once.
 * @function named
 * @tparam {string,...} segments
 * @tparam table names each followed by the place of its segment: { "appId", 3, "roomId", 5 }
 * @treturn table
 */
static int named(lua_State *L) {
  lua_Integer size = luaL_len(L, 2);
  lua_createtable(L, 0, (int)(size / 2));
  for (lua_Integer index = 1; index < size; index += 2) {
    lua_rawgeti(L, 2, index);
    lua_rawgeti(L, 2, index + 1);
    lua_rawgeti(L, 1, lua_tointeger(L, -1));
    lua_remove(L, -2);
    lua_rawset(L, -3);
  }
  return 1;
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_path(lua_State *L) {
  static const luaL_Reg functions[] = {{"named", named}, {"split", split}, {NULL, NULL}};
  luaL_checkversion(L);
  luaL_newlib(L, functions);
  return 1;
}
