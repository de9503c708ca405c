/* SPDX-License-Identifier: MIT */
/* The process's command line, which every user of the machine can read. */
#pragma once

#include <lua.h>

/* hide(text): overwrite text wherever it stands in the command line. */
int arguments_hide(lua_State *L);
