/* SPDX-License-Identifier: MIT */
/* A call's fields: of its request, and of the response once there is one. Each is worked out when
 * it is asked for. */
#ifndef HATHORA_CORE_RESPONSE_H
#define HATHORA_CORE_RESPONSE_H

#include <lua.h>

#include "core/call.h"

/* Push the field of this name of the call at `index`; false, and nothing, when there is none of the
 * name. [-0, +(0|1), m] */
bool response_field(lua_State *L, int index, struct call *call, const char *name);

/* Is the answer's body JSON, by its Content-Type? */
bool response_is_json(const struct call *call);

#endif
