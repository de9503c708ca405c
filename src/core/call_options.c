/* SPDX-License-Identifier: MIT */
#include "core/call_private.h"

#include <string.h>

#include "core/headers.h"

static bool read_seconds(lua_State *L, int64_t *nanosecs) {
  if (lua_type(L, -1) != LUA_TNUMBER || !(lua_tonumber(L, -1) > 0)) return false;
  *nanosecs = nanoseconds(lua_tonumber(L, -1));
  return true;
}

static bool read_key(lua_State *L, struct call_options *options) {
  if (lua_type(L, -1) != LUA_TSTRING) return false;
  options->key = lua_tolstring(L, -1, &options->key_length);
  return headers_is_value(options->key, options->key_length);
}

static bool read_option(lua_State *L, const char *name, const struct plan *plan,
                        struct call_options *options) {
  if (strcmp(name, "onDone") == 0) return options->on_done = lua_isfunction(L, -1);
  if (strcmp(name, "timeout") == 0) return read_seconds(L, &options->timeout);
  if (strcmp(name, "idempotencyKey") == 0) return read_key(L, options);
  if (strcmp(name, "idleTimeout") == 0) return read_seconds(L, &options->idle_limit);
  if (strcmp(name, "onData") != 0 || plan->answer != ANSWER_BYTES) return false;
  return options->on_data = lua_isfunction(L, -1);
}

bool call_read_options(lua_State *L, int table, const struct plan *plan,
                       struct call_options *options) {
  if (!call_has(L, table)) return true;
  if (lua_type(L, table) != LUA_TTABLE) return false;
  for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
    bool right =
        lua_type(L, -2) == LUA_TSTRING && read_option(L, lua_tostring(L, -2), plan, options);
    if (!right) {
      lua_pop(L, 2);
      return false;
    }
  }
  return true;
}
