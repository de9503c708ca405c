/* SPDX-License-Identifier: MIT */
/* Reading JSON with lua-cjson, the same whatever release of it is installed: null is nil, whole
 * numbers are integers, an empty list of the API's is marked as one. */
#ifndef HATHORA_CORE_JSON_H
#define HATHORA_CORE_JSON_H

#include <lua.h>

/* Make the state's private lua-cjson. Raises when it cannot be loaded. [-0, +0, e] */
void json_prepare(lua_State *L);

/* Decode the text at the top: push the value, or nil and a message; returns how many.
 * [-0, +(1|2), m] */
int json_decode(lua_State *L);

/* The same of a text that is not in Lua. [-0, +(1|2), m] */
int json_decode_bytes(lua_State *L, const char *text, size_t length);

/* markLists(names, metatable): an empty table under one of these names is a list. */
int json_mark_lists(lua_State *L);

#endif
