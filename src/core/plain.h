/* SPDX-License-Identifier: MIT */
/* A quick reader for the JSON that APIs really send: objects, lists, text without a backslash,
 * whole numbers, short decimals, true, false and null. It reads a text or declines it, without
 * saying why; what it declines is lua-cjson's to read or to refuse. What it reads, it reads as
 * lua-cjson and `json.c` would. */
#ifndef HATHORA_CORE_PLAIN_H
#define HATHORA_CORE_PLAIN_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* With, at the top, an empty table and below it the key it is to stand under: do what is to be
 * done to such tables. [-0, +0, -] */
typedef void plain_on_empty(lua_State *L);

/* Push the value of a text, or nothing when it is declined. [-0, +(0|1), m] */
bool plain_read(lua_State *L, const char *text, size_t length, plain_on_empty *on_empty);

#endif
