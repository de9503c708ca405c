/* SPDX-License-Identifier: MIT */
/* hathora.host.sockets: which ports of this machine are free, and what the kernel has of those
   that are not. */
#include "class.h"
#include "socket_table.h"
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TABLE "hathora.host.socket_table"

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

/* Is it the port that cannot be had? No other could be either, if not. */
static bool is_ports(int error) {
  return error == EADDRINUSE || error == EACCES;
}

/* sockets.free(port) -> whether both its TCP and its UDP side can be bound now; or nil, message:
   it cannot be told. */
static int sockets_free(lua_State *L) {
  in_port_t port = (in_port_t)luaL_checkinteger(L, 1);
  int error = try_bind(SOCK_STREAM, port);
  if (!error) error = try_bind(SOCK_DGRAM, port);
  if (!error || is_ports(error)) {
    lua_pushboolean(L, !error);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, strerror(error));
  return 2;
}

/* The result table is on the top of the stack for both. */

static void add_inode(lua_State *L, const struct socket_entry *entry) {
  if (lua_geti(L, -1, entry->port) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_seti(L, -3, entry->port);
  }
  lua_pushinteger(L, (lua_Integer)entry->inode);
  lua_seti(L, -2, luaL_len(L, -2) + 1);
  lua_pop(L, 1);
}

static void count_port(lua_State *L, const struct socket_entry *entry) {
  lua_geti(L, -1, entry->port);
  lua_pushinteger(L, lua_tointeger(L, -1) + 1);
  lua_seti(L, -3, entry->port);
  lua_pop(L, 1);
}

static int free_table(lua_State *L) {
  socket_table_free(luaL_checkudata(L, 1, TABLE));
  return 0;
}

static int answer(lua_State *L, const struct socket_query *query,
                  void (*visit)(lua_State *L, const struct socket_entry *entry)) {
  struct socket_table *table = lua_newuserdatauv(L, sizeof *table, 0);
  *table = (struct socket_table){0};
  luaL_setmetatable(L, TABLE);
  lua_newtable(L);
  bool known = socket_table_read(table, query);
  for (size_t i = 0; known && i < table->count; i++) visit(L, &table->entries[i]);
  if (!known) lua_pushnil(L);
  lua_pushinteger(L, (lua_Integer)table->bytes);
  socket_table_free(table);
  return 2;
}

/* sockets.bound("tcp" | "udp", first, last, pid) -> { [port] = { inode, ... } } of what listens
   (TCP) or is bound (UDP) in the network of a process (0: this one) at ports from first to last, or
   nil when that cannot be read; and how many bytes were read for it. */
static int sockets_bound(lua_State *L) {
  static const char *const names[] = {"tcp", "udp", NULL};
  bool udp = luaL_checkoption(L, 1, NULL, names) == 1;
  struct socket_query query = {udp, udp ? SOCKET_ANY : SOCKET_LISTEN,
                               (unsigned)luaL_checkinteger(L, 2), (unsigned)luaL_checkinteger(L, 3),
                               (int)luaL_optinteger(L, 4, 0)};
  return answer(L, &query, add_inode);
}

/* sockets.connected(first, last) -> { [port] = number of TCP connections to it }, or nil, and
   bytes, as above. */
static int sockets_connected(lua_State *L) {
  struct socket_query query = {false, SOCKET_ESTABLISHED, (unsigned)luaL_checkinteger(L, 1),
                               (unsigned)luaL_checkinteger(L, 2), 0};
  return answer(L, &query, count_port);
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_sockets(lua_State *L) {
  static const luaL_Reg functions[] = {{"free", sockets_free},
                                       {"bound", sockets_bound},
                                       {"connected", sockets_connected},
                                       {NULL, NULL}};
  static const luaL_Reg none[] = {{NULL, NULL}};
  luaL_checkversion(L);
  new_class(L, TABLE, none, free_table);
  luaL_newlib(L, functions);
  return 1;
}
