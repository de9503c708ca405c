/* SPDX-License-Identifier: MIT */
/* hathora.host.httpd: the HTTP server for Lua.
 *
 *   local daemon = httpd.listen { host = "127.0.0.1", port = 0, ... }
 *   daemon:descriptor(), daemon:timeout()     -- readable, or due: then
 *   daemon:run(function(request) ... end)      -- complete requests, to be answered
 *   for request, event in daemon.next, daemon do ... end
 *
 * The events are "request" (answer it with respond or stream), "offer" (it has a body: receive
 * that, and it comes again as a request; or answer at once), "drained" (a stream has room for the
 * next write) and "closed" (a stream is over). A daemon keeps the streams it tells of; a
 * request that is collected unanswered ends with its connection. */
#include <lauxlib.h>
#include <lua.h>
#include <netinet/in.h>
#include <unistd.h>

#include "class.h"
#include "http.h"
#include "listener.h"

#define DAEMON  "hathora.host.httpd.daemon"
#define REQUEST "hathora.host.httpd.request"

struct daemon {
  struct http_server *server; /* NULL once closed */
  bool running;
  lua_Integer port;
};

/* Its user value is its daemon's: the table of streams by exchange. */
struct request {
  struct http_exchange *exchange; /* NULL once it is over */
};

static struct daemon *check_daemon(lua_State *L) {
  struct daemon *daemon = luaL_checkudata(L, 1, DAEMON);
  luaL_argcheck(L, daemon->server != NULL, 1, "the daemon is closed");
  luaL_argcheck(L, !daemon->running, 1, "the daemon is running");
  return daemon;
}

/* A request's methods have its class as their upvalue: to look that up by name at each call takes
 * longer than most of them. */
static struct request *check_request(lua_State *L) {
  struct request *request = lua_touserdata(L, 1);
  bool is_one = request != NULL && lua_getmetatable(L, 1);
  is_one = is_one && lua_rawequal(L, -1, lua_upvalueindex(1));
  if (!is_one) luaL_checkudata(L, 1, REQUEST); /* raises */
  lua_pop(L, 1);
  return request;
}

static int give_gone(lua_State *L) {
  luaL_pushfail(L);
  lua_pushliteral(L, "the client is gone");
  return 2;
}

/* Options */

static lua_Integer option_integer(lua_State *L, const char *name, lua_Integer least,
                                  lua_Integer most) {
  int whole;
  lua_getfield(L, 1, name);
  lua_Integer value = lua_tointegerx(L, -1, &whole);
  if (!whole || value < least || value > most)
    luaL_error(L, "the option %s must be a whole number from %I to %I", name, (LUAI_UACINT)least,
               (LUAI_UACINT)most);
  lua_pop(L, 1);
  return value;
}

/* Leaves the text on the stack, which keeps it. */
static const char *option_text(lua_State *L, const char *name) {
  if (lua_getfield(L, 1, name) != LUA_TNIL && lua_type(L, -1) != LUA_TSTRING)
    luaL_error(L, "the option %s must be a string", name);
  return lua_tostring(L, -1);
}

static int64_t option_seconds(lua_State *L, const char *name) {
  lua_getfield(L, 1, name);
  lua_Number seconds = lua_tonumber(L, -1);
  if (!(seconds > 0 && seconds <= 3600))
    luaL_error(L, "the option %s must be in 0 to 3600 s", name);
  lua_pop(L, 1);
  return (int64_t)(seconds * 1000);
}

/*** Start a server.
 * @function listen
 * @tparam table options `host`, `port` (0: any that is free), `deadline` (seconds to send a
 *   request in, and to take an answer in), `silence` (of a web socket, in seconds), `connections`,
 * `connectionsPerAddress` (0: no limit of its own), `memory` (bytes of request line and headers),
 * `body` (bytes that are read beyond a body's limit, so that the refusal is heard), and for TLS
 * `certificate` and `key` (PEM text)
 * @treturn[1] daemon
 * @treturn[2] nil
 * @treturn[2] string why it cannot listen there
 */
