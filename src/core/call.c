/* SPDX-License-Identifier: MIT */
#include "core/call_private.h"

#include <string.h>

#include "core/json.h"
#include "core/object.h"
#include "core/response.h"
#include "core/row.h"

const char call_class_name[] = "hathora.call";

enum {
  URL_LIMIT = 1000 * 1000, /* libcurl takes 1 MiB for all of a request's head */
  KEPT_IN_C = 4096,        /* bytes of a body that Lua's collector need not know of */
};

struct call *call_check(lua_State *L, int index) {
  return object_check(L, index, call_class_name);
}

enum transfer_sent call_sent(const struct call *call) {
  return call->sent > call->transfer.sent ? call->sent : call->transfer.sent;
}

/* Starting. */

/* Have the client keep the call until there is news of its end. [-0, +0, m] */
void call_refer(lua_State *L, int index, struct call *call) {
  lua_getiuservalue(L, index, CALL_CLIENT);
  lua_getiuservalue(L, -1, CLIENT_CALLS);
  lua_pushvalue(L, index);
  call->transfer.reference = luaL_ref(L, -2);
  lua_pop(L, 2);
}

void call_go(lua_State *L, int index, struct client *client, struct call *call) {
  call_refer(L, index, call);
  call_expect_memory(L, reactor_start(&client->reactor, &call->transfer));
  reactor_settle(&client->reactor);
}

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

/* client:start(level, plan, request, options|nil, body|nil, more|nil, headers|nil) -> call | nil
 * when the request or an option is not right: it has looked, not judged. `level` is the user's
 * program on Lua's stack. `more` is a table that the call keeps: `attended` in it has Lua judge
 * every answer, `held` has nothing sent. With `headers` these alone are sent. */
int call_start(lua_State *L) {
  struct client *client = client_check(L, 1);
  const struct plan *plan = plan_check(L, PLAN);
  struct call_options options = {.timeout = client->timeout};
  lua_settop(L, HEADERS);
  if (plan->has_body && !call_has(L, BODY)) return 0;
  if (!call_read_options(L, OPTIONS, plan, &options) || !write_url(L, client)) return 0;
  struct call *call = call_make(L, client, plan, &options);
  if (call_has(L, MORE)) {
    call_keep(L, CALL, MORE, CALL_MORE);
    call->attended = row_flag(L, MORE, "attended");
    if (row_flag(L, MORE, "held")) return 1;
  }
  call_go(L, CALL, client, call);
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
  if (!call->own_headers) call_prepare_headers(L, 2, 1, call);
  call_go(L, 2, client, call);
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
  call_refer(L, lua_gettop(L), call);
  call->transfer.sent = TRANSFER_SENT_MAYBE;
  call_expect_memory(L, reactor_hold(&client->reactor, &call->transfer));
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

/* Ending. */

static struct client *client_of(lua_State *L, int index) {
  lua_getiuservalue(L, index, CALL_CLIENT);
  struct client *client = object_at(L, -1);
  lua_pop(L, 1);
  return client;
}

/* settle(call, problem|nil, later): it has ended, well or with a problem. `later` has the next turn
 * hand up that it is done. */
int call_settle(lua_State *L) {
  struct call *call = call_check(L, 1);
  struct client *client = client_of(L, 1);
  lua_settop(L, 3);
  if (lua_toboolean(L, 3) && call->has_done && client->open) {
    call_refer(L, 1, call);
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
bool call_push_payload(lua_State *L, struct call *call) {
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
  if (!call_push_payload(L, call)) return false;
  call_keep(L, 1, lua_gettop(L), CALL_RESULT);
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
  luaL_getmetatable(L, call_class_name);
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
  luaL_newmetatable(L, call_class_name);
  object_know(L, call_class_name);
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
