/* SPDX-License-Identifier: MIT */
#include "core/headers.h"

#include <string.h>

#include "core/object.h"

static const char class[] = "hathora.headers";

/* A list of libcurl's may end as another does: what differs from request to request stands in
 * front. */
struct headers {
  struct curl_slist *list;
  struct curl_slist accepts[2], contents[2][2];
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

/* Without a Content-Type libcurl would say "form data" (CURLOPT_POSTFIELDS(3)). */
static void put_in_front(struct headers *headers) {
  static const char *const accepts[] = {"Accept: application/json", "Accept: */*"};
  static const char *const contents[] = {"Content-Type: application/json", "Content-Type:"};
  for (int i = 0; i < 2; i++) {
    struct curl_slist *accept = &headers->accepts[i];
    *accept = (struct curl_slist){.data = (char *)accepts[i], .next = headers->list};
    for (int j = 0; j < 2; j++)
      headers->contents[i][j] = (struct curl_slist){.data = (char *)contents[j], .next = accept};
  }
}

void headers_push(lua_State *L, const char *first, const char *second) {
  const char *const lines[] = {first, second};
  struct headers *headers = object_new(L, class, sizeof *headers, 0);
  for (int i = 0; i < 2; i++) {
    if (!lines[i]) continue;
    check_line(L, lines[i], strlen(lines[i]));
    add(L, headers, lines[i]);
  }
  put_in_front(headers);
}

const char *headers_first(const struct headers *headers) {
  return headers->list ? headers->list->data : NULL;
}

struct curl_slist *headers_of(struct headers *headers, enum accept accept, enum content content) {
  if (content == CONTENT_UNSAID) return &headers->accepts[accept];
  return &headers->contents[accept][content - CONTENT_JSON];
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
