/* SPDX-License-Identifier: MIT */
/* The module hathora.core: what the sdk, written in Lua, is built on. */
#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

#include "core/arguments.h"
#include "core/call.h"
#include "core/client.h"
#include "core/headers.h"
#include "core/json.h"
#include "core/plan.h"
#include "core/system.h"
#include "reactor/process.h"
#include "reactor/url.h"
#include "version.h"

/* escape(value) -> its text as a part of a path or query */
static int core_escape(lua_State *L) {
  size_t length;
  const char *text = luaL_tolstring(L, 1, &length);
  struct bytes escaped = {.ceiling = SIZE_MAX};
  luaL_Buffer buffer;
  char *out = luaL_buffinitsize(L, &buffer, 3 * length + 1);
  escaped.data = out;
  escaped.capacity = 3 * length + 1; /* enough, so that it does not grow */
  url_append(&escaped, text, length);
  luaL_pushresultsize(&buffer, escaped.length);
  return 1;
}

/* decode(text) -> value | nil, message */
static int core_decode(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  return json_decode(L);
}

/* info() -> what this build can do */
static int core_info(lua_State *L) {
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  lua_createtable(L, 0, 3);
  lua_pushstring(L, info->version);
  lua_setfield(L, -2, "libcurl");
  lua_pushboolean(L, info->features & CURL_VERSION_ASYNCHDNS && info->version_num >= 0x075700);
  lua_setfield(L, -2, "nonblockingDns");
  lua_pushboolean(L, info->features & CURL_VERSION_HTTP2);
  lua_setfield(L, -2, "http2");
  return 1;
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_core(lua_State *L);

int luaopen_hathora_core(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"client", client_new},
      {"hide", arguments_hide},
      {"plan", plan_new},
      {"headers", headers_new},
      {"now", system_now},
      {"random", system_random},
      {"uuid", system_new_uuid},
      {"decode", core_decode},
      {"markLists", json_mark_lists},
      {"escape", core_escape},
      {"info", core_info},
      {"extend", call_extend},
      {"isDone", call_is_done},
      {"result", call_result},
      {"outcome", call_outcome},
      {"take", call_take},
      {"settle", call_settle},
      {"abort", call_abort},
      {"payload", call_payload},
      {"row", call_row},
      {"release", call_release},
      {"isHeld", call_is_held},
      {"problem", call_problem},
      {"clientOf", call_client},
      {"headerLines", call_header_lines},
      {"onMisuse", client_on_misuse},
      {NULL, NULL},
  };
  luaL_checkversion(L);
  if (!process_prepare()) return luaL_error(L, "libcurl cannot be set up");
  json_prepare(L);
  client_class(L);
  call_class(L);
  plan_class(L);
  headers_class(L);
  luaL_newlib(L, functions);
  lua_pushliteral(L, HATHORA_VERSION);
  lua_setfield(L, -2, "_VERSION");
  return 1;
}
