/* SPDX-License-Identifier: MIT */
#include "core/client.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "core/call.h"
#include "core/headers.h"
#include "core/object.h"
#include "core/row.h"

static const char class[] = "hathora.client";

/* Where the registry keeps what raises; only the address counts. */
static const char misuse_key;

int client_on_misuse(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &misuse_key);
  return 0;
}

static void refuse(lua_State *L, const char *message) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &misuse_key) == LUA_TFUNCTION) {
    lua_pushstring(L, message);
    lua_call(L, 1, 0);
  }
  luaL_error(L, "the client %s", message);
}

struct client *client_check(lua_State *L, int index) {
  struct client *client = object_check(L, index, class);
  if (!client->open) refuse(L, "is closed");
  if (!reactor_is_ours(&client->reactor))
    refuse(L, "belongs to another process: make one after the fork");
  return client;
}

int64_t nanoseconds(lua_Number seconds) {
  if (seconds >= 1e9) return POLLER_NEVER;
  return seconds > 0 ? (int64_t)ceil(seconds * 1e9) : 0;
}

/* Seconds as the milliseconds of a libcurl option; what is beyond 24 days is 24 days. */
static long milliseconds(lua_Number seconds) {
  lua_Number rounded = ceil(seconds * 1e3);
  return rounded < INT_MAX ? (rounded > 0 ? (long)rounded : 0) : INT_MAX;
}

/* Else the collector would wait for calls to come to as much memory as what they keep unseen. One
 * that the program has stopped stays so. */
void client_count(lua_State *L, struct client *client, size_t bytes) {
  enum { STEP = 16 };
  client->uncounted += bytes;
  if (client->uncounted < STEP * 1024) return;
  client->uncounted -= STEP * 1024;
  if (lua_gc(L, LUA_GCISRUNNING)) lua_gc(L, LUA_GCSTEP, STEP);
}

/* Making one. */

static void read_reactor_options(lua_State *L, struct reactor *reactor) {
  reactor->settings = (struct easy_settings){
      .ca_file = row_text(L, 1, "caFile", NULL),
      .unix_socket = row_text(L, 1, "unixSocket", NULL),
      .http2 = row_flag(L, 1, "http2"),
      .direct = row_flag(L, 1, "direct"),
      .connect_timeout = milliseconds(row_number(L, 1, "connectTimeout", 5)),
  };
  reactor->in_flight_limit = (size_t)fmin(fmax(row_number(L, 1, "maxInFlight", 64), 1), INT_MAX);
  reactor->spin = row_flag(L, 1, "spin");
  reactor->budget = nanoseconds(row_number(L, 1, "stepBudget", 0.0005));
}

static void read_client_options(lua_State *L, struct client *client) {
  client->timeout = nanoseconds(row_number(L, 1, "timeout", 30));
  client->response_limit = (size_t)row_number(L, 1, "maxResponseSize", 8 * 1024 * 1024);
  client->allow_unknown = row_flag(L, 1, "allowUnknown");
  client->external = row_flag(L, 1, "external");
  client->watched = row_flag(L, 1, "watched");
  client->polled = row_flag(L, 1, "polled");
}

/* What all URLs begin with. */
static void read_base(lua_State *L, struct client *client) {
  const char *base = row_text(L, 1, "base", "");
  client->base_length = strlen(base);
  client->url.ceiling = SIZE_MAX;
  if (bytes_append(&client->url, base, client->base_length) != BYTES_OK)
    luaL_error(L, "not enough memory");
}

static void read_origin(lua_State *L, struct client *client) {
  const char *origin = row_text(L, 1, "origin", NULL);
  if (!origin) return;
  client->origin_length = strlen(origin);
  if (strncmp(row_text(L, 1, "base", ""), origin, client->origin_length) != 0)
    luaL_error(L, "the base must begin with the origin");
  CURLU *parts = client->reactor.settings.origin = curl_url();
  if (!parts) luaL_error(L, "not enough memory");
  CURLUcode code = curl_url_set(parts, CURLUPART_URL, origin, 0);
  if (code != CURLUE_OK) luaL_error(L, "%s is no origin: %s", origin, curl_url_strerror(code));
}

/* Have calls of all kinds send the headers at the top. [-1, +0, -] */
static void keep_headers(lua_State *L) {
  for (int place = CLIENT_HEADERS; place <= CLIENT_LAST; place++) {
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 2, place);
  }
  lua_pop(L, 1);
}

/* libcurl writes a User-Agent that it is told by its option twice for each request, so ours is a
 * header as others are. To a proxy that passes bytes on it goes by itself. */
static void make_headers(lua_State *L, struct client *client) {
  const char *agent = row_text(L, 1, "userAgent", NULL);
  if (agent) agent = lua_pushfstring(L, "User-Agent: %s", agent);
  headers_push(L, agent, NULL);
  if (client->reactor.settings.origin)
    client->reactor.settings.proxy_headers = headers_check(L, -1);
  keep_headers(L);
  lua_settop(L, 2);
}

