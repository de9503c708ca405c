/* SPDX-License-Identifier: MIT */
#include "core/response.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* Headers. */

struct span {
  const char *at;
  size_t length;
};

/* Without the blanks around it (RFC 9110, 5.5). */
static struct span trim(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t')) at++;
  while (at < end && strchr(" \t\r", end[-1])) end--;
  return (struct span){at, (size_t)(end - at)};
}

/* Take the next header from a head: false at its end. Lines that are none are passed over. */
static bool next_header(struct span *head, struct span *name, struct span *value) {
  const char *end;
  while (head->length && (end = memchr(head->at, '\n', head->length))) {
    const char *line = head->at, *colon = memchr(line, ':', (size_t)(end - line));
    head->length -= (size_t)(end + 1 - line);
    head->at = end + 1;
    if (!colon || colon == line) continue;
    *name = (struct span){line, (size_t)(colon - line)};
    *value = trim(colon + 1, end);
    return true;
  }
  return false;
}

static struct span head_of(const struct call *call) {
  const struct bytes *head = &call->transfer.response_headers;
  return (struct span){head->data, head->length};
}

/* The value of the first header of a name, in lower case; its `at` is NULL when there is none. */
static struct span find_header(const struct call *call, const char *wanted) {
  struct span head = head_of(call);
  size_t length = strlen(wanted);
  for (const char *end, *line = head.at; head.length; line = end + 1) {
    if (!(end = memchr(line, '\n', head.length))) break;
    head.length -= (size_t)(end + 1 - line);
    if ((*line | 0x20) == *wanted && (size_t)(end - line) > length && line[length] == ':' &&
        strncasecmp(line, wanted, length) == 0)
      return trim(line + length + 1, end);
  }
  return (struct span){NULL, 0};
}

bool response_is_json(const struct call *call) {
  struct span kind = find_header(call, "content-type");
  for (size_t i = 0; kind.at && i + 4 <= kind.length; i++)
    if ((kind.at[i] | 0x20) == 'j' && strncasecmp(kind.at + i, "json", 4) == 0) return true;
  return false;
}

static void push_lower(lua_State *L, struct span text) {
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, text.length);
  for (size_t i = 0; i < text.length; i++) {
    char byte = text.at[i];
    out[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte);
  }
  luaL_pushresultsize(&buffer, text.length);
}

/* Names in lower case; the values of a repeated one joined by ", ". */
static void push_headers(lua_State *L, int index, struct call *call) {
  (void)index;
  struct span head = head_of(call), name, value;
  head.at =
      lua_pushlstring(L, head.length ? head.at : "", head.length); /* more may come meanwhile */
  lua_newtable(L);
  while (next_header(&head, &name, &value)) {
    push_lower(L, name);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TSTRING) {
      lua_pushliteral(L, ", ");
      lua_pushlstring(L, value.at, value.length);
      lua_concat(L, 3);
    } else {
      lua_pop(L, 1);
      lua_pushlstring(L, value.at, value.length);
    }
    lua_rawset(L, -3);
  }
  lua_replace(L, -2);
}

/* Of the answer. */

static void set_seconds(lua_State *L, const char *name, float microseconds) {
  lua_pushnumber(L, (lua_Number)microseconds / 1e6);
  lua_setfield(L, -2, name);
}

/* Seconds from the start to each moment; nil when another than libcurl has sent it. */
static void push_timings(lua_State *L, int index, struct call *call) {
  (void)index;
  const struct transfer_times *times = &call->transfer.times;
  if (call->transfer.external) {
    lua_pushnil(L);
    return;
  }
  lua_createtable(L, 0, 5);
  set_seconds(L, "nameLookup", times->name_lookup);
  set_seconds(L, "connect", times->connect);
  set_seconds(L, "tls", times->tls);
  set_seconds(L, "firstByte", times->first_byte);
  set_seconds(L, "total", times->total);
}

static void push_reused(lua_State *L, int index, struct call *call) {
  (void)index;
  const struct transfer *transfer = &call->transfer;
  lua_pushboolean(L, transfer->sent != TRANSFER_SENT_NO && !transfer->connected);
}

