/* SPDX-License-Identifier: MIT */
/* Reading the named fields of a Lua table. Text lives as long as the table holds it. */
#ifndef HATHORA_CORE_ROW_H
#define HATHORA_CORE_ROW_H

#include <lua.h>
#include <stdbool.h>

/* The text of a field; `otherwise` when there is none. Raises when it is no string: a number's
 * text would not be the table's. [-0, +0, e] */
const char *row_text(lua_State *L, int row, const char *name, const char *otherwise);

lua_Number row_number(lua_State *L, int row, const char *name, lua_Number otherwise);

bool row_flag(lua_State *L, int row, const char *name);

#endif
