/* SPDX-License-Identifier: MIT */
#include "core/transfer.h"

#include <string.h>
#include <strings.h>

#include "core/headers.h"
#include "core/json.h"
#include "core/object.h"
#include "reactor/reactor.h"

static const char class[] = "hathora.transfer";

enum { HEADER_CEILING = 256 * 1024 };

struct transfer *transfer_check(lua_State *L, int index) {
  return luaL_checkudata(L, index, class);
}

static void keep(lua_State *L, int index, int uservalue) {
  lua_pushvalue(L, index);
  lua_setiuservalue(L, -2, uservalue);
}

static const char *const methods_known[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};

struct transfer *transfer_new(lua_State *L, int first) {
  int method = luaL_checkoption(L, first, NULL, methods_known);
  const char *url = luaL_checkstring(L, first + 1);
  struct curl_slist *headers = headers_check(L, first + 2);
  size_t length = 0;
  const char *body = luaL_optlstring(L, first + 3, NULL, &length);
  struct transfer *transfer = object_new(L, class, sizeof *transfer, TRANSFER_OWNER);
  transfer->reference = LUA_NOREF;
  keep(L, first + 1, TRANSFER_URL);
  keep(L, first + 2, TRANSFER_HEADERS);
  keep(L, first + 3, TRANSFER_BODY);
  transfer->method = methods_known[method];
  transfer->url = url;
  transfer->headers = headers;
  transfer->body = body;
  transfer->body_length = length;
  transfer->response_headers.ceiling = HEADER_CEILING;
  return transfer;
}

static int transfer_close(lua_State *L) {
  struct transfer *transfer = transfer_check(L, 1);
  if (transfer->reactor && reactor_is_ours(transfer->reactor))
    reactor_cancel(transfer->reactor, transfer);
  transfer->reactor = NULL;
  transfer_free(transfer);
  return 0;
}

/* outcome() -> status | nil, kind, message, sent; the kind is "none" while it is under way. */
static int transfer_outcome(lua_State *L) {
  static const char *const kinds[] = {"none",      "answered", "failed",  "timeout",
                                      "cancelled", "tooLarge", "noMemory"};
  static const char *const sent[] = {"no", "maybe", "yes"};
  struct transfer *transfer = transfer_check(L, 1);
  if (transfer->outcome == TRANSFER_NO_MEMORY) return luaL_error(L, "not enough memory");
  if (transfer->outcome == TRANSFER_ANSWERED) {
    lua_pushinteger(L, transfer->status);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, kinds[transfer->outcome]);
  lua_pushstring(L, transfer->message);
  lua_pushstring(L, sent[transfer->sent]);
  return 4;
}

/* Push the answer's body. It is moved into a Lua string once, and counted by Lua's collector
 * from then on. [-0, +1, m] */
static void push_body(lua_State *L, struct transfer *transfer) {
  if (lua_getiuservalue(L, 1, TRANSFER_TEXT) == LUA_TSTRING) return;
  lua_pop(L, 1);
  lua_pushlstring(L, transfer->response_body.data ? transfer->response_body.data : "",
                  transfer->response_body.length);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, TRANSFER_TEXT);
  bytes_free(&transfer->response_body);
}

static int transfer_body(lua_State *L) {
  push_body(L, transfer_check(L, 1));
  return 1;
}

/* take() -> what has come of a stream since the last take | nil when nothing has. */
static int transfer_take(lua_State *L) {
  struct transfer *transfer = transfer_check(L, 1);
  struct bytes *body = &transfer->response_body;
  if (!transfer->streamed || !transfer_succeeds(transfer) || body->length == 0) return 0;
  lua_pushlstring(L, body->data, body->length);
  body->length = 0;
  return 1;
}

/* decode() -> the body's JSON value | nil, message. */
static int transfer_decode(lua_State *L) {
  push_body(L, transfer_check(L, 1));
  return json_decode(L);
}

/* head() -> the answer's status line and headers, as received. */
static int transfer_head(lua_State *L) {
  struct transfer *transfer = transfer_check(L, 1);
  const struct bytes *head = &transfer->response_headers;
  lua_pushlstring(L, head->data ? head->data : "", head->length);
  return 1;
}

/* Push the value in a header's line, without the blanks around it (RFC 9110, 5.5). */
static void push_value(lua_State *L, const char *value, const char *end) {
  while (value < end && (*value == ' ' || *value == '\t')) value++;
  while (value < end && strchr(" \t\r", end[-1])) end--;
  lua_pushlstring(L, value, (size_t)(end - value));
}

/* header(name) -> the value of the answer's first header of that name | nil. */
static int transfer_header(lua_State *L) {
  const struct bytes *head = &transfer_check(L, 1)->response_headers;
  size_t length;
  const char *name = luaL_checklstring(L, 2, &length);
  const char *line = head->data, *end;
  for (size_t left = head->length; left && (end = memchr(line, '\n', left)); line = end + 1) {
    if ((size_t)(end - line) > length && line[length] == ':' &&
        strncasecmp(line, name, length) == 0) {
      push_value(L, line + length + 1, end);
      return 1;
    }
    left -= (size_t)(end + 1 - line);
  }
  return 0;
}

static int transfer_retry_after(lua_State *L) {
  lua_pushinteger(L, transfer_check(L, 1)->retry_after);
  return 1;
}

static void set_seconds(lua_State *L, const char *name, curl_off_t microseconds) {
  lua_pushnumber(L, (lua_Number)microseconds / 1e6);
  lua_setfield(L, -2, name);
}

/* timings() -> seconds from the start to each moment. */
static int transfer_timings(lua_State *L) {
  struct transfer *transfer = transfer_check(L, 1);
  lua_createtable(L, 0, 5);
  set_seconds(L, "nameLookup", transfer->name_lookup);
  set_seconds(L, "connect", transfer->connect);
  set_seconds(L, "tls", transfer->tls);
  set_seconds(L, "firstByte", transfer->first_byte);
  set_seconds(L, "total", transfer->total);
  return 1;
}

static int transfer_reused(lua_State *L) {
  struct transfer *transfer = transfer_check(L, 1);
  lua_pushboolean(L, transfer->sent != TRANSFER_SENT_NO && transfer->new_connections == 0);
  return 1;
}

void transfer_class(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"outcome", transfer_outcome}, {"body", transfer_body},
      {"decode", transfer_decode},   {"head", transfer_head},
      {"header", transfer_header},   {"retryAfter", transfer_retry_after},
      {"timings", transfer_timings}, {"reused", transfer_reused},
      {"take", transfer_take},       {NULL, NULL},
  };
  static const luaL_Reg meta[] = {{"__gc", transfer_close}, {NULL, NULL}};
  object_class(L, class, methods, meta);
}
