/* SPDX-License-Identifier: MIT */
/* closing_host SCRIPT ROUNDS SECONDS [ARGUMENT...]: a program that outlives its Lua states.
 *
 * Each round makes a state, runs SCRIPT with the arguments in it and closes it, whatever SCRIPT
 * left under way; at the end the program lives on for SECONDS. It prints its resident memory in
 * KiB after a tenth of the rounds and at the end. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long resident_kib(void) {
  long total = 0, resident = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file || fscanf(file, "%ld %ld", &total, &resident) != 2) abort();
  fclose(file);
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static int run(char **arguments) {
  lua_State *L = luaL_newstate();
  if (!L) return 0;
  luaL_openlibs(L);
  int ok = luaL_loadfile(L, arguments[0]) == LUA_OK;
  int given = 0;
  for (char **argument = arguments + 3; ok && *argument; argument++, given++)
    lua_pushstring(L, *argument);
  ok = ok && lua_pcall(L, given, 0, 0) == LUA_OK;
  if (!ok) fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  lua_close(L);
  return ok;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: closing_host SCRIPT ROUNDS SECONDS [ARGUMENT...]\n");
    return 2;
  }
  int rounds = atoi(argv[2]);
  long early = resident_kib();
  for (int round = 0; round < rounds; round++) {
    if (!run(argv + 1)) return 1;
    if (round == rounds / 10) early = resident_kib();
  }
  struct timespec left = {.tv_sec = atoi(argv[3])};
  nanosleep(&left, NULL);
  printf("%ld %ld\n", early, resident_kib());
  return 0;
}