static void keep_tables(lua_State *L) {
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 2, CLIENT_OPTIONS);
  lua_newtable(L);
  lua_setiuservalue(L, 2, CLIENT_CALLS);
  if (lua_getfield(L, 1, "defaults") != LUA_TTABLE) lua_newtable(L);
  lua_setiuservalue(L, 2, CLIENT_DEFAULTS);
  lua_settop(L, 2);
}

int client_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  struct client *client = object_new(L, class, sizeof *client, CLIENT_LAST);
  client->reactor.poller.descriptor = client->reactor.poller.timer = -1;
  read_reactor_options(L, &client->reactor);
  read_client_options(L, client);
  keep_tables(L);
  client->open = true;
  int error = reactor_open(&client->reactor);
  if (error) return luaL_error(L, "cannot open an event descriptor: %s", strerror(error));
  read_base(L, client);
  read_origin(L, client);
  make_headers(L, client);
  return 1;
}

/* Methods. */

/* client:authorize(kind, line|nil): the header that is sent from now on with the calls that need a
 * token of this kind. */
static int client_authorize(lua_State *L) {
  client_check(L, 1);
  int kind = luaL_checkoption(L, 2, NULL, plan_securities);
  const char *line = luaL_optstring(L, 3, NULL);
  lua_getiuservalue(L, 1, CLIENT_HEADERS);
  headers_push(L, headers_first(object_at(L, -1)), line);
  lua_setiuservalue(L, 1, CLIENT_HEADERS + kind);
  return 0;
}

/* client:successes() -> how many calls have ended well so far */
static int client_successes(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)client_check(L, 1)->successes);
  return 1;
}

static int client_close(lua_State *L) {
  struct client *client = object_check(L, 1, class);
  if (client->open) reactor_close(&client->reactor);
  client->open = false;
  bytes_free(&client->url);
  return 0;
}

/* The next call there is something to do about. What the step's time does not allow is left to the
 * next step. Nothing is lost when memory runs out in here: the call has its end. */
static int advance(lua_State *L, struct client *client) {
  struct transfer *transfer;
  int count = 0;
  while (!count && (transfer = reactor_take(&client->reactor))) {
    count = call_advance(L, client, (struct call *)transfer);
    if (reactor_is_spent(&client->reactor)) break;
  }
  reactor_settle(&client->reactor); /* what Lua does about it may yield to who polls */
  return count;
}

/* client:turn(seconds) -> call, event, onDone | nothing: make a step, and say what Lua has to do
 * first. client:turn() -> the same: what comes next of that step; nothing also when its time is
 * used up, or the client was closed meanwhile: then there is nothing left. */
static int client_turn(lua_State *L) {
  if (!lua_isnoneornil(L, 2)) {
    struct client *client = client_check(L, 1);
    reactor_step(&client->reactor, nanoseconds(luaL_checknumber(L, 2)));
    return advance(L, client);
  }
  struct client *client = object_check(L, 1, class);
  if (!reactor_is_spent(&client->reactor)) return advance(L, client);
  reactor_settle(&client->reactor);
  return 0;
}

/* client:await(call) -> a call, event, onDone | nothing once this one has ended: move everything on
 * until then, or until Lua has something to do; "held" when no step can end it. */
static int client_await(lua_State *L) {
  struct client *client = object_check(L, 1, class);
  const struct call *call = call_check(L, 2);
  if (!client->open && call->state != CALL_UNDER_WAY) return 0; /* closed by a callback */
  client_check(L, 1);
  for (;;) {
    int count = advance(L, client);
    if (count || call->state != CALL_UNDER_WAY) return count;
    if (call_held(call)) {
      client_check(L, 1); /* a finalizer may have closed it */
      lua_pushvalue(L, 2);
      lua_pushliteral(L, "held");
      return 2;
    }
    reactor_step(&client->reactor, POLLER_NEVER);
  }
}

static int client_pollfd(lua_State *L) {
  lua_pushinteger(L, reactor_descriptor(&client_check(L, 1)->reactor));
  return 1;
}

/* client:due() -> seconds until there is something to do | nil */
static int client_due(lua_State *L) {
  int64_t due = reactor_due(&client_check(L, 1)->reactor);
  if (due == POLLER_NEVER) return 0;
  int64_t left = due ? due - poller_now() : 0;
  lua_pushnumber(L, left > 0 ? (lua_Number)left / 1e9 : 0);
  return 1;
}

static int client_in_flight(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)reactor_in_flight(&client_check(L, 1)->reactor));
  return 1;
}

void client_class(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"start", call_start},
      {"send", call_send},
      {"again", call_again},
      {"poll", call_poll},
      {"answer", call_answer},
      {"turn", client_turn},
      {"await", client_await},
      {"authorize", client_authorize},
      {"successes", client_successes},
      {"pollfd", client_pollfd},
      {"due", client_due},
      {"inFlight", client_in_flight},
      {"close", client_close},
      {NULL, NULL},
  };
  static const luaL_Reg meta[] = {{"__gc", client_close}, {"__close", client_close}, {NULL, NULL}};
  object_class(L, class, methods, meta);
}
