/* SPDX-License-Identifier: MIT */
/* hathora.host.proc: what proc(5) says of a process, as far as each create asks for it. */
#include "class.h"
#include "tree.h"
#include <dirent.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TREE "hathora.host.tree"

enum { PATH_SIZE = 64, START_TIME = 22 };

/* proc.startTime(pid) -> integer | nil: when it started, in clock ticks since the machine did. */
static int proc_start_time(lua_State *L) {
  char path[PATH_SIZE], text[1024];
  snprintf(path, sizeof path, "/proc/%lld/stat", luaL_checkinteger(L, 1));
  if (proc_read(path, text, sizeof text) < 0) return 0;
  /* The second field, a name in parentheses, may hold anything. */
  const char *field = strrchr(text, ')');
  for (int number = 2; field && number < START_TIME; number++) field = strchr(field + 1, ' ');
  if (!field) return 0;
  lua_pushinteger(L, strtoll(field, NULL, 10));
  return 1;
}

static int free_tree(lua_State *L) {
  struct tree *tree = luaL_checkudata(L, 1, TREE);
  free(tree->members);
  *tree = (struct tree){NULL, 0, 0};
  return 0;
}

static struct tree *push_tree(lua_State *L, pid_t pid) {
  struct tree *tree = lua_newuserdatauv(L, sizeof *tree, 0);
  *tree = (struct tree){NULL, 0, 0};
  luaL_setmetatable(L, TREE);
  *tree = tree_below(pid);
  return tree;
}

/* proc.tree(pid) -> { pid, ... }: it, and all below it. */
static int proc_tree(lua_State *L) {
  pid_t pid = (pid_t)luaL_checkinteger(L, 1);
  const struct tree *tree = push_tree(L, pid);
  lua_createtable(L, (int)tree->count + 1, 0);
  lua_pushinteger(L, pid);
  lua_seti(L, -2, 1);
  for (size_t i = 0; i < tree->count; i++) {
    lua_pushinteger(L, tree->members[i].pid);
    lua_seti(L, -2, (lua_Integer)i + 2);
  }
  return 1;
}

/* Push a set of what is in the list at an index. [-0, +1, m] */
static void push_set(lua_State *L, int list) {
  lua_newtable(L);
  for (lua_Unsigned i = lua_rawlen(L, list); i > 0; i--) {
    lua_rawgeti(L, list, (lua_Integer)i);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
  }
}

/* Is the descriptor one of the sockets whose numbers are in the set on the top of the stack? */
static bool is_wanted(lua_State *L, int directory, const char *descriptor) {
  char target[PATH_SIZE];
  unsigned long long inode;
  ssize_t length = readlinkat(directory, descriptor, target, sizeof target - 1);
  if (length < 0) return false;
  target[length] = '\0';
  if (sscanf(target, "socket:[%llu]", &inode) != 1) return false;
  bool wanted = lua_rawgeti(L, -1, (lua_Integer)inode) != LUA_TNIL;
  lua_pop(L, 1);
  return wanted;
}

enum holding { UNREADABLE, NONE, FOUND };

static enum holding look_at(lua_State *L, pid_t pid) {
  char path[PATH_SIZE];
  snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
  DIR *descriptors = opendir(path);
  if (!descriptors) return UNREADABLE;
  enum holding holding = NONE;
  for (struct dirent *entry; holding == NONE && (entry = readdir(descriptors));)
    if (is_wanted(L, dirfd(descriptors), entry->d_name)) holding = FOUND;
  closedir(descriptors);
  return holding;
}

/* proc.holdsSocket(pid, { inode, ... }) -> boolean | nil: does a process below this one, or
   itself, have one of these sockets? nil when no descriptor of those below it could be read. */
static int proc_holds_socket(lua_State *L) {
  pid_t pid = (pid_t)luaL_checkinteger(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  const struct tree *tree = push_tree(L, pid);
  push_set(L, 2);
  bool readable = false;
  enum holding holding = UNREADABLE;
  for (size_t i = tree->count; holding != FOUND && i-- > 0;) {
    holding = look_at(L, tree->members[i].pid); /* games stand at the end, behind their shims */
    readable = readable || holding != UNREADABLE;
  }
  if (holding != FOUND) holding = look_at(L, pid);
  if (holding != FOUND && !readable) return 0;
  lua_pushboolean(L, holding == FOUND);
  return 1;
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_proc(lua_State *L) {
  static const luaL_Reg functions[] = {{"startTime", proc_start_time},
                                       {"tree", proc_tree},
                                       {"holdsSocket", proc_holds_socket},
                                       {NULL, NULL}};
  static const luaL_Reg none[] = {{NULL, NULL}};
  luaL_checkversion(L);
  new_class(L, TREE, none, free_tree);
  luaL_newlib(L, functions);
  return 1;
}
