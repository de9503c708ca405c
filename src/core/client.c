/* SPDX-License-Identifier: MIT */
#include "core/client.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/object.h"
#include "core/transfer.h"
#include "reactor/reactor.h"

static const char class[] = "hathora.client";

/* The list of transfers under way, each at its own reference: the client keeps them alive. And
 * the options, whose strings the reactor borrows. */
enum { CLIENT_TRANSFERS = 1, CLIENT_OPTIONS };

struct client {
  struct reactor reactor;
  const char *origin; /* NULL when URLs go to libcurl whole */
  size_t origin_length;
  bool open;
};

static struct client *check(lua_State *L) {
  struct client *client = luaL_checkudata(L, 1, class);
  if (!client->open) luaL_error(L, "this sdk is closed");
  if (!reactor_is_ours(&client->reactor))
    luaL_error(L, "this sdk belongs to another process: make one after the fork");
  return client;
}

/* Seconds as nanoseconds; what is beyond 30 years is no limit. */
static int64_t nanoseconds(lua_Number seconds) {
  if (seconds >= 1e9) return POLLER_NEVER;
  return seconds > 0 ? (int64_t)ceil(seconds * 1e9) : 0;
}

/* Seconds as the milliseconds of a libcurl option; what is beyond 24 days is 24 days. */
static long milliseconds(lua_Number seconds) {
  lua_Number rounded = ceil(seconds * 1e3);
  return rounded < INT_MAX ? (rounded > 0 ? (long)rounded : 0) : INT_MAX;
}

/* The options' table, which is kept, has the string: a number would become one only here. */
static const char *string_option(lua_State *L, const char *name) {
  int type = lua_getfield(L, 1, name);
  if (type != LUA_TNIL && type != LUA_TSTRING) luaL_error(L, "%s must be a string", name);
  const char *value = lua_tostring(L, -1);
  lua_pop(L, 1);
  return value;
}

static lua_Number number_option(lua_State *L, const char *name, lua_Number otherwise) {
  lua_getfield(L, 1, name);
  lua_Number value = luaL_optnumber(L, -1, otherwise);
  lua_pop(L, 1);
  return value;
}

static bool flag_option(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  bool value = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return value;
}

static void read_options(lua_State *L, struct reactor *reactor) {
  reactor->settings = (struct easy_settings){
      .user_agent = string_option(L, "userAgent"),
      .ca_file = string_option(L, "caFile"),
      .unix_socket = string_option(L, "unixSocket"),
      .http2 = flag_option(L, "http2"),
      .direct = flag_option(L, "direct"),
      .connect_timeout = milliseconds(number_option(L, "connectTimeout", 5)),
  };
  reactor->in_flight_limit = (size_t)fmin(fmax(number_option(L, "maxInFlight", 64), 1), INT_MAX);
  reactor->spin = flag_option(L, "spin");
  reactor->budget = nanoseconds(number_option(L, "stepBudget", 0.0005));
}

static void read_origin(lua_State *L, struct client *client) {
  const char *origin = client->origin = string_option(L, "origin");
  if (!origin) return;
  client->origin_length = strlen(origin);
  CURLU *parts = client->reactor.settings.origin = curl_url();
  if (!parts) luaL_error(L, "not enough memory");
  CURLUcode code = curl_url_set(parts, CURLUPART_URL, origin, 0);
  if (code != CURLUE_OK) luaL_error(L, "%s is no origin: %s", origin, curl_url_strerror(code));
}

int client_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  struct client *client = object_new(L, class, sizeof *client, CLIENT_OPTIONS);
  client->reactor.poller.descriptor = client->reactor.poller.timer = -1;
  read_options(L, &client->reactor);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, CLIENT_OPTIONS);
  lua_newtable(L);
  lua_setiuservalue(L, -2, CLIENT_TRANSFERS);
  client->open = true;
  int error = reactor_open(&client->reactor);
  if (error) return luaL_error(L, "cannot open an event descriptor: %s", strerror(error));
  read_origin(L, client);
  return 1;
}

static int client_close(lua_State *L) {
  struct client *client = luaL_checkudata(L, 1, class);
  if (client->open) reactor_close(&client->reactor);
  client->open = false;
  return 0;
}

/* Start the transfer at the top, kept alive until it is handed up. [-0, +0, e] */
static void start(lua_State *L, struct client *client, struct transfer *transfer) {
  lua_getiuservalue(L, 1, CLIENT_TRANSFERS);
  lua_pushvalue(L, -2);
  transfer->reference = luaL_ref(L, -2);
  lua_pop(L, 1);
  if (!reactor_start(&client->reactor, transfer)) luaL_error(L, "not enough memory");
  reactor_settle(&client->reactor);
}

/* Let go of a transfer, which the list of them at the top has. [-0, +0, -] */
static void drop(lua_State *L, struct transfer *transfer) {
  luaL_unref(L, -1, transfer->reference);
  transfer->reference = LUA_NOREF;
}

/* When something is to begin that shall wait so many seconds; 0 for at once. */
static int64_t start_after(lua_Number delay) {
  return delay > 0 ? poller_after(nanoseconds(delay)) : 0;
}

/* client:send(owner, method, url, headers, body|nil, once, bodyLimit, deadline, delay, streamed,
 * idleLimit)
 * -> transfer. The owner is what step gives back; the deadline is a time of now(). */
