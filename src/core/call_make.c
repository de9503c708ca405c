/* SPDX-License-Identifier: MIT */
#include "core/call_private.h"

#include <string.h>

#include "core/headers.h"
#include "core/object.h"
#include "core/system.h"

enum { HEAD_LIMIT = 256 * 1024 };

static const char key_name[] = "Idempotency-Key: ";

/* Lua may collect garbage while it makes an object, and a finalizer may make a call of its own,
 * with another URL, or close the client. So the URL is copied before, and the client looked at
 * after. */
struct call *call_new(lua_State *L, struct client *client, size_t more, int kept) {
  char copy[512];
  const char *url = copy;
  size_t length = client->url.length;
  bool fits = length <= sizeof copy;
  if (fits) memcpy(copy, client->url.data, length);
  else url = lua_pushlstring(L, client->url.data, length);
  struct call *call = object_new(L, call_class_name, sizeof *call + length + 1 + more, kept);
  struct transfer *transfer = &call->transfer;
  memcpy(call->text, url, length);
  if (!fits) lua_remove(L, -2);
  client_check(L, 1);
  call_keep(L, lua_gettop(L), 1, CALL_CLIENT);
  call->attempts = 1;
  transfer->reactor = &client->reactor;
  transfer->reference = LUA_NOREF;
  transfer->url = call->text;
  if (client->reactor.settings.origin) transfer->target = call->text + client->origin_length;
  transfer->external = client->external;
  transfer->response_headers.ceiling = HEAD_LIMIT;
  transfer->response_body.ceiling = client->response_limit;
  return call;
}

void call_set_body(lua_State *L, int index, int body, struct transfer *transfer) {
  if (!call_has(L, body)) return;
  transfer->body = luaL_checklstring(L, body, &transfer->body_length);
  call_keep(L, index, body, CALL_BODY);
}

void call_set_headers(lua_State *L, int index, int headers, struct call *call) {
  if (!call_has(L, headers)) return;
  call->transfer.headers = headers_check(L, headers);
  call_keep(L, index, headers, CALL_HEADERS);
}

/* With the token as it is now. */
void call_prepare_headers(lua_State *L, int index, int client, struct call *call) {
  const struct plan *plan = call->plan;
  struct transfer *transfer = &call->transfer;
  lua_getiuservalue(L, client, CLIENT_HEADERS + (int)plan->security);
  transfer->headers = headers_of(object_at(L, -1), plan->accept, plan->content);
  lua_setiuservalue(L, index, CALL_HEADERS);
  if (!call->key) return;
  call->key_line =
      (struct curl_slist){.data = call->key - (sizeof key_name - 1), .next = transfer->headers};
  transfer->headers = &call->key_line;
}

/* A call that must not be carried out twice always has a key. */
static void set_key(lua_State *L, struct call *call, const struct call_options *options) {
  char *line = call->text + strlen(call->text) + 1, *key = line + sizeof key_name - 1;
  if (!options->key_length) return;
  memcpy(line, key_name, sizeof key_name - 1);
  if (options->key) memcpy(key, options->key, options->key_length);
  else system_uuid(L, key);
  call->key = key;
}

/* Take down the line of the user's program that makes the call, so that an error can name it. */
static void note_caller(lua_State *L, int index, struct call *call, int level) {
  lua_Debug caller = {.currentline = -1};
  while (caller.currentline < 0 && lua_getstack(L, level++, &caller)) lua_getinfo(L, "l", &caller);
  if (caller.currentline < 0) return;
  lua_getinfo(L, "f", &caller);
  lua_setiuservalue(L, index, CALL_CALLER);
  call->line = caller.currentline;
}

static void keep_callbacks(lua_State *L, int index, int table, const struct call_options *options) {
  if (options->on_done) lua_getfield(L, table, "onDone");
  if (options->on_done) lua_setiuservalue(L, index, CALL_ON_DONE);
  if (options->on_data) lua_getfield(L, table, "onData");
  if (options->on_data) lua_setiuservalue(L, index, CALL_ON_DATA);
}

static void set_options(lua_State *L, int index, int table, struct call *call,
                        const struct call_options *options) {
  struct transfer *transfer = &call->transfer;
  call->has_done = options->on_done;
  transfer->streamed = options->on_data;
  transfer->idle_limit = options->idle_limit;
  transfer->deadline = poller_after(options->timeout);
  keep_callbacks(L, index, table, options);
  set_key(L, call, options);
}

/* With the options and the URL, which are right. [-0, +1, e] */
struct call *call_make(lua_State *L, struct client *client, const struct plan *plan,
                       struct call_options *options) {
  if (!options->key && !plan->idempotent) options->key_length = UUID_LENGTH;
  bool plain = !call_has(L, OPTIONS) && !call_has(L, BODY) && !call_has(L, MORE);
  size_t key_length = options->key_length ? sizeof key_name + options->key_length : 0;
  struct call *call = call_new(L, client, key_length, plain ? CALL_PLAIN : CALL_ALL);
  call->plan = plan;
  call->transfer.method = plan->method;
  call->transfer.once = !plan->idempotent;
  call_keep(L, CALL, PLAN, CALL_PLAN);
  set_options(L, CALL, OPTIONS, call, options);
  call_set_body(L, CALL, BODY, &call->transfer);
  call->own_headers = call_has(L, HEADERS);
  if (call->own_headers) call_set_headers(L, CALL, HEADERS, call);
  else call_prepare_headers(L, CALL, 1, call);
  note_caller(L, CALL, call, (int)lua_tointeger(L, LEVEL));
  return call;
}
