/* SPDX-License-Identifier: MIT */
#include "core/call.h"

#include <stdio.h>
#include <string.h>

#include "core/headers.h"
#include "core/json.h"
#include "core/object.h"
#include "core/response.h"
#include "core/row.h"
#include "core/system.h"

static const char class[] = "hathora.call";

enum {
  HEAD_LIMIT = 256 * 1024,
  URL_LIMIT = 1000 * 1000, /* libcurl takes 1 MiB for all of a request's head */
  KEPT_IN_C = 4096,        /* bytes of a body that Lua's collector need not know of */
};

static const char key_name[] = "Idempotency-Key: ";

struct call *call_check(lua_State *L, int index) {
  return object_check(L, index, class);
}

static void keep(lua_State *L, int call, int value, int place) {
  lua_pushvalue(L, value);
  lua_setiuservalue(L, call, place);
}

static bool is_present(lua_State *L, int index) {
  return !lua_isnoneornil(L, index);
}

enum transfer_sent call_sent(const struct call *call) {
  return call->sent > call->transfer.sent ? call->sent : call->transfer.sent;
}

/* The options of one call. What is not here, or not right, is for Lua to look at. */

struct options {
  const char *key;
  size_t key_length;
  int64_t timeout, idle_limit;
  bool on_done, on_data;
};

static bool read_seconds(lua_State *L, int64_t *nanosecs) {
  if (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) > 0)) return false;
  *nanosecs = nanoseconds(lua_tonumber(L, -1));
  return true;
}

static bool read_key(lua_State *L, struct options *options) {
  if (lua_type(L, -1) != LUA_TSTRING) return false;
  options->key = lua_tolstring(L, -1, &options->key_length);
  return headers_is_value(options->key, options->key_length);
}

static bool read_option(lua_State *L, const char *name, const struct plan *plan,
                        struct options *options) {
  if (strcmp(name, "onDone") == 0) return options->on_done = lua_isfunction(L, -1);
  if (strcmp(name, "timeout") == 0) return read_seconds(L, &options->timeout);
  if (strcmp(name, "idempotencyKey") == 0) return read_key(L, options);
  if (strcmp(name, "idleTimeout") == 0) return read_seconds(L, &options->idle_limit);
  if (strcmp(name, "onData") != 0 || plan->answer != ANSWER_BYTES) return false;
  return options->on_data = lua_isfunction(L, -1);
}

static bool read_options(lua_State *L, int table, const struct plan *plan,
                         struct options *options) {
  if (!is_present(L, table)) return true;
  if (lua_type(L, table) != LUA_TTABLE) return false;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    bool right =
        lua_type(L, -2) == LUA_TSTRING && read_option(L, lua_tostring(L, -2), plan, options);
    if (!right) {
      lua_pop(L, 2);
      return false;
    }
  }
  return true;
}

/* Making one. */

