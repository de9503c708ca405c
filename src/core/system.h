/* SPDX-License-Identifier: MIT */
/* What the system gives: the time, random numbers, and what is made of them. */
#ifndef HATHORA_CORE_SYSTEM_H
#define HATHORA_CORE_SYSTEM_H

#include <lua.h>

enum { UUID_LENGTH = 36 };

/* Write a random UUID (RFC 9562, version 4), without an end. [-0, +0, e] */
void system_uuid(lua_State *L, char *text);

int system_now(lua_State *L);    /* now() -> monotonic seconds */
int system_random(lua_State *L); /* random() -> a float in [0, 1) */
int system_new_uuid(lua_State *L);

#endif
