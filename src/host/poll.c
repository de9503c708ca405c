/* SPDX-License-Identifier: MIT */
/*
 * hathora.host.poll: what the host's loop waits on.
 *
 * A poller is an epoll descriptor. Each descriptor is added under a number of the caller's own
 * choice, never used twice, which `wait` gives back: an event of a descriptor that was closed
 * and opened anew in the same round is thus told from an event of the new one. Signals arrive
 * through a signalfd like everything else. All descriptors are close-on-exec.
 */
#include "class.h"
#include <errno.h>
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define POLLER  "hathora.host.poller"
#define SIGNALS "hathora.host.signals"

enum { EVENTS_A_ROUND = 64, MOST_DESCRIPTORS = 1 << 18 };

typedef struct {
  int fd;
} Poller;

typedef struct {
  int fd;
  sigset_t set;
} Signals;

static int fail(lua_State *L, const char *what) {
  return luaL_error(L, "%s: %s", what, strerror(errno));
}

/* The poller */

static int poller_new(lua_State *L) {
  Poller *poller = lua_newuserdatauv(L, sizeof *poller, 0);
  poller->fd = -1;
  luaL_setmetatable(L, POLLER);
  poller->fd = epoll_create1(EPOLL_CLOEXEC);
  return poller->fd < 0 ? fail(L, "epoll_create1") : 1;
}

static int poller_close(lua_State *L) {
  Poller *poller = luaL_checkudata(L, 1, POLLER);
  if (poller->fd >= 0) close(poller->fd);
  poller->fd = -1;
  return 0;
}

static Poller *check_poller(lua_State *L) {
  Poller *poller = luaL_checkudata(L, 1, POLLER);
  luaL_argcheck(L, poller->fd >= 0, 1, "the poller is closed");
  return poller;
}

/* poller:add(fd, "r" | "w" | "rw", number) */
static int poller_add(lua_State *L) {
  static const char *const names[] = {"r", "w", "rw", NULL};
  static const uint32_t masks[] = {EPOLLIN, EPOLLOUT, EPOLLIN | EPOLLOUT};
  Poller *poller = check_poller(L);
  int fd = (int)luaL_checkinteger(L, 2);
  struct epoll_event event = {.events = masks[luaL_checkoption(L, 3, NULL, names)]};
  event.data.u64 = (uint64_t)luaL_checkinteger(L, 4);
  if (epoll_ctl(poller->fd, EPOLL_CTL_ADD, fd, &event) < 0)
    return luaL_error(L, "cannot watch descriptor %d: %s", fd, strerror(errno));
  return 0;
}

/* poller:remove(fd): also when the descriptor is closed already, which took it out by itself. */
static int poller_remove(lua_State *L) {
  Poller *poller = check_poller(L);
  epoll_ctl(poller->fd, EPOLL_CTL_DEL, (int)luaL_checkinteger(L, 2), NULL);
  return 0;
}

/* Rounded up: a timer must be due when the wait for it ends. */
static int milliseconds(lua_Number seconds) {
  lua_Number value = ceil(seconds * 1e3);
  return value <= 0 ? 0 : value >= INT_MAX ? INT_MAX : (int)value;
}

/* poller:wait(seconds or nil for ever, list) -> count; the numbers of what is ready are put into
   the list. A signal's arrival may end the wait early with a count of 0. */
static int poller_wait(lua_State *L) {
  struct epoll_event events[EVENTS_A_ROUND];
  Poller *poller = check_poller(L);
  int timeout = lua_isnoneornil(L, 2) ? -1 : milliseconds(luaL_checknumber(L, 2));
  luaL_checktype(L, 3, LUA_TTABLE);
  int count = epoll_wait(poller->fd, events, EVENTS_A_ROUND, timeout);
  if (count < 0 && errno != EINTR) return fail(L, "epoll_wait");
  for (int i = 0; i < count; i++) {
    lua_pushinteger(L, (lua_Integer)events[i].data.u64);
    lua_rawseti(L, 3, i + 1);
  }
  lua_pushinteger(L, count < 0 ? 0 : count);
  return 1;
}

/* poll.write(fd, text) -> boolean: all of a text of at most PIPE_BUF bytes, or nothing of it when
   that would wait; more than that is cut off. The descriptor's flags stay as they are, for it may
   be shared. A pipe that is ready takes so much at once: pipe(7), and pipe_poll in Linux. */
static int write_now(lua_State *L) {
  size_t length;
  struct pollfd asked = {.fd = (int)luaL_checkinteger(L, 1), .events = POLLOUT};
  const char *text = luaL_checklstring(L, 2, &length);
  ssize_t written = -1;
  if (length > PIPE_BUF) length = PIPE_BUF;
  if (poll(&asked, 1, 0) == 1) written = write(asked.fd, text, length);
  lua_pushboolean(L, written == (ssize_t)length);
  return 1;
}

