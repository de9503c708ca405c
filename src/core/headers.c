/* SPDX-License-Identifier: MIT */
#include "core/headers.h"

#include "core/object.h"

static const char class[] = "hathora.headers";

struct headers {
  struct curl_slist *list;
};

static bool is_control(char byte) {
  return (unsigned char)byte < 0x20 || byte == 0x7f;
}

/* libcurl sends a header as it is: a line break in it would begin another
 * (CURLOPT_HTTPHEADER(3)). */
static void check_line(lua_State *L, const char *line, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (is_control(line[i]))
      luaL_error(L, "a header value has a control character (byte %d) in it", (int)line[i]);
}

bool headers_is_value(const char *value, size_t length) {
  bool blank = true;
  for (size_t i = 0; i < length; i++) {
    if (is_control(value[i])) return false;
    blank = blank && value[i] == ' ';
  }
  return !blank;
}

static void add(lua_State *L, struct headers *headers, const char *line) {
  struct curl_slist *list = curl_slist_append(headers->list, line);
  if (!list) luaL_error(L, "not enough memory");
  headers->list = list;
}

int headers_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer count = luaL_len(L, 1);
  struct headers *headers = object_new(L, class, sizeof *headers, 0);
  for (lua_Integer i = 1; i <= count; i++) {
    size_t length;
    lua_geti(L, 1, i);
    const char *line = luaL_checklstring(L, -1, &length);
    check_line(L, line, length);
    add(L, headers, line);
    lua_pop(L, 1);
  }
  return 1;
}

struct curl_slist *headers_check(lua_State *L, int index) {
  struct headers *headers = object_check(L, index, class);
  return headers->list;
}

static int headers_free(lua_State *L) {
  struct headers *headers = object_check(L, 1, class);
  curl_slist_free_all(headers->list);
  headers->list = NULL;
  return 0;
}

void headers_class(lua_State *L) {
  static const luaL_Reg methods[] = {{NULL, NULL}};
  static const luaL_Reg meta[] = {{"__gc", headers_free}, {NULL, NULL}};
  object_class(L, class, methods, meta);
}