static int httpd_listen(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  struct http_options options = {
      .deadline = option_seconds(L, "deadline"),
      .silence = option_seconds(L, "silence"),
      .connections = (unsigned)option_integer(L, "connections", 1, 1 << 20),
      .connections_per_address = (unsigned)option_integer(L, "connectionsPerAddress", 0, 1 << 20),
      .memory = (size_t)option_integer(L, "memory", 1024, 1 << 20),
      .body = (uint64_t)option_integer(L, "body", 0, 1 << 30),
      .certificate = option_text(L, "certificate"),
      .key = option_text(L, "key"),
  };
  const char *host = option_text(L, "host");
  uint16_t port = (uint16_t)option_integer(L, "port", 0, 65535);
  if (host == NULL) luaL_error(L, "the option host is missing");

  struct daemon *daemon = lua_newuserdatauv(L, sizeof *daemon, 1);
  *daemon = (struct daemon){0};
  luaL_setmetatable(L, DAEMON);
  lua_newtable(L);
  lua_setiuservalue(L, -2, 1);

  char problem[256];
  const char *reason = problem;
  options.listener = listener_open(host, port, &reason);
  if (options.listener >= 0) {
    daemon->port = listener_port(options.listener);
    daemon->server = http_start(&options, problem, sizeof problem);
    if (daemon->server == NULL) close(options.listener);
  }
  if (daemon->server != NULL) return 1;
  luaL_pushfail(L);
  lua_pushstring(L, reason);
  return 2;
}

/* Daemons */

/*** The descriptor to poll for reading. */
static int daemon_descriptor(lua_State *L) {
  lua_pushinteger(L, http_descriptor(check_daemon(L)->server));
  return 1;
}

/*** Seconds until `run` is due though the descriptor is quiet; nil for never. */
static int daemon_timeout(lua_State *L) {
  int64_t timeout = http_timeout(check_daemon(L)->server);
  if (timeout < 0) lua_pushnil(L);
  else lua_pushnumber(L, (lua_Number)timeout / 1000);
  return 1;
}

/*** Show another certificate from the next handshake on.
 * @function certify
 * @tparam string certificate PEM text
 * @tparam string key
 * @treturn[1] boolean true
 * @treturn[2] nil
 * @treturn[2] string why it cannot be used
 */
static int daemon_certify(lua_State *L) {
  struct daemon *daemon = check_daemon(L);
  const char *problem;
  if (http_certify(daemon->server, luaL_checkstring(L, 2), luaL_checkstring(L, 3), &problem)) {
    lua_pushboolean(L, true);
    return 1;
  }
  luaL_pushfail(L);
  lua_pushstring(L, problem);
  return 2;
}

/*** The port it listens on. */
static int daemon_port(lua_State *L) {
  lua_pushinteger(L, check_daemon(L)->port);
  return 1;
}

static int give_request(lua_State *L, struct http_exchange *exchange, const char *event) {
  struct request *request = lua_newuserdatauv(L, sizeof *request, 1);
  request->exchange = NULL;
  luaL_setmetatable(L, REQUEST);
  lua_getiuservalue(L, 1, 1);
  lua_setiuservalue(L, -2, 1);
  lua_pushstring(L, event);
  http_take(exchange);
  http_hold(exchange, &request->exchange);
  return 2;
}

/* With the daemon, who answers, and the exchange. */
static int answer_request(lua_State *L) {
  lua_pushvalue(L, 2);
  give_request(L, lua_touserdata(L, 3), "request");
  lua_call(L, 2, 0);
  return 0;
}

/* The stack has the daemon, who answers, and the first thing that was raised. */
static enum http_asked ask(void *context, struct http_exchange *exchange) {
  lua_State *L = context;
  lua_pushcfunction(L, answer_request);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_pushlightuserdata(L, exchange);
  bool failed = lua_pcall(L, 3, 0, 0) != LUA_OK;
  if (failed && lua_isnil(L, 3)) lua_replace(L, 3);
  else lua_settop(L, 3);
  return failed ? HTTP_END : http_is_waiting(exchange) ? HTTP_LATER : HTTP_SEND;
}

/*** Move every connection on, without waiting.
 * @tparam[opt] function answer called with each request that is complete and "request"; an answer
 *   that it gives is sent at once. Without it they come as events. It must not use the daemon.
 * @raise what the function raised first; its request ends with its connection
 */
static int daemon_run(lua_State *L) {
  struct daemon *daemon = check_daemon(L);
  lua_settop(L, 2);
  lua_pushnil(L);
  daemon->running = true;
  http_run(daemon->server, lua_isnil(L, 2) ? NULL : ask, L);
  daemon->running = false;
  return lua_isnil(L, 3) ? 0 : lua_error(L);
}

/*** What happened next.
 * @treturn ?request nil when nothing is left to tell
 * @treturn ?string "offer", "request", "drained" or "closed"
 */
static int daemon_next(lua_State *L) {
  struct http_exchange *exchange;
  lua_settop(L, 1);
  switch (http_next(check_daemon(L)->server, &exchange)) {
  case HTTP_OFFER:
    return give_request(L, exchange, "offer");
  case HTTP_REQUEST:
    return give_request(L, exchange, "request");
  case HTTP_DRAINED:
    lua_getiuservalue(L, 1, 1);
    lua_rawgetp(L, -1, exchange);
    lua_pushliteral(L, "drained");
    http_take(exchange);
    return 2;
  case HTTP_CLOSED:
    lua_getiuservalue(L, 1, 1);
    lua_rawgetp(L, -1, exchange);
    lua_pushliteral(L, "closed");
    lua_pushnil(L);
    lua_rawsetp(L, 2, exchange);
    http_release(exchange);
    return 2;
  case HTTP_NOTHING:
    break;
  }
  lua_pushnil(L);
  return 1;
}

