/* SPDX-License-Identifier: MIT */
/* hathora.host.users: the users of this machine, getpwnam(3) and getgrouplist(3). */
#include <errno.h>
#include <grp.h>
#include <lauxlib.h>
#include <lua.h>
#include <pwd.h>
#include <stdbool.h>
#include <sys/stat.h>

/* The memory is Lua's, and pushed. [-0, +1, m] */
static gid_t *push_groups(lua_State *L, const struct passwd *user, int *count) {
  gid_t *groups;
  int room = 0;
  *count = 32;
  do {
    room = *count > room ? *count : 2 * room; /* getgrouplist(3) has not always told */
    groups = lua_newuserdatauv(L, (size_t)room * sizeof *groups, 0);
    *count = room;
  } while (getgrouplist(user->pw_name, user->pw_gid, groups, count) < 0);
  return groups;
}

/* users.find(name) -> { uid, gid, group... } | nil, and whether that is certain. Which groups a
   user is in may be asked of other machines: this can take a while. */
static int users_find(lua_State *L) {
  int count;
  const char *name = luaL_checkstring(L, 1);
  errno = 0;
  const struct passwd *user = getpwnam(name);
  if (!user) {
    bool certain = errno == 0 || errno == ENOENT || errno == ESRCH; /* getpwnam(3) */
    luaL_pushfail(L);
    lua_pushboolean(L, certain);
    return 2;
  }
  const gid_t *groups = push_groups(L, user, &count);
  lua_createtable(L, count + 1, 0);
  lua_pushinteger(L, user->pw_uid);
  lua_seti(L, -2, 1);
  for (int i = 0; i < count; i++) {
    lua_pushinteger(L, groups[i]);
    lua_seti(L, -2, i + 2);
  }
  return 1;
}

/* users.version() -> integer: a different one after the machine's own lists of users change. */
static int users_version(lua_State *L) {
  static const char *const lists[] = {"/etc/passwd", "/etc/group"};
  lua_Integer version = 0;
  struct stat list;
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    if (stat(lists[i], &list) == 0)
      version += list.st_ctim.tv_sec * 1000000000LL + list.st_ctim.tv_nsec;
  lua_pushinteger(L, version);
  return 1;
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_users(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"find", users_find}, {"version", users_version}, {NULL, NULL}};
  luaL_checkversion(L);
  luaL_newlib(L, functions);
  return 1;
}
