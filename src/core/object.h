/* SPDX-License-Identifier: MIT */
/* Userdata that are valid before they own anything: zeroed, with their class, and only then
 * given what may fail or must be freed. */
#ifndef HATHORA_CORE_OBJECT_H
#define HATHORA_CORE_OBJECT_H

#include <lauxlib.h>
#include <lua.h>

/* Define a class: its methods, and metamethods among which `__gc` also serves `close` and
 * `__close`. [-0, +0, m] */
void object_class(lua_State *L, const char *name, const luaL_Reg *methods, const luaL_Reg *meta);

/* The object of the class at the index; raises for another. `class` must be the string it was
 * defined with. [-0, +0, e] */
void *object_check(lua_State *L, int index, const char *class);

/* The same of what is known to be one. [-0, +0, -] */
void *object_at(lua_State *L, int index);

/* Have a class that is made otherwise known to object_new(); its metatable is at the top. */
void object_know(lua_State *L, const char *class);

/* A new zeroed object. [-0, +1, m] */
void *object_new(lua_State *L, const char *class, size_t size, int uservalues);

#endif
