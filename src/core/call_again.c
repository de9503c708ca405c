/* SPDX-License-Identifier: MIT */
/* A call tried once more. */
#include "core/call_private.h"

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

/* client:poll(call, delay, timeout): ask the same anew, which may take so many seconds in all. */
int call_poll(lua_State *L) {
  struct client *client;
  struct call *call = check_own(L, &client);
  call->attempts = 1;
  call->transfer.fresh = false;
  call->transfer.deadline = poller_after(nanoseconds(luaL_checknumber(L, 4)));
  send_again(L, client, call, 3);
  return 0;
}