/*** Close it and every connection. May be called again. */
static int daemon_close(lua_State *L) {
  struct daemon *daemon = luaL_checkudata(L, 1, DAEMON);
  luaL_argcheck(L, !daemon->running, 1, "the daemon is running");
  struct http_server *server = daemon->server;
  daemon->server = NULL;
  if (server != NULL) http_stop(server);
  return 0;
}

/* Requests */

/*** The method, such as "GET"; like all that is asked of a request, nil once it is over. */
static int request_method(lua_State *L) {
  const struct request *request = check_request(L);
  lua_pushstring(L, request->exchange != NULL ? http_head(request->exchange)->method : NULL);
  return 1;
}

/*** A header's value, or nil.
 * @tparam string name in any case
 */
static int request_header(lua_State *L) {
  const struct request *request = check_request(L);
  const char *name = luaL_checkstring(L, 2);
  lua_pushstring(L, request->exchange != NULL ? http_value(request->exchange, name) : NULL);
  return 1;
}

/*** Receive the body that is on offer. This request is over then, and comes again with its body.
 * @tparam integer limit the most bytes that it may have
 * @treturn boolean false when it says itself that it is longer, and is still to be answered
 */
static int request_receive(lua_State *L) {
  const struct request *request = check_request(L);
  lua_Integer limit = luaL_checkinteger(L, 2);
  luaL_argcheck(L, limit >= 0, 2, "a number of bytes expected");
  if (request->exchange == NULL) return give_gone(L);
  luaL_argcheck(L, http_is_offer(request->exchange), 1, "no body is on offer");
  lua_pushboolean(L, http_receive(request->exchange, (size_t)limit));
  return 1;
}

/*** The body, whatever its type; "" when there is none. */
static int request_body(lua_State *L) {
  const struct request *request = check_request(L);
  size_t size = 0;
  const char *body = request->exchange != NULL ? http_body(request->exchange, &size) : NULL;
  lua_pushlstring(L, body != NULL ? body : "", size);
  return 1;
}

/*** Who asks: an IPv4 address, or the network of an IPv6 one (64 bits). */
static int request_address(lua_State *L) {
  const struct request *request = check_request(L);
  char text[INET6_ADDRSTRLEN] = "";
  if (request->exchange != NULL) http_address(request->exchange, text, sizeof text);
  lua_pushstring(L, text);
  return 1;
}

/*** What every request is asked first, in one call.
 * @treturn[1] string the method
 * @treturn[1] string path and query as the client wrote them, nothing decoded
 * @treturn[1] string the Host header
 * @treturn[1] ?string the Origin header
 * @treturn[1] ?string the Upgrade header
 * @treturn[2] nil
 * @treturn[2] string what is wrong with the request as HTTP
 * @treturn[2] integer the status to refuse it with
 * @treturn[2] ?string the Origin header
 */
static int request_head(lua_State *L) {
  const struct request *request = check_request(L);
  unsigned status;
  if (request->exchange == NULL) return give_gone(L);
  const struct http_head *head = http_head(request->exchange);
  const char *fault = http_fault(request->exchange, &status);
  lua_pushstring(L, fault == NULL ? head->method : NULL);
  lua_pushstring(L, fault == NULL ? http_target(request->exchange) : fault);
  if (fault == NULL) lua_pushstring(L, head->host);
  else lua_pushinteger(L, status);
  lua_pushstring(L, head->origin);
  lua_pushstring(L, head->upgrade);
  return 5;
}

static unsigned check_status(lua_State *L) {
  lua_Integer status = luaL_checkinteger(L, 2);
  luaL_argcheck(L, status >= 200 && status <= 599, 2, "a status from 200 to 599 expected");
  return (unsigned)status;
}

/* Give the begun answer the headers in the table at 3. What is half done belongs to the
 * exchange, so raising is safe. */
static void add_headers(lua_State *L, struct http_exchange *exchange, bool begun) {
  if (!begun) luaL_error(L, "libmicrohttpd refuses this answer");
  lua_pushnil(L);
  while (lua_next(L, 3) != 0) {
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "headers must be strings named by strings");
    if (!http_answer_header(exchange, lua_tostring(L, -2), lua_tostring(L, -1)))
      luaL_error(L, "HTTP does not allow the header %s: %s", lua_tostring(L, -2),
                 lua_tostring(L, -1));
    lua_pop(L, 1);
  }
}