/* A call for the URL that the client has written, with room for so much more text behind it. */
static struct call *new_call(lua_State *L, struct client *client, size_t more) {
  size_t length = client->url.length;
  struct call *call = object_new(L, class, sizeof *call + length + 1 + more, CALL_RESULT);
  struct transfer *transfer = &call->transfer;
  keep(L, lua_gettop(L), 1, CALL_CLIENT);
  memcpy(call->text, client->url.data, length);
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

static void set_body(lua_State *L, int index, int body, struct transfer *transfer) {
  if (!is_present(L, body)) return;
  transfer->body = luaL_checklstring(L, body, &transfer->body_length);
  keep(L, index, body, CALL_BODY);
}

/* Put a header of the call's own in front of the others. */
static void add_line(struct call *call, const char *line) {
  struct curl_slist *node = call->lines;
  while (node->data) node++;
  *node = (struct curl_slist){.data = (char *)line, .next = call->transfer.headers};
  call->transfer.headers = node;
}

/* Without a Content-Type libcurl would say "form data" (CURLOPT_POSTFIELDS(3)). */
static void add_lines(struct call *call) {
  const struct plan *plan = call->plan;
  add_line(call, plan->answer == ANSWER_BYTES ? "Accept: */*" : "Accept: application/json");
  if (plan->has_body) add_line(call, "Content-Type: application/json");
  else if (strcmp(plan->method, "GET") != 0) add_line(call, "Content-Type:");
  if (call->key) add_line(call, call->key - (sizeof key_name - 1));
}

/* The list at the top, which the call's own lines come in front of. [-1, +0, -] */
static void set_headers(lua_State *L, int index, struct call *call) {
  call->transfer.headers = lua_isnil(L, -1) ? NULL : headers_check(L, -1);
  lua_setiuservalue(L, index, CALL_HEADERS);
}

/* With the token as it is now. */
static void prepare_headers(lua_State *L, int index, int client, struct call *call) {
  static const int places[] = {0, CLIENT_DEVELOPER, CLIENT_PLAYER};
  int place = places[call->plan->security];
  memset(call->lines, 0, sizeof call->lines);
  if (place) lua_getiuservalue(L, client, place);
  else lua_pushnil(L);
  set_headers(L, index, call);
  add_lines(call);
}

/* A call that must not be carried out twice always has a key. */
static void set_key(lua_State *L, struct call *call, const struct options *options) {
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

static void keep_callbacks(lua_State *L, int index, int table, const struct options *options) {
  if (options->on_done) lua_getfield(L, table, "onDone");
  if (options->on_done) lua_setiuservalue(L, index, CALL_ON_DONE);
  if (options->on_data) lua_getfield(L, table, "onData");
  if (options->on_data) lua_setiuservalue(L, index, CALL_ON_DATA);
}

static void set_options(lua_State *L, int index, int table, struct call *call,
                        const struct options *options) {
  struct transfer *transfer = &call->transfer;
  call->has_done = options->on_done;
  transfer->streamed = options->on_data;
  transfer->idle_limit = options->idle_limit;
  transfer->deadline = poller_after(options->timeout);
  keep_callbacks(L, index, table, options);
  set_key(L, call, options);
}

/* Starting. */

static void expect_memory(lua_State *L, bool enough) {
  if (!enough) luaL_error(L, "not enough memory");
}

/* Have the client keep the call until there is news of its end. [-0, +0, m] */
static void refer(lua_State *L, int index, struct call *call) {
  lua_getiuservalue(L, index, CALL_CLIENT);
  lua_getiuservalue(L, -1, CLIENT_CALLS);
  lua_pushvalue(L, index);
  call->transfer.reference = luaL_ref(L, -2);
  lua_pop(L, 2);
}

static void go(lua_State *L, int index, struct client *client, struct call *call) {
  refer(L, index, call);
  expect_memory(L, reactor_start(&client->reactor, &call->transfer));
  reactor_settle(&client->reactor);
}

enum { LEVEL = 2, PLAN, REQUEST, OPTIONS, BODY, MORE, HEADERS, CALL }; /* on start's stack */

static bool write_url(lua_State *L, struct client *client) {
  struct request request = {
      .plan = PLAN, .fields = REQUEST, .allow_unknown = client->allow_unknown};
  client->url.length = client->base_length;
  lua_getiuservalue(L, 1, CLIENT_DEFAULTS);
  request.defaults = lua_gettop(L);
  bool right = plan_write(L, &request, &client->url);
  lua_pop(L, 1);
  return right && client->url.length < URL_LIMIT;
}

/* With the options and the URL, which are right. [-0, +1, e] */
static struct call *make(lua_State *L, struct client *client, const struct plan *plan,
                         struct options *options) {
  if (!options->key && !plan->idempotent) options->key_length = UUID_LENGTH;
  struct call *call = new_call(L, client, sizeof key_name + options->key_length);
  call->plan = plan;
  call->transfer.method = plan->method;
  call->transfer.once = !plan->idempotent;
  keep(L, CALL, PLAN, CALL_PLAN);
  set_options(L, CALL, OPTIONS, call, options);
  set_body(L, CALL, BODY, &call->transfer);
  call->own_headers = is_present(L, HEADERS);
  if (call->own_headers) {
    lua_pushvalue(L, HEADERS);
    set_headers(L, CALL, call);
  } else {
    prepare_headers(L, CALL, 1, call);
  }
  note_caller(L, CALL, call, (int)lua_tointeger(L, LEVEL));
  return call;
}

/* client:start(level, plan, request, options|nil, body|nil, more|nil, headers|nil) -> call | nil
 * when the request or an option is not right: it has looked, not judged. `level` is the user's
 * program on Lua's stack. `more` is a table that the call keeps: `attended` in it has Lua judge
 * every answer, `held` has nothing sent. With `headers` these alone are sent. */
int call_start(lua_State *L) {
  struct client *client = client_check(L, 1);
  const struct plan *plan = plan_check(L, PLAN);
  struct options options = {.timeout = client->timeout};
  lua_settop(L, HEADERS);
  if (plan->has_body && !is_present(L, BODY)) return 0;
  if (!read_options(L, OPTIONS, plan, &options) || !write_url(L, client)) return 0;
  struct call *call = make(L, client, plan, &options);
  if (is_present(L, MORE)) {
    keep(L, CALL, MORE, CALL_MORE);
    call->attended = row_flag(L, MORE, "attended");
    if (row_flag(L, MORE, "held")) return 1;
  }
  go(L, CALL, client, call);
  return 1;
}

/* client:send{ method, path, headers, body, idempotent, timeout, idleTimeout, streamed, more }
 * -> call: a request that is no operation's. `headers` are prepared ones. It is handed up at each
 * piece when it is streamed, and at its end. */
int call_send(lua_State *L) {
  static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", NULL};
  struct client *client = client_check(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  const char *path = row_text(L, 2, "path", "");
  lua_getfield(L, 2, "method");
  const char *method = methods[luaL_checkoption(L, 3, "GET", methods)];
  lua_getfield(L, 2, "body");
  lua_getfield(L, 2, "headers");
  lua_getfield(L, 2, "more");
  client->url.length = client->base_length;
  expect_memory(L, bytes_append(&client->url, path, strlen(path)) == BYTES_OK);
  struct call *call = new_call(L, client, 0);
  struct transfer *transfer = &call->transfer;
  transfer->method = method;
  transfer->once = method != methods[0] && !row_flag(L, 2, "idempotent");
  transfer->streamed = row_flag(L, 2, "streamed");
  transfer->idle_limit = nanoseconds(row_number(L, 2, "idleTimeout", 0));
  transfer->deadline = poller_after(nanoseconds(row_number(L, 2, "timeout", 30)));
  keep(L, 7, 6, CALL_MORE);
  set_body(L, 7, 4, transfer);
  lua_pushvalue(L, 5);
  set_headers(L, 7, call);
  go(L, 7, client, call);
  return 1;
}

/* Once more. */

static struct call *check_own(lua_State *L, struct client **client) {
  *client = client_check(L, 1);
  struct call *call = call_check(L, 2);
  if (call->transfer.reactor != &(*client)->reactor || call->state != CALL_UNDER_WAY ||
      call->transfer.state != TRANSFER_IDLE)
    luaL_error(L, "only an attempt of this client that has ended can be made again");
  return call;
}

static void send_again(lua_State *L, struct client *client, struct call *call, int delay) {
  struct transfer *transfer = &call->transfer;
  int64_t wait = nanoseconds(luaL_checknumber(L, delay));
  transfer->start_at = wait ? poller_after(wait) : 0;
  call->sent = call_sent(call);
  lua_pushnil(L);
  lua_setiuservalue(L, 2, CALL_TEXT);
  lua_pushnil(L);
  lua_setiuservalue(L, 2, CALL_RESULT);
  if (!call->own_headers) prepare_headers(L, 2, 1, call);
  go(L, 2, client, call);
}

/* client:again(call, delay): try it once more, in so many seconds, on a new connection. */
int call_again(lua_State *L) {
  struct client *client;
  struct call *call = check_own(L, &client);
  call->attempts++;
  call->transfer.fresh = true;
  send_again(L, client, call, 3);
  return 0;
}

/* client:look(call, delay, timeout): ask the same anew, which may take so many seconds in all. */
int call_look(lua_State *L) {
  struct client *client;
  struct call *call = check_own(L, &client);
  call->attempts = 1;
  call->transfer.fresh = false;
  call->transfer.deadline = poller_after(nanoseconds(luaL_checknumber(L, 4)));
  send_again(L, client, call, 3);
  return 0;
}

/* News. */

/* Push the call, which its client keeps no longer once it has ended. [-0, +1, -] */
static void push_referred(lua_State *L, struct call *call) {
  lua_getiuservalue(L, 1, CLIENT_CALLS);
  lua_rawgeti(L, -1, call->transfer.reference);
  if (call->transfer.state == TRANSFER_IDLE) {
    luaL_unref(L, -2, call->transfer.reference);
    call->transfer.reference = LUA_NOREF;
  }
  lua_replace(L, -2);
}

static bool is_answered_well(const struct call *call) {
  return call->transfer.outcome == TRANSFER_ANSWERED &&
         call->transfer.status == call->plan->success;
}

static void end_well(lua_State *L, struct client *client, struct call *call) {
  call->state = CALL_DONE;
  client->successes++;
  if (client->polled && client->open) reactor_wake(&client->reactor);
  if (call->transfer.response_body.length <= KEPT_IN_C) return;
  call_push_text(L, lua_gettop(L), call);
  lua_pop(L, 1);
}

/* Have another than libcurl send it, until the deadline. */
static void hand_over(lua_State *L, struct client *client, struct call *call) {
  refer(L, lua_gettop(L), call);
  call->transfer.sent = TRANSFER_SENT_MAYBE;
  expect_memory(L, reactor_hold(&client->reactor, &call->transfer));
}

/* The event there is, NULL when Lua has nothing to do. The call is at the top. */
static const char *event_of(lua_State *L, struct client *client, struct call *call) {
  struct transfer *transfer = &call->transfer;
  if (call->state != CALL_UNDER_WAY) return call->has_done ? "done" : NULL;
  if (transfer->external && transfer->outcome == TRANSFER_NONE) {
    hand_over(L, client, call);
    return "send";
  }
  if (transfer->streamed || !call->plan) {
    bool busy = call->busy;
    call->busy = transfer->streamed;
    return busy ? NULL : "data";
  }
  if (!is_answered_well(call)) return "failed";
  if (call->attended || client->watched) return "answered";
  end_well(L, client, call);
  return call->has_done ? "done" : NULL;
}

int call_advance(lua_State *L, struct client *client, struct call *call) {
  push_referred(L, call);
  const char *event = event_of(L, client, call);
  if (event) lua_pushstring(L, event);
  else lua_pop(L, 1);
  return event ? 2 : 0;
}

/* take(call) -> what has come of a stream since the last take | nil when nothing has: then the
 * next piece is news again. */
int call_take(lua_State *L) {
  struct call *call = call_check(L, 1);
  struct bytes *body = &call->transfer.response_body;
  call->busy = call->state == CALL_UNDER_WAY && call->transfer.streamed &&
               transfer_succeeds(&call->transfer) && body->length > 0;
  if (!call->busy) return 0;
  lua_pushlstring(L, body->data, body->length);
  body->length = 0;
  call->delivered = true;
  return 1;
}

/* outcome(call) -> how its last attempt ended, "none" while it is under way; and what libcurl said
 * of it. */
int call_outcome(lua_State *L) {
  static const char *const outcomes[] = {"none",      "answered", "failed",  "timeout",
                                         "cancelled", "tooLarge", "noMemory"};
  struct call *call = call_check(L, 1);
  lua_pushstring(L, outcomes[call->transfer.outcome]);
  lua_pushstring(L, call->transfer.message);
  return 2;
}

static void take_in(struct transfer *transfer, struct bytes *bytes, lua_State *L, int index) {
  size_t length;
  const char *text = luaL_checklstring(L, index, &length);
  enum bytes_result result = bytes_append(bytes, text, length);
  if (result == BYTES_OVER_CEILING) transfer->outcome = TRANSFER_TOO_LARGE;
  if (result == BYTES_NO_MEMORY) transfer->outcome = TRANSFER_NO_MEMORY;
}

/* client:answer(call, status, head, body) or (call, nil, message): what came of a "send". Too late,
 * it changes nothing. */
int call_answer(lua_State *L) {
  struct client *client = client_check(L, 1);
  struct call *call = call_check(L, 2);
  struct transfer *transfer = &call->transfer;
  if (call->state != CALL_UNDER_WAY || transfer->state != TRANSFER_WAITING) return 0;
  if (is_present(L, 3)) {
    transfer->status = (long)luaL_checkinteger(L, 3);
    transfer->sent = TRANSFER_SENT_YES;
    transfer->outcome = TRANSFER_ANSWERED;
    take_in(transfer, &transfer->response_headers, L, 4);
    take_in(transfer, &transfer->response_body, L, 5);
  } else {
    transfer->outcome = TRANSFER_FAILED;
    snprintf(transfer->message, sizeof transfer->message, "%s", luaL_checkstring(L, 4));
  }
  reactor_post(&client->reactor, transfer);
  return 0;
}

static bool push_payload(lua_State *L, struct call *call);

/* Ending. */

static struct client *client_of(lua_State *L, int index) {
  lua_getiuservalue(L, index, CALL_CLIENT);
  struct client *client = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return client;
}

/* settle(call, problem|nil, later): it has ended, well or with a problem. `later` has the next turn
 * hand up that it is done. */
int call_settle(lua_State *L) {
  struct call *call = call_check(L, 1);
  struct client *client = client_of(L, 1);
  lua_settop(L, 3);
  if (call->state == CALL_FAILED || (call->state == CALL_DONE && lua_isnil(L, 2))) return 0;
  if (lua_toboolean(L, 3) && call->has_done && client->open) {
    refer(L, 1, call);
    reactor_post(&client->reactor, &call->transfer);
    reactor_settle(&client->reactor);
  }
  if (lua_isnil(L, 2)) {
    end_well(L, client, call);
    return 0;
  }
  call->state = CALL_FAILED;
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, 1, CALL_RESULT);
  if (client->polled && client->open) reactor_wake(&client->reactor);
  return 0;
}

/* abort(call) -> true: nothing more is done for it; or false when it has ended. */
int call_abort(lua_State *L) {
  struct call *call = call_check(L, 1);
  struct client *client = client_of(L, 1);
  bool under_way = call->state == CALL_UNDER_WAY;
  if (under_way && call->transfer.reactor && client->open && reactor_is_ours(&client->reactor)) {
    reactor_cancel(&client->reactor, &call->transfer);
    lua_getiuservalue(L, 1, CALL_CLIENT);
    lua_getiuservalue(L, -1, CLIENT_CALLS);
    luaL_unref(L, -1, call->transfer.reference);
    call->transfer.reference = LUA_NOREF;
    reactor_settle(&client->reactor);
  }
  lua_pushboolean(L, under_way);
  return 1;
}

/* problem(call) -> what it has failed with | nil */
int call_problem(lua_State *L) {
  struct call *call = call_check(L, 1);
  if (call->state != CALL_FAILED) return 0;
  lua_getiuservalue(L, 1, CALL_RESULT);
  return 1;
}

/* payload(call) -> what the answer of an attended call says | nil when it cannot be read */
int call_payload(lua_State *L) {
  struct call *call = call_check(L, 1);
  lua_settop(L, 1);
  if (!push_payload(L, call)) return 0;
  keep(L, 1, 2, CALL_RESULT);
  return 1;
}

/* row(call) -> the row of its plan */
int call_row(lua_State *L) {
  call_check(L, 1);
  lua_getiuservalue(L, 1, CALL_PLAN);
  plan_push_row(L);
  return 1;
}

/* release(call): Lua is done with its news. Of what was broken off before it was dealt with (a
 * coroutine was closed), the end is news again, and so is what else has come of a stream. */
int call_release(lua_State *L) {
  struct call *call = call_check(L, 1);
  struct transfer *transfer = &call->transfer;
  call->busy = false;
  if (call->state != CALL_UNDER_WAY || !transfer->reactor) return 0;
  if (transfer->state == TRANSFER_IDLE) {
    refer(L, 1, call);
    reactor_post(transfer->reactor, transfer);
  } else if (transfer->streamed) {
    reactor_remind(transfer->reactor, transfer);
  }
  reactor_settle(transfer->reactor);
  return 0;
}

/* clientOf(call) -> client */
int call_client(lua_State *L) {
  call_check(L, 1);
  lua_getiuservalue(L, 1, CALL_CLIENT);
  return 1;
}

/* headerLines(call) -> what is sent, for who sends it in libcurl's place. It has the token. */
int call_header_lines(lua_State *L) {
  const struct curl_slist *line = call_check(L, 1)->transfer.headers;
  lua_newtable(L);
  for (lua_Integer i = 1; line; line = line->next) {
    lua_pushstring(L, line->data);
    lua_rawseti(L, -2, i++);
  }
  return 1;
}

/* isDone(call) -> has it ended, well or not? */
int call_is_done(lua_State *L) {
  lua_pushboolean(L, call_check(L, 1)->state != CALL_UNDER_WAY);
  return 1;
}

/* The result. */

void call_push_text(lua_State *L, int index, struct call *call) {
  struct bytes *body = &call->transfer.response_body;
  if (lua_getiuservalue(L, index, CALL_TEXT) == LUA_TSTRING) return;
  lua_pop(L, 1);
  lua_pushlstring(L, body->length ? body->data : "", body->length);
  if (call->state == CALL_UNDER_WAY && call->transfer.state != TRANSFER_IDLE) return;
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, index, CALL_TEXT);
  bytes_free(body);
}

/* Push the body's JSON value, nil when it is none. [-0, +1, m] */
static void push_decoded(lua_State *L, struct call *call) {
  const struct bytes *body = &call->transfer.response_body;
  int place = lua_gettop(L) + 1;
  if (lua_getiuservalue(L, 1, CALL_TEXT) == LUA_TSTRING) {
    json_decode(L);
    lua_remove(L, place); /* the text */
  } else {
    lua_pop(L, 1);
    json_decode_bytes(L, body->length ? body->data : "", body->length);
  }
  lua_settop(L, place);
}

/* Push the payload; false, and anything, when the answer cannot be read. */
static bool push_payload(lua_State *L, struct call *call) {
  switch (call->plan->answer) {
  case ANSWER_NONE:
    lua_pushboolean(L, 1);
    return true;
  case ANSWER_JSON:
    if (!response_is_json(call)) return false;
    push_decoded(L, call);
    return lua_type(L, -1) == call->plan->payload;
  default:
    if (call->transfer.streamed) lua_pushboolean(L, 1);
    else call_push_text(L, 1, call);
    return true;
  }
}

/* Push the payload, read when it is first asked for. */
static bool push_result(lua_State *L, struct call *call) {
  if (call->state != CALL_DONE) return false;
  if (lua_getiuservalue(L, 1, CALL_RESULT) != LUA_TNIL) return true;
  lua_pop(L, 1);
  if (!push_payload(L, call)) return false;
  keep(L, 1, lua_gettop(L), CALL_RESULT);
  return true;
}

/* result(call) -> payload, call; or whatever Lua's `explain(call)` does about it. */
int call_result(lua_State *L) {
  struct call *call = call_check(L, 1);
  if (push_result(L, call)) {
    lua_pushvalue(L, 1);
    return 2;
  }
  lua_settop(L, 1);
  luaL_getmetafield(L, 1, "explain");
  lua_insert(L, 1);
  lua_call(L, 1, LUA_MULTRET);
  return lua_gettop(L);
}

/* The class. */

static int call_collect(lua_State *L) {
  struct call *call = call_check(L, 1);
  struct reactor *reactor = call->transfer.reactor;
  if (reactor && reactor_is_ours(reactor)) reactor_cancel(reactor, &call->transfer);
  call->transfer.reactor = NULL;
  transfer_free(&call->transfer);
  return 0;
}

/* What a plain call leaves behind when it is broken off is for Lua. */
static int call_close(lua_State *L) {
  struct call *call = call_check(L, 1);
  if (call->state != CALL_UNDER_WAY) return 0;
  lua_settop(L, 2);
  luaL_getmetafield(L, 1, "breakOff");
  lua_insert(L, 1);
  lua_call(L, 2, 0);
  return 0;
}

/* A method, or a field; of another name Lua's `misnamed` decides. */
static int call_index(lua_State *L) {
  struct call *call = call_check(L, 1);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  if (lua_type(L, 2) == LUA_TSTRING && response_field(L, 1, call, lua_tostring(L, 2))) return 1;
  lua_settop(L, 2);
  luaL_getmetafield(L, 1, "misnamed");
  lua_insert(L, 1);
  lua_call(L, 2, 1);
  return 1;
}

/* extend(methods, meta): what Lua has to add to the class. */
int call_extend(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_getmetatable(L, class);
  lua_getfield(L, -1, "methods");
  for (lua_pushnil(L); lua_next(L, 1); lua_settop(L, 5)) {
    lua_pushvalue(L, 5);
    lua_pushvalue(L, 6);
    lua_rawset(L, 4);
  }
  lua_settop(L, 3);
  for (lua_pushnil(L); lua_next(L, 2); lua_settop(L, 4)) {
    lua_pushvalue(L, 4);
    lua_pushvalue(L, 5);
    lua_rawset(L, 3);
  }
  return 0;
}

void call_class(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", call_collect}, {"__close", call_close}, {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"isDone", call_is_done}, {"result", call_result}, {NULL, NULL}};
  luaL_newmetatable(L, class);
  object_know(L, class);
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "methods");
  lua_pushcclosure(L, call_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