static void push_status(lua_State *L, int index, struct call *call) {
  (void)index;
  if (call->transfer.status) lua_pushinteger(L, call->transfer.status);
  else lua_pushnil(L);
}

static void push_content_type(lua_State *L, int index, struct call *call) {
  (void)index;
  struct span kind = find_header(call, "content-type");
  if (kind.at) lua_pushlstring(L, kind.at, kind.length);
  else lua_pushnil(L);
}

static void push_attempts(lua_State *L, int index, struct call *call) {
  (void)index;
  lua_pushinteger(L, call->attempts);
}

static void push_retry_after(lua_State *L, int index, struct call *call) {
  (void)index;
  lua_pushinteger(L, call->transfer.retry_after);
}

static void push_delivered(lua_State *L, int index, struct call *call) {
  (void)index;
  lua_pushboolean(L, call->delivered);
}

/* Seconds to the deadline. */
static void push_time_left(lua_State *L, int index, struct call *call) {
  (void)index;
  int64_t deadline = call->transfer.deadline;
  if (deadline == POLLER_NEVER) lua_pushnumber(L, HUGE_VAL);
  else lua_pushnumber(L, (lua_Number)(deadline - poller_now()) / 1e9);
}

/* Of the request. */

static void push_operation(lua_State *L, int index, struct call *call) {
  (void)index;
  lua_pushstring(L, call->plan ? call->plan->name : NULL);
}

static void push_idempotent(lua_State *L, int index, struct call *call) {
  (void)index;
  lua_pushboolean(L, !call->transfer.once);
}

static void push_method(lua_State *L, int index, struct call *call) {
  (void)index;
  lua_pushstring(L, call->transfer.method);
}

static void push_url(lua_State *L, int index, struct call *call) {
  (void)index;
  lua_pushstring(L, call->transfer.url);
}

static void push_key(lua_State *L, int index, struct call *call) {
  (void)index;
  lua_pushstring(L, call->key);
}

static void push_sent(lua_State *L, int index, struct call *call) {
  (void)index;
  static const char *const words[] = {"no", "maybe", "yes"};
  lua_pushstring(L, words[call_sent(call)]);
}

/* The place in the user's program that made the call. */
static void push_where(lua_State *L, int index, struct call *call) {
  lua_Debug caller;
  if (lua_getiuservalue(L, index, CALL_CALLER) != LUA_TFUNCTION) return;
  lua_getinfo(L, ">S", &caller);
  lua_pushfstring(L, "%s:%d", caller.short_src, call->line);
}

static void push_more(lua_State *L, int index, struct call *call) {
  (void)call;
  lua_getiuservalue(L, index, CALL_MORE);
}

static void push_on_done(lua_State *L, int index, struct call *call) {
  (void)call;
  lua_getiuservalue(L, index, CALL_ON_DONE);
}

static void push_on_data(lua_State *L, int index, struct call *call) {
  (void)call;
  lua_getiuservalue(L, index, CALL_ON_DATA);
}

static void push_body(lua_State *L, int index, struct call *call) {
  (void)call;
  lua_getiuservalue(L, index, CALL_BODY);
}

static const struct {
  const char *name;
  void (*push)(lua_State *L, int index, struct call *call);
} fields[] = {
    {"statusCode", push_status},
    {"contentType", push_content_type},
    {"headers", push_headers},
    {"rawResponse", call_push_text},
    {"attempts", push_attempts},
    {"timings", push_timings},
    {"reused", push_reused},
    {"retryAfter", push_retry_after},
    {"operation", push_operation},
    {"method", push_method},
    {"url", push_url},
    {"idempotencyKey", push_key},
    {"sent", push_sent},
    {"where", push_where},
    {"more", push_more},
    {"onDone", push_on_done},
    {"onData", push_on_data},
    {"requestBody", push_body},
    {"delivered", push_delivered},
    {"idempotent", push_idempotent},
    {"timeLeft", push_time_left},
};

void response_name_fields(lua_State *L) {
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    lua_pushinteger(L, (lua_Integer)i);
    lua_setfield(L, -2, fields[i].name);
  }
}

void response_push(lua_State *L, int index, struct call *call, size_t field) {
  fields[field].push(L, index, call);
}
