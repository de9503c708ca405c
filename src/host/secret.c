/* SPDX-License-Identifier: MIT */
/* hathora.host.secret: secrets, compared in a time that depends on what was given alone. */
#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>

/* isSame(given, known) -> is a text that somebody gave the secret? */
static int secret_is_same(lua_State *L) {
  size_t given_length, known_length;
  const char *given = luaL_checklstring(L, 1, &given_length);
  const char *known = luaL_checklstring(L, 2, &known_length);
  luaL_argcheck(L, known_length > 0, 2, "there is no secret");
  volatile int difference = given_length != known_length;
  for (size_t i = 0; i < given_length; i++) difference |= given[i] ^ known[i % known_length];
  lua_pushboolean(L, difference == 0);
  return 1;
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_secret(lua_State *L) {
  static const luaL_Reg functions[] = {{"isSame", secret_is_same}, {NULL, NULL}};
  luaL_checkversion(L);
  luaL_newlib(L, functions);
  return 1;
}
