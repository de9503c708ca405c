/* SPDX-License-Identifier: MIT */
#include "core/call_private.h"

#include <string.h>

#include "core/row.h"

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
  call_expect_memory(L, bytes_append(&client->url, path, strlen(path)) == BYTES_OK);
  struct call *call = call_new(L, client, 0, CALL_ALL);
  struct transfer *transfer = &call->transfer;
  transfer->method = method;
  transfer->once = method != methods[0] && !row_flag(L, 2, "idempotent");
  transfer->streamed = row_flag(L, 2, "streamed");
  transfer->idle_limit = nanoseconds(row_number(L, 2, "idleTimeout", 0));
  transfer->deadline = poller_after(nanoseconds(row_number(L, 2, "timeout", 30)));
  call_keep(L, 7, 6, CALL_MORE);
  call_set_body(L, 7, 4, transfer);
  call_set_headers(L, 7, 5, call);
  call_go(L, 7, client, call);
  return 1;
}