static int client_send(lua_State *L) {
  struct client *client = check(L);
  lua_settop(L, 12); /* what is left out is nil, not what is pushed below */
  const char *url = luaL_checkstring(L, 4);
  lua_Integer limit = luaL_checkinteger(L, 8);
  lua_Number deadline = luaL_checknumber(L, 9), delay = luaL_optnumber(L, 10, 0);
  lua_Number idle_limit = luaL_optnumber(L, 12, 0);
  struct transfer *transfer = transfer_new(L, 3);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, TRANSFER_CLIENT);
  lua_pushvalue(L, 2);
  lua_setiuservalue(L, -2, TRANSFER_OWNER);
  transfer->reactor = &client->reactor;
  if (client->origin) {
    luaL_argcheck(L, strncmp(url, client->origin, client->origin_length) == 0, 4,
                  "must begin with the client's origin");
    transfer->target = url + client->origin_length;
  }
  transfer->once = lua_toboolean(L, 7);
  transfer->response_body.ceiling = (size_t)limit;
  transfer->deadline = nanoseconds(deadline);
  transfer->start_at = start_after(delay);
  transfer->streamed = lua_toboolean(L, 11);
  transfer->idle_limit = nanoseconds(idle_limit);
  start(L, client, transfer);
  return 1;
}

/* client:resend(transfer, delay, fresh): the same request once more, with the deadline
 * it had. */
static int client_resend(lua_State *L) {
  struct client *client = check(L);
  struct transfer *transfer = transfer_check(L, 2);
  lua_Number delay = luaL_checknumber(L, 3);
  if (transfer->reactor != &client->reactor || transfer->state != TRANSFER_IDLE)
    return luaL_error(L, "only a finished transfer of this client can be sent again");
  transfer->start_at = start_after(delay);
  transfer->fresh = lua_toboolean(L, 4);
  lua_pushvalue(L, 2);
  lua_pushnil(L);
  lua_setiuservalue(L, 2, TRANSFER_TEXT);
  start(L, client, transfer);
  return 0;
}

static int client_cancel(lua_State *L) {
  struct client *client = check(L);
  struct transfer *transfer = transfer_check(L, 2);
  if (transfer->reactor != &client->reactor) return 0;
  reactor_cancel(&client->reactor, transfer);
  lua_getiuservalue(L, 1, CLIENT_TRANSFERS);
  drop(L, transfer);
  reactor_settle(&client->reactor);
  return 0;
}

/* Hand up the owner of one transfer that has finished, or whose stream has something new, or nil
 * once there is none. Nothing here can fail, so none is lost. [-0, +1, -] */
static int hand_up(lua_State *L, struct client *client) {
  struct transfer *transfer = reactor_take(&client->reactor);
  if (!transfer) {
    reactor_settle(&client->reactor);
    lua_pushnil(L);
    return 1;
  }
  lua_getiuservalue(L, 1, CLIENT_TRANSFERS);
  lua_rawgeti(L, -1, transfer->reference);
  lua_getiuservalue(L, -1, TRANSFER_OWNER);
  lua_replace(L, -2);
  lua_insert(L, -2);
  if (transfer->state != TRANSFER_ACTIVE) drop(L, transfer);
  lua_pop(L, 1);
  return 1;
}

/* client:step(seconds) -> the owner of a transfer with news | nil */
static int client_step(lua_State *L) {
  struct client *client = check(L);
  reactor_step(&client->reactor, nanoseconds(luaL_checknumber(L, 2)));
  return hand_up(L, client);
}

/* client:next() -> another owner | nil, also when the step's time is used up, or the client was
 * closed meanwhile */
static int client_next(lua_State *L) {
  struct client *client = luaL_checkudata(L, 1, class);
  if (client->open && !reactor_is_spent(&client->reactor)) return hand_up(L, client);
  if (client->open) reactor_settle(&client->reactor);
  lua_pushnil(L);
  return 1;
}

static int client_pollfd(lua_State *L) {
  lua_pushinteger(L, reactor_descriptor(&check(L)->reactor));
  return 1;
}

/* client:due() -> seconds until there is something to do | nil */
static int client_due(lua_State *L) {
  int64_t due = reactor_due(&check(L)->reactor);
  if (due == POLLER_NEVER) return 0;
  int64_t left = due ? due - poller_now() : 0;
  lua_pushnumber(L, left > 0 ? (lua_Number)left / 1e9 : 0);
  return 1;
}

static int client_wake(lua_State *L) {
  reactor_wake(&check(L)->reactor);
  return 0;
}

static int client_in_flight(lua_State *L) {
  struct reactor *reactor = &check(L)->reactor;
  lua_pushinteger(L, (lua_Integer)reactor_in_flight(reactor));
  return 1;
}

void client_class(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"send", client_send},
      {"resend", client_resend},
      {"cancel", client_cancel},
      {"step", client_step},
      {"next", client_next},
      {"pollfd", client_pollfd},
      {"due", client_due},
      {"wake", client_wake},
      {"inFlight", client_in_flight},
      {"close", client_close},
      {NULL, NULL},
  };
  static const luaL_Reg meta[] = {{"__gc", client_close}, {"__close", client_close}, {NULL, NULL}};
  object_class(L, class, methods, meta);
}
