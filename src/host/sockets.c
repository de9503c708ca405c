/* SPDX-License-Identifier: MIT */
/* hathora.host.sockets: which ports of this machine are free, and what the kernel's tables,
   proc(5) /proc/net/tcp and its sisters, say of those that are not. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The states of a socket as those tables number them: linux/include/net/tcp_states.h. */
enum { ESTABLISHED = 1, LISTEN = 10 };

/* Bind both address families at once, where the machine has both, and without SO_REUSEADDR: what
   succeeds here succeeds for any game. Returns 0 or the error. */
static int try_bind(int type, in_port_t port) {
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
  const struct sockaddr *address = (const struct sockaddr *)&six;
  socklen_t size = sizeof six;
  int both = 0;
  int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    address = (const struct sockaddr *)&four;
    size = sizeof four;
  }
  if (fd < 0) return errno;
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both);
  int error = bind(fd, address, size) < 0 ? errno : 0;
  close(fd);
  return error;
}

/* sockets.free(port) -> true | nil, message: both its TCP and its UDP side can be bound now. */
static int sockets_free(lua_State *L) {
  in_port_t port = (in_port_t)luaL_checkinteger(L, 1);
  int error = try_bind(SOCK_STREAM, port);
  if (!error) error = try_bind(SOCK_DGRAM, port);
  if (!error) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, strerror(error));
  return 2;
}

typedef void (*Visit)(lua_State *L, unsigned port, lua_Integer inode);

/* Visit the sockets of a table that are in a state (0: any). */
static bool read_table(lua_State *L, const char *path, unsigned state, Visit visit) {
  char line[512];
  unsigned port, actual;
  unsigned long long inode;
  FILE *table = fopen(path, "re");
  if (!table) return false;
  while (fgets(line, sizeof line, table))
    if (sscanf(line, " %*d: %*[0-9A-F]:%x %*s %x %*s %*s %*s %*s %*s %llu", &port, &actual,
               &inode) == 3 &&
        (state == 0 || state == actual))
      visit(L, port, (lua_Integer)inode);
  fclose(table);
  return true;
}

/* The result table is on the top of the stack for both. */

static void add_inode(lua_State *L, unsigned port, lua_Integer inode) {
  if (lua_geti(L, -1, port) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_seti(L, -3, port);
  }
  lua_pushinteger(L, inode);
  lua_seti(L, -2, luaL_len(L, -2) + 1);
  lua_pop(L, 1);
}

static void count_port(lua_State *L, unsigned port, lua_Integer inode) {
  (void)inode;
  lua_geti(L, -1, port);
  lua_pushinteger(L, lua_tointeger(L, -1) + 1);
  lua_seti(L, -3, port);
  lua_pop(L, 1);
}

/* Both tables of a protocol, IPv4's and IPv6's, as the network that `pid` is in has them; of this
   process, when it is 0. */
static int read_tables(lua_State *L, const char *protocol, lua_Integer pid, unsigned state,
                       Visit visit) {
  char path[64], owner[24] = "self";
  bool any = false;
  if (pid != 0) snprintf(owner, sizeof owner, LUA_INTEGER_FMT, pid);
  lua_newtable(L);
  for (int i = 0; i < 2; i++) {
    snprintf(path, sizeof path, "/proc/%s/net/%s%s", owner, protocol, i == 0 ? "" : "6");
    any = read_table(L, path, state, visit) || any;
  }
  if (!any) lua_pushnil(L);
  return 1;
}

/* sockets.bound("tcp" | "udp", pid) -> { [port] = { inode, ... } } of what listens (TCP) or is
   bound (UDP) in the network of a process (0: this one), or nil when that cannot be read. */
static int sockets_bound(lua_State *L) {
  static const char *const names[] = {"tcp", "udp", NULL};
  int udp = luaL_checkoption(L, 1, NULL, names);
  return read_tables(L, names[udp], luaL_optinteger(L, 2, 0), udp ? 0 : LISTEN, add_inode);
}

/* sockets.connected() -> { [port] = number of TCP connections to it }, or nil as above. */
static int sockets_connected(lua_State *L) {
  return read_tables(L, "tcp", 0, ESTABLISHED, count_port);
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_sockets(lua_State *L) {
  static const luaL_Reg functions[] = {{"free", sockets_free},
                                       {"bound", sockets_bound},
                                       {"connected", sockets_connected},
                                       {NULL, NULL}};
  luaL_checkversion(L);
  luaL_newlib(L, functions);
  return 1;
}
