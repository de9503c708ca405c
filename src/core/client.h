/* SPDX-License-Identifier: MIT */
/* A client: one reactor, with its own connections, as a Lua object. */
#ifndef HATHORA_CORE_CLIENT_H
#define HATHORA_CORE_CLIENT_H

#include <lua.h>

#include "core/plan.h"
#include "reactor/reactor.h"

/* What a client keeps alive: the calls under way, each at its own reference; the options, whose
 * strings the reactor borrows; what stands in for absent fields; the headers of calls of each kind
 * of security. */
enum {
  CLIENT_CALLS = 1,
  CLIENT_OPTIONS,
  CLIENT_DEFAULTS,
  CLIENT_HEADERS,
  CLIENT_LAST = CLIENT_HEADERS + SECURITY_PLAYER
};

struct client {
  struct reactor reactor;
  struct bytes url; /* of the request being written; begins with the base of them all */
  size_t base_length, origin_length;
  int64_t timeout; /* of a call that says none */
  size_t response_limit;
  size_t successes;   /* calls that ended well */
  size_t uncounted;   /* bytes that Lua's collector was not told of yet */
  bool allow_unknown; /* text that is no member of an enum */
  bool external;      /* not libcurl sends, but somebody else */
  bool watched;       /* Lua hears of every answer */
  bool polled;        /* others may be waiting on the descriptor for what a step has done */
  bool open;
};

void client_class(lua_State *L);

/* client(options) -> client. Options, each with a default: base (of every URL), origin (scheme and
 * authority, unless a proxy must be told the whole URL), defaults, userAgent, connectTimeout,
 * timeout and stepBudget in seconds, maxInFlight, maxResponseSize, caFile, unixSocket, http2,
 * direct, spin, allowUnknown, external, watched, polled. The userAgent goes with the calls that
 * have no headers prepared for them. */
int client_new(lua_State *L);

/* The open client at the index. [-0, +0, e] */
struct client *client_check(lua_State *L, int index);

/* onMisuse(f): f(message) is to raise what a client that cannot be used raises. */
int client_on_misuse(lua_State *L);

/* Have Lua's collector work as if so many bytes had been allocated by Lua: they are freed when an
 * object of Lua's is. [-0, +0, m] */
void client_count(lua_State *L, struct client *client, size_t bytes);

/* Seconds as nanoseconds; what is beyond 30 years is no limit. */
int64_t nanoseconds(lua_Number seconds);

#endif
