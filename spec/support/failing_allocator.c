/* SPDX-License-Identifier: MIT */
/* failing_allocator SCRIPT [ARGUMENT...]: is running out of memory harmless, wherever it happens?
 *
 * SCRIPT gets the arguments and returns a function. In a new state each time, that function runs
 * with an allocator that fails from its N-th allocation on, for N = 1, 2, 3 ... until it
 * succeeds. Each failure must come out as Lua's own "not enough memory", and closing the state
 * must give back every byte. (Failing just once would show nothing: Lua collects garbage and
 * tries again.) */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  size_t bytes; /* now allocated */
  long left;    /* allocations until they fail; negative: they never do */
} Memory;

static void *allocate(void *state, void *old, size_t old_size, size_t new_size) {
  Memory *memory = state;
  if (!old) old_size = 0; /* it is a kind of object then, not a size */
  if (new_size == 0) {
    free(old);
    memory->bytes -= old_size;
    return NULL;
  }
  if (new_size > old_size) {
    if (memory->left == 0) return NULL;
    if (memory->left > 0) memory->left--;
  }
  void *new = realloc(old, new_size);
  if (new) memory->bytes += new_size - old_size;
  return new;
}

static int prepare(lua_State *L) {
  char **argument = lua_touserdata(L, 1);
  luaL_openlibs(L);
  if (luaL_loadfile(L, *argument) != LUA_OK) lua_error(L);
  int given = 0;
  for (; argument[given + 1]; given++) lua_pushstring(L, argument[given + 1]);
  lua_call(L, given, 1);
  luaL_checktype(L, -1, LUA_TFUNCTION);
  return 1;
}

/* Run the function with so many allocations: 1 when it succeeded, 0 when memory ran out as it
 * should, -1 otherwise. */
static int try(char **arguments, long allocations) {
  Memory memory = {.left = -1};
  lua_State *L = lua_newstate(allocate, &memory);
  lua_pushcfunction(L, prepare);
  lua_pushlightuserdata(L, arguments);
  int status = lua_pcall(L, 1, 1, 0);
  int prepared = status == LUA_OK;
  if (prepared) {
    memory.left = allocations;
    status = lua_pcall(L, 0, 0, 0);
    memory.left = -1;
  }
  int result = status == LUA_OK ? 1 : 0;
  if (!prepared ||
      (status != LUA_OK && !strstr(luaL_tolstring(L, -1, NULL), "not enough memory"))) {
    fprintf(stderr, "after %ld allocations: %s\n", allocations, luaL_tolstring(L, -1, NULL));
    result = -1;
  }
  lua_close(L);
  if (memory.bytes != 0) {
    fprintf(stderr, "after %ld allocations: %zu bytes are kept\n", allocations, memory.bytes);
    result = -1;
  }
  return result;
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: failing_allocator SCRIPT [ARGUMENT...]\n");
    return 2;
  }
  long allocations = 0;
  int result;
  while ((result = try(argv + 1, allocations)) == 0) allocations++;
  if (result < 0) return 1;
  printf("succeeded with %ld allocations\n", allocations);
  return 0;
}
