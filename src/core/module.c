/* SPDX-License-Identifier: MIT */
/* The module hathora.core: what the sdk, written in Lua, is built on. */
#include <curl/curl.h>
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <string.h>
#include <sys/random.h>

#include "core/client.h"
#include "core/headers.h"
#include "core/json.h"
#include "core/transfer.h"
#include "reactor/poller.h"
#include "reactor/reactor.h"
#include "version.h"

/* now() -> monotonic seconds */
static int core_now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)poller_now() / 1e9);
  return 1;
}

/* Of the system, so that the random numbers of a game stay as they were. */
static void random_bytes(lua_State *L, void *bytes, size_t length) {
  if (getrandom(bytes, length, 0) != (ssize_t)length)
    luaL_error(L, "no random numbers: %s", strerror(errno));
}

/* random() -> a float in [0, 1) */
static int core_random(lua_State *L) {
  uint64_t bits;
  random_bytes(L, &bits, sizeof bits);
  lua_pushnumber(L, (lua_Number)(bits >> 11) * 0x1p-53);
  return 1;
}

/* uuid() -> a random UUID (RFC 9562, version 4) */
static int core_uuid(lua_State *L) {
  static const char digits[] = "0123456789abcdef";
  unsigned char bytes[16];
  char text[36], *out = text;
  random_bytes(L, bytes, sizeof bytes);
  bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
  bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = digits[bytes[i] >> 4];
    *out++ = digits[bytes[i] & 0x0f];
  }
  lua_pushlstring(L, text, sizeof text);
  return 1;
}

static bool is_unreserved(unsigned char byte) {
  unsigned char lower = byte | 0x20;
  return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
         byte == '_' || byte == '~';
}

/* escape(value) -> its text as a part of a path or query: all but the unreserved characters as
 * %XX (RFC 3986, 2.3). Dots alone would be taken for a step in the path (5.2.4 there). */
static int core_escape(lua_State *L) {
  static const char digits[] = "0123456789ABCDEF";
  size_t length;
  luaL_Buffer buffer;
  const unsigned char *text = (const unsigned char *)luaL_tolstring(L, 1, &length);
  bool step = (length == 1 || length == 2) && text[0] == '.' && text[length - 1] == '.';
  unsigned char *out = (unsigned char *)luaL_buffinitsize(L, &buffer, 3 * length);
  unsigned char *end = out;
  for (size_t i = 0; i < length; i++) {
    if (is_unreserved(text[i]) || (text[i] == '.' && !step)) {
      *end++ = text[i];
      continue;
    }
    *end++ = '%';
    *end++ = (unsigned char)digits[text[i] >> 4];
    *end++ = (unsigned char)digits[text[i] & 0x0f];
  }
  luaL_pushresultsize(&buffer, (size_t)(end - out));
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
      {"client", client_new}, {"headers", headers_new},       {"decode", core_decode},
      {"now", core_now},      {"random", core_random},        {"uuid", core_uuid},
      {"info", core_info},    {"markLists", json_mark_lists}, {"escape", core_escape},
      {NULL, NULL},
  };
  luaL_checkversion(L);
  if (!reactor_prepare_process()) return luaL_error(L, "libcurl cannot be set up");
  json_prepare(L);
  client_class(L);
  transfer_class(L);
  headers_class(L);
  luaL_newlib(L, functions);
  lua_pushliteral(L, HATHORA_VERSION);
  lua_setfield(L, -2, "_VERSION");
  return 1;
}