/*** Answer the request.
 * @tparam integer status
 * @tparam table headers values by name
 * @tparam ?string body
 * @treturn[1] boolean true
 * @treturn[2] nil
 * @treturn[2] string that the client is gone
 */
static int request_respond(lua_State *L) {
  struct request *request = check_request(L);
  size_t size;
  unsigned status = check_status(L);
  luaL_checktype(L, 3, LUA_TTABLE);
  const char *body = luaL_optlstring(L, 4, "", &size);
  if (request->exchange == NULL) return give_gone(L);
  luaL_argcheck(L, http_is_waiting(request->exchange), 1, "the request is answered already");
  add_headers(L, request->exchange, http_answer(request->exchange, status, body, size));
  http_answer_send(request->exchange);
  lua_pushboolean(L, true);
  return 1;
}

/*** Answer the request with a body that is written bit by bit, the first at the first "drained".
 * @tparam integer status
 * @tparam table headers values by name
 * @treturn[1] boolean true
 * @treturn[2] nil
 * @treturn[2] string that the client is gone
 */
static int request_stream(lua_State *L) {
  struct request *request = check_request(L);
  unsigned status = check_status(L);
  luaL_checktype(L, 3, LUA_TTABLE);
  if (request->exchange == NULL) return give_gone(L);
  luaL_argcheck(L, http_is_waiting(request->exchange), 1, "the request is answered already");
  add_headers(L, request->exchange, http_answer_stream(request->exchange, status));
  lua_getiuservalue(L, 1, 1);
  lua_pushvalue(L, 1);
  lua_rawsetp(L, -2, request->exchange);
  http_answer_send(request->exchange);
  lua_pushboolean(L, true);
  return 1;
}

/*** Answer a web socket's handshake; it gives back what it is sent.
 * @tparam table headers values by name
 * @treturn[1] boolean true
 * @treturn[2] nil
 * @treturn[2] string that the client is gone
 */
static int request_echo(lua_State *L) {
  struct request *request = check_request(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  if (request->exchange == NULL) return give_gone(L);
  luaL_argcheck(L, http_is_waiting(request->exchange), 1, "the request is answered already");
  lua_pushnil(L);
  lua_insert(L, 2);
  add_headers(L, request->exchange, http_answer_upgrade(request->exchange));
  http_answer_send(request->exchange);
  lua_pushboolean(L, true);
  return 1;
}

/*** Send more of a stream's body.
 * @tparam string text
 * @treturn[1] boolean true when it was taken; false when the last piece is still being sent, and
 *   nothing was taken: write it again at the next "drained"
 * @treturn[2] nil
 * @treturn[2] string that the client is gone
 */
static int request_write(lua_State *L) {
  struct request *request = check_request(L);
  size_t size;
  const char *text = luaL_checklstring(L, 2, &size);
  if (request->exchange == NULL) return give_gone(L);
  enum http_written written = http_write(request->exchange, text, size);
  if (written == HTTP_NO_MEMORY) return luaL_error(L, "not enough memory");
  lua_pushboolean(L, written == HTTP_TAKEN);
  return 1;
}

/*** End a stream once what was written has been sent. */
static int request_finish(lua_State *L) {
  struct request *request = check_request(L);
  if (request->exchange != NULL) http_finish(request->exchange);
  return 0;
}

static int request_gc(lua_State *L) {
  struct request *request = check_request(L);
  if (request->exchange != NULL) http_release(request->exchange);
  return 0;
}

static const luaL_Reg daemon_methods[] = {
    {"descriptor", daemon_descriptor},
    {"timeout", daemon_timeout},
    {"port", daemon_port},
    {"certify", daemon_certify},
    {"run", daemon_run},
    {"next", daemon_next},
    {"close", daemon_close},
    {NULL, NULL},
};

static const luaL_Reg request_methods[] = {
    {"method", request_method},   {"head", request_head},       {"header", request_header},
    {"address", request_address}, {"receive", request_receive}, {"body", request_body},
    {"stream", request_stream},   {"echo", request_echo},       {"write", request_write},
    {"respond", request_respond}, {"finish", request_finish},   {NULL, NULL},
};

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_httpd(lua_State *L);

int luaopen_hathora_host_httpd(lua_State *L) {
  static const luaL_Reg functions[] = {{"listen", httpd_listen}, {NULL, NULL}};
  luaL_checkversion(L);
  new_class(L, DAEMON, daemon_methods, daemon_close);
  new_class(L, REQUEST, request_methods, request_gc);
  luaL_newlib(L, functions);
  return 1;
}
