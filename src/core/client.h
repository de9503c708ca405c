/* SPDX-License-Identifier: MIT */
/* A client: one reactor, with its own connections, as a Lua object. */
#ifndef HATHORA_CORE_CLIENT_H
#define HATHORA_CORE_CLIENT_H

#include <lua.h>

void client_class(lua_State *L);

/* client(options) -> client. Options, all but the first two with a default: userAgent,
 * connectTimeout and stepBudget in seconds, maxInFlight, caFile, unixSocket, http2, direct, spin.
 */
int client_new(lua_State *L);

#endif