/* Signals */

static const struct {
  const char *name;
  int number;
} signal_names[] = {{"TERM", SIGTERM}, {"INT", SIGINT}, {"HUP", SIGHUP}, {NULL, 0}};

static int signal_number(lua_State *L, const char *name) {
  for (int i = 0; signal_names[i].name; i++)
    if (strcmp(signal_names[i].name, name) == 0) return signal_names[i].number;
  return luaL_error(L, "unknown signal %s", name);
}

/* poll.signals { "TERM", ... } -> signals: takes them away from their default action. */
static int signals_new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  Signals *signals = lua_newuserdatauv(L, sizeof *signals, 0);
  signals->fd = -1;
  sigemptyset(&signals->set);
  luaL_setmetatable(L, SIGNALS);
  for (lua_Integer i = 1; lua_geti(L, 1, i) == LUA_TSTRING; i++, lua_pop(L, 1))
    sigaddset(&signals->set, signal_number(L, lua_tostring(L, -1)));
  lua_pop(L, 1);
  signals->fd = signalfd(-1, &signals->set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals->fd < 0) return fail(L, "signalfd");
  sigprocmask(SIG_BLOCK, &signals->set, NULL);
  return 1;
}

/* poll.ignorePipe(): to write to who has gone is an error, not the end. Children are not told so:
   they start with default actions. */
static int ignore_pipe(lua_State *L) {
  (void)L;
  signal(SIGPIPE, SIG_IGN);
  return 0;
}

/* poll.raiseLimit(): as many descriptors as this process may allow itself, within reason. What it
   starts with is for programs that use select(2), which games may be: the shim gives them that. */
static int raise_limit(lua_State *L) {
  struct rlimit limit;
  (void)L;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 0;
  rlim_t most = limit.rlim_max < MOST_DESCRIPTORS ? limit.rlim_max : MOST_DESCRIPTORS;
  if (limit.rlim_cur >= most) return 0;
  limit.rlim_cur = most;
  setrlimit(RLIMIT_NOFILE, &limit);
  return 0;
}

static int signals_close(lua_State *L) {
  Signals *signals = luaL_checkudata(L, 1, SIGNALS);
  if (signals->fd < 0) return 0;
  close(signals->fd);
  signals->fd = -1;
  sigprocmask(SIG_UNBLOCK, &signals->set, NULL);
  return 0;
}

static int signals_fd(lua_State *L) {
  Signals *signals = luaL_checkudata(L, 1, SIGNALS);
  lua_pushinteger(L, signals->fd);
  return 1;
}

/* signals:read() -> the name of a signal that has arrived, or nil. */
static int signals_read(lua_State *L) {
  Signals *signals = luaL_checkudata(L, 1, SIGNALS);
  struct signalfd_siginfo info;
  if (signals->fd < 0 || read(signals->fd, &info, sizeof info) != (ssize_t)sizeof info) return 0;
  for (int i = 0; signal_names[i].name; i++) {
    if (signal_names[i].number != (int)info.ssi_signo) continue;
    lua_pushstring(L, signal_names[i].name);
    return 1;
  }
  return 0;
}

static int push_clock(lua_State *L, clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  lua_pushnumber(L, (lua_Number)time.tv_sec + (lua_Number)time.tv_nsec / 1e9);
  return 1;
}

/* poll.now() -> seconds of a clock that no one sets. */
static int now(lua_State *L) {
  return push_clock(L, CLOCK_MONOTONIC);
}

/* poll.time() -> Unix seconds with their fraction. */
static int wall_time(lua_State *L) {
  return push_clock(L, CLOCK_REALTIME);
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_poll(lua_State *L) {
  static const luaL_Reg poller[] = {{"add", poller_add},
                                    {"remove", poller_remove},
                                    {"wait", poller_wait},
                                    {"close", poller_close},
                                    {NULL, NULL}};
  static const luaL_Reg signals[] = {
      {"fd", signals_fd}, {"read", signals_read}, {"close", signals_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"new", poller_new},
                                       {"signals", signals_new},
                                       {"ignorePipe", ignore_pipe},
                                       {"raiseLimit", raise_limit},
                                       {"now", now},
                                       {"time", wall_time},
                                       {"write", write_now},
                                       {NULL, NULL}};
  luaL_checkversion(L);
  new_class(L, POLLER, poller, poller_close);
  new_class(L, SIGNALS, signals, signals_close);
  luaL_newlib(L, functions);
  return 1;
}
