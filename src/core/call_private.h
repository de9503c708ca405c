/* SPDX-License-Identifier: MIT */
/* What the files that make up a call share. */
#ifndef HATHORA_CORE_CALL_PRIVATE_H
#define HATHORA_CORE_CALL_PRIVATE_H

#include <lauxlib.h>
#include <lua.h>

#include "core/call.h"

extern const char call_class_name[];

static inline void call_keep(lua_State *L, int call, int value, int place) {
  lua_pushvalue(L, value);
  lua_setiuservalue(L, call, place);
}

static inline bool call_has(lua_State *L, int index) {
  return !lua_isnoneornil(L, index);
}

static inline void call_expect_memory(lua_State *L, bool enough) {
  if (!enough) luaL_error(L, "not enough memory");
}

/* call_options.c: the options of one call. What is not here, or not right, is for Lua to look at.
 */

struct call_options {
  const char *key;
  size_t key_length;
  int64_t timeout, idle_limit;
  bool on_done, on_data;
};

/* Read the table at the index, which may be absent. False when Lua must look. [-0, +0, -] */
bool call_read_options(lua_State *L, int table, const struct plan *plan,
                       struct call_options *options);

/* call_make.c: making one. */

/* What client:start() has on its stack. */
enum { LEVEL = 2, PLAN, REQUEST, OPTIONS, BODY, MORE, HEADERS, CALL };

/* A call for the URL that the client has written, with room for so much more text behind it, and to
 * keep so many values alive. [-0, +1, m] */
struct call *call_new(lua_State *L, struct client *client, size_t more, int kept);

/* The call of client:start(), with the options and the URL, which are right. [-0, +1, e] */
struct call *call_make(lua_State *L, struct client *client, const struct plan *plan,
                       struct call_options *options);

void call_set_body(lua_State *L, int index, int body, struct transfer *transfer);

/* Prepared ones, which may be absent: these alone are sent. [-0, +0, e] */
void call_set_headers(lua_State *L, int index, int headers, struct call *call);

/* With the token as it is now. [-0, +0, -] */
void call_prepare_headers(lua_State *L, int index, int client, struct call *call);

/* call_attend.c */

/* Have another than libcurl send the call at the top, until the deadline. [-0, +0, m] */
void call_hand_over(lua_State *L, struct client *client, struct call *call);

/* call.c */

/* The call is done, and all is well. [-0, +0, m] */
void call_end_well(lua_State *L, int index, struct client *client, struct call *call);

/* Have the client keep the call until there is news of its end. [-0, +0, m] */
void call_refer(lua_State *L, int index, struct call *call);

/* Start its transfer. [-0, +0, m] */
void call_go(lua_State *L, int index, struct client *client, struct call *call);

/* Push the payload; false, and anything, when the answer cannot be read. [-0, +1, m] */
bool call_push_payload(lua_State *L, struct call *call);

#endif
