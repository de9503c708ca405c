/* SPDX-License-Identifier: MIT */
/* A call's fields: of its request, and of the response once there is one. Each is worked out when
 * it is asked for. */
#ifndef HATHORA_CORE_RESPONSE_H
#define HATHORA_CORE_RESPONSE_H

#include <lua.h>

#include "core/call.h"

/* Put the fields' numbers under their names into the table at the top. [-0, +0, m] */
void response_name_fields(lua_State *L);

/* Push the field of this number of the call at `index`. [-0, +1, m] */
void response_push(lua_State *L, int index, struct call *call, size_t field);

/* Is the answer's body JSON, by its Content-Type? */
bool response_is_json(const struct call *call);

#endif
