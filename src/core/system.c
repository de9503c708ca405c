/* SPDX-License-Identifier: MIT */
#include "core/system.h"

#include <errno.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/random.h>

#include "reactor/poller.h"

int system_now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)poller_now() / 1e9);
  return 1;
}

/* Of the system, so that the random numbers of a game stay as they were. */
static void random_bytes(lua_State *L, void *bytes, size_t length) {
  if (getrandom(bytes, length, 0) != (ssize_t)length)
    luaL_error(L, "no random numbers: %s", strerror(errno));
}

int system_random(lua_State *L) {
  uint64_t bits;
  random_bytes(L, &bits, sizeof bits);
  lua_pushnumber(L, (lua_Number)(bits >> 11) * 0x1p-53);
  return 1;
}

void system_uuid(lua_State *L, char *text) {
  static const char digits[] = "0123456789abcdef";
  unsigned char bytes[16];
  random_bytes(L, bytes, sizeof bytes);
  bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40);
  bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80);
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *text++ = '-';
    *text++ = digits[bytes[i] >> 4];
    *text++ = digits[bytes[i] & 0x0f];
  }
}

int system_new_uuid(lua_State *L) {
  char text[UUID_LENGTH];
  system_uuid(L, text);
  lua_pushlstring(L, text, sizeof text);
  return 1;
}
