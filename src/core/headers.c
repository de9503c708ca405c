/* SPDX-License-Identifier: MIT */
#include "core/headers.h"

#include <string.h>

#include "core/object.h"

static const char class[] = "hathora.headers";

/* A list of libcurl's may end as another does: what differs from request to request stands in
 * front. All of it is in the object, which Lua keeps until every finalizer has run. */
struct headers {
  struct curl_slist *list; /* NULL for none */
  struct curl_slist accepts[2], contents[2][2];
  struct curl_slist lines[]; /* and their text behind them */
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

/* Push headers of so many lines, which the text at the top has, each with a NUL behind it. */
static struct headers *make(lua_State *L, size_t count) {
  size_t length, size = sizeof(struct headers) + count * sizeof(struct curl_slist);
  const char *lines = lua_tolstring(L, -1, &length);
  struct headers *headers = object_new(L, class, size + length, 0);
  char *text = (char *)&headers->lines[count];
  memcpy(text, lines, length);
  for (size_t i = 0; i < count; i++, text += strlen(text) + 1) {
    struct curl_slist *next = i + 1 < count ? &headers->lines[i + 1] : NULL;
    headers->lines[i] = (struct curl_slist){.data = text, .next = next};
  }
  if (count > 0) headers->list = headers->lines;
  lua_remove(L, -2);
  return headers;
}

/* With the line at the top. [-1, +0, e] */
static void add(lua_State *L, luaL_Buffer *lines) {
  size_t length;
  const char *line = luaL_checklstring(L, -1, &length);
  check_line(L, line, length);
  luaL_addvalue(lines);
  luaL_addchar(lines, '\0');
}

int headers_new(lua_State *L) {
  luaL_Buffer lines;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer count = luaL_len(L, 1);
  luaL_buffinit(L, &lines);
  for (lua_Integer i = 1; i <= count; i++) {
    lua_geti(L, 1, i);
    add(L, &lines);
  }
  luaL_pushresult(&lines);
  make(L, (size_t)count);
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
  const char *const given[] = {first, second};
  size_t count = 0;
  luaL_Buffer lines;
  luaL_buffinit(L, &lines);
  for (int i = 0; i < 2; i++) {
    if (!given[i]) continue;
    lua_pushstring(L, given[i]);
    add(L, &lines);
    count++;
  }
  luaL_pushresult(&lines);
  put_in_front(make(L, count));
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

void headers_class(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  object_class(L, class, none, none);
}
