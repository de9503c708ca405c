/* SPDX-License-Identifier: MIT */
/* threading_host SCRIPT THREADS [ARGUMENT...]: as many threads, each with a Lua state of its own
 * that runs SCRIPT with the arguments. They begin at once, so that what is set up once a process
 * is asked for by all of them together. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_barrier_t start;

static void *run(void *userdata) {
  char **arguments = userdata;
  lua_State *L = luaL_newstate();
  if (!L) abort();
  luaL_openlibs(L);
  int ok = luaL_loadfile(L, arguments[0]) == LUA_OK;
  int given = 0;
  for (char **argument = arguments + 2; ok && *argument; argument++, given++)
    lua_pushstring(L, *argument);
  pthread_barrier_wait(&start);
  ok = ok && lua_pcall(L, given, 0, 0) == LUA_OK;
  if (!ok) fprintf(stderr, "%s\n", luaL_tolstring(L, -1, NULL));
  lua_close(L);
  return (void *)(intptr_t)ok;
}

int main(int argc, char **argv) {
  enum { MOST = 64 };
  pthread_t threads[MOST];
  int count = argc < 3 ? 0 : atoi(argv[2]), good = 0;
  if (count < 1 || count > MOST) {
    fprintf(stderr, "usage: threading_host SCRIPT THREADS [ARGUMENT...]\n");
    return 2;
  }
  pthread_barrier_init(&start, NULL, (unsigned)count);
  for (int i = 0; i < count; i++)
    if (pthread_create(&threads[i], NULL, run, argv + 1)) abort();
  for (int i = 0; i < count; i++) {
    void *ok;
    pthread_join(threads[i], &ok);
    good += ok != NULL;
  }
  return good == count ? 0 : 1;
}
