/* SPDX-License-Identifier: MIT */
/* What Lua asks and says of a call that it attends to. */
#include "core/call_private.h"

#include "core/object.h"

/* take(call) -> what has come of a stream since the last take | nil when nothing has: then the
 * next piece is news again. */
int call_take(lua_State *L) {
  struct call *call = call_check(L, 1);
  struct bytes *body = &call->transfer.response_body;
  call->busy = call->state == CALL_UNDER_WAY && call->transfer.streamed &&
               transfer_succeeds(&call->transfer) && body->length > 0;
  if (!call->busy) return 0;
  size_t length = body->length;
  lua_pushlstring(L, body->data, length);
  bytes_drop(body, length); /* a finalizer may have made a step, which brought more */
  call->delivered = true;
  return 1;
}

/* outcome(call) -> how its last attempt ended, "none" while it is under way; and what libcurl said
 * of it. */
int call_outcome(lua_State *L) {
  static const char *const outcomes[] = {"none",    "answered", "failed",
                                         "timeout", "tooLarge", "noMemory"};
  struct call *call = call_check(L, 1);
  lua_pushstring(L, outcomes[call->transfer.outcome]);
  lua_pushstring(L, call->transfer.message ? call->transfer.message : "");
  return 2;
}

/* Have another than libcurl send it, until the deadline. */
void call_hand_over(lua_State *L, struct client *client, struct call *call) {
  call_refer(L, lua_gettop(L), call);
  call->transfer.sent = TRANSFER_SENT_MAYBE;
  call_expect_memory(L, reactor_hold(&client->reactor, &call->transfer));
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
  if (transfer->state != TRANSFER_WAITING) return 0;
  if (call_has(L, 3)) {
    transfer->status = (int)luaL_checkinteger(L, 3);
    transfer->sent = TRANSFER_SENT_YES;
    transfer->outcome = TRANSFER_ANSWERED;
    take_in(transfer, &transfer->response_headers, L, 4);
    take_in(transfer, &transfer->response_body, L, 5);
  } else {
    transfer->outcome = TRANSFER_FAILED;
    transfer_say(transfer, luaL_checkstring(L, 4));
  }
  reactor_post(&client->reactor, transfer);
  return 0;
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
  if (!call_push_payload(L, call)) return 0;
  if (call->state == CALL_UNDER_WAY) call_keep(L, 1, 2, CALL_RESULT); /* no finalizer ended it */
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
    call_refer(L, 1, call);
    reactor_post(transfer->reactor, transfer);
  } else if (transfer->streamed) {
    reactor_remind(transfer->reactor, transfer);
  }
  reactor_settle(transfer->reactor);
  return 0;
}

enum transfer_sent call_sent(const struct call *call) {
  return call->sent > call->transfer.sent ? call->sent : call->transfer.sent;
}

bool call_held(const struct call *call) {
  return call->state == CALL_UNDER_WAY && (call->busy || call->transfer.state == TRANSFER_IDLE);
}

/* isHeld(call) -> is a callback being told of it, so that no step can move it on? */
int call_is_held(lua_State *L) {
  lua_pushboolean(L, call_held(call_check(L, 1)));
  return 1;
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

/* Ending it. */

static struct client *client_of(lua_State *L, int index) {
  lua_getiuservalue(L, index, CALL_CLIENT);
  struct client *client = object_at(L, -1);
  lua_pop(L, 1);
  return client;
}

/* settle(call, problem|nil, later) -> true: it has ended, well or with a problem; false when it had
 * failed already. `later` has the next turn hand up that it is done. */
int call_settle(lua_State *L) {
  struct call *call = call_check(L, 1);
  struct client *client = client_of(L, 1);
  lua_settop(L, 3);
  lua_pushboolean(L, call->state != CALL_FAILED);
  if (call->state == CALL_FAILED) return 1;
  bool ours = client->open && reactor_is_ours(&client->reactor);
  if (lua_toboolean(L, 3) && call->has_done && ours) {
    call_refer(L, 1, call);
    reactor_post(&client->reactor, &call->transfer);
    reactor_settle(&client->reactor);
  }
  if (lua_isnil(L, 2)) {
    call_end_well(L, 1, client, call);
    return 1;
  }
  call->state = CALL_FAILED;
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, 1, CALL_RESULT);
  if (client->polled && ours) reactor_wake(&client->reactor);
  return 1;
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
