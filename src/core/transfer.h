/* SPDX-License-Identifier: MIT */
/* Transfers as Lua objects. */
#ifndef HATHORA_CORE_TRANSFER_H
#define HATHORA_CORE_TRANSFER_H

#include <lua.h>

#include "reactor/transfer.h"

/* What a transfer keeps alive, by user value. */
enum {
  TRANSFER_URL = 1,
  TRANSFER_BODY,
  TRANSFER_HEADERS,
  TRANSFER_CLIENT,
  TRANSFER_TEXT,
  TRANSFER_OWNER
};

void transfer_class(lua_State *L);
struct transfer *transfer_check(lua_State *L, int index);

/* A new transfer from method, url, headers and body (or nil) at `first` and up. [-0, +1, e] */
struct transfer *transfer_new(lua_State *L, int first);

#endif
