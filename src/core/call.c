/* SPDX-License-Identifier: MIT */
#include "core/call_private.h"

#include "core/json.h"
#include "core/response.h"
#include "core/row.h"

enum {
  URL_LIMIT = 1000 * 1000, /* libcurl takes 1 MiB for all of a request's head */
  KEPT_IN_C = 4096,        /* bytes of a body that is no string of Lua before it is asked for */
};

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

static int keep_text(lua_State *L) {
  call_push_text(L, 1, call_check(L, 1));
  return 0;
}

void call_end_well(lua_State *L, int index, struct client *client, struct call *call) {
  call->state = CALL_DONE;
  client->successes++;
  if (client->polled && client->open) reactor_wake(&client->reactor);
  struct bytes *body = &call->transfer.response_body;
  if (call->transfer.streamed) bytes_free(body); /* it was handed on */
  if (body->length <= KEPT_IN_C) {
    client_count(L, client, body->capacity);
    return;
  }
  lua_pushcfunction(L, keep_text); /* without memory for it there is still its end to hand up */
  lua_pushvalue(L, index);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) lua_pop(L, 1);
}

/* The event there is, NULL when Lua has nothing to do. The call is at the top. */
static const char *event_of(lua_State *L, struct client *client, struct call *call) {
  struct transfer *transfer = &call->transfer;
  if (call->state != CALL_UNDER_WAY) return call->has_done ? "done" : NULL;
  if (transfer->external && transfer->outcome == TRANSFER_NONE) {
    call_hand_over(L, client, call);
    return "send";
  }
  if (transfer->streamed || !call->plan) {
    bool busy = call->busy;
    call->busy = transfer->streamed;
    return busy ? NULL : "data";
  }
  if (!is_answered_well(call)) return "failed";
  if (call->attended || client->watched) return "answered";
  call_end_well(L, lua_gettop(L), client, call);
  return call->has_done ? "done" : NULL;
}

int call_advance(lua_State *L, struct client *client, struct call *call) {
  push_referred(L, call);
  const char *event = event_of(L, client, call);
  if (!event) {
    lua_pop(L, 1);
    return 0;
  }
  lua_pushstring(L, event);
  lua_getiuservalue(L, -2, CALL_ON_DONE);
  return 3;
}

/* The result. */

void call_push_text(lua_State *L, int index, struct call *call) {
  struct bytes *body = &call->transfer.response_body;
  if (lua_getiuservalue(L, index, CALL_TEXT) == LUA_TSTRING) return;
  lua_pop(L, 1);
  lua_pushlstring(L, body->length ? body->data : "", body->length);
  if (call->state == CALL_UNDER_WAY && call->transfer.state != TRANSFER_IDLE) return;
  if (call->reading) return;
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
    bool before = call->reading;
    call->reading = true; /* a finalizer may ask for the text, which would free the bytes */
    json_decode_bytes(L, body->length ? body->data : "", body->length);
    call->reading = before;
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
