/* SPDX-License-Identifier: MIT */
/*
 * hathora.host.spawn: processes, made with clone(2) and held by pidfd.
 *
 * A process made here waits behind a gate, its descriptor 3: it reads one byte when `open` is
 * called, or the end of the file when the gate is closed or its maker dies. It has a session of
 * its own, no input, its output in a file, every signal blocked, and an environment and descriptors
 * that are exactly those told here. Nothing is ever signalled by its number, which
 * may belong to a stranger by then, but through a pidfd, pidfd_open(2).
 */
#include "class.h"
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESS "hathora.host.process"

enum { GATE = 3 };

/* musl has none of the functions for pidfds, nor close_range(2). */
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif

typedef struct {
  pid_t pid;
  int fd;   /* the pidfd, or -1 */
  int gate; /* our end, or -1 */
} Process;

static Process *new_process(lua_State *L) {
  Process *process = lua_newuserdatauv(L, sizeof *process, 0);
  *process = (Process){-1, -1, -1};
  luaL_setmetatable(L, PROCESS);
  return process;
}

static int failure(lua_State *L, int error) {
  lua_pushnil(L);
  lua_pushstring(L, strerror(error));
  return 2;
}

/* The strings of a list of text as a vector that ends with NULL. The memory is Lua's: the vector
   is pushed, and the list stays where it is. [-0, +1, m] */
static char **push_vector(lua_State *L, int table, const char *field) {
  lua_getfield(L, table, field);
  lua_Unsigned count = lua_rawlen(L, -1);
  char **vector = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *vector, 0);
  for (lua_Unsigned i = 0; i < count; i++) {
    if (lua_rawgeti(L, -2, (lua_Integer)i + 1) != LUA_TSTRING)
      luaL_error(L, "%s[%I] is not text", field, (LUAI_UACINT)i + 1);
    vector[i] = (char *)lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  vector[count] = NULL;
  lua_remove(L, -2);
  return vector;
}

static void close_end(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

static void close_process(Process *process) {
  close_end(&process->gate);
  close_end(&process->fd);
}

static int null_descriptor = -1;

/* Low numbers, taken before the host opens anything else: what a process is given stands there
   while it is made, so that its table of descriptors is a few entries long, and not thousands. */
static struct { int log, gate; } places;

static int lay_down(int log, int gate) {
  return dup3(log, places.log, O_CLOEXEC) < 0 || dup3(gate, places.gate, O_CLOEXEC) < 0 ? -1 : 0;
}

/* What the new process is to do. It has our memory, and until it has its own our descriptors. */
struct start {
  const char *program;
  char **arguments, **environment;
  int error;
};

/* Close what lies in a range, in a table of our own. Before Linux 5.9 there is no close_range(2),
   and all are taken along. */
static int close_own(unsigned first, unsigned last) {
  if (syscall(SYS_close_range, first, last, CLOSE_RANGE_UNSHARE) == 0) return 0;
  if (unshare(CLONE_FILES) < 0) return -1;
  unsigned limit = (unsigned)sysconf(_SC_OPEN_MAX);
  for (unsigned fd = first; fd <= last && fd < limit; fd++) close((int)fd);
  return 0;
}

/* The places lie above GATE. Once all above them is closed, another can only come right after. */
static int set_descriptors(void) {
  unsigned last = (unsigned)(places.log > places.gate ? places.log : places.gate);
  if (close_own(last + 1, ~0U) < 0) return -1;
  int null = open("/dev/null", O_RDONLY);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(places.log, STDOUT_FILENO) < 0 ||
      dup2(places.log, STDERR_FILENO) < 0 || dup2(places.gate, GATE) < 0)
    return -1;
  return close_own(GATE + 1, last + 1);
}

static int run(void *argument) {
  struct start *start = argument;
  setsid();
  if (set_descriptors() == 0) execve(start->program, start->arguments, start->environment);
  start->error = errno;
  _exit(127);
}

/* Until the program runs we wait, as with vfork(2), with no signal to run our handlers in it. */
static int spawn(Process *process, struct start *start) {
  static _Alignas(16) char stack[32768];
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  process->pid =
      clone(run, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD,
            start, &process->fd);
  int error = process->pid < 0 ? errno : start->error;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (process->pid < 0) process->fd = -1; /* the kernel writes it, and may fail after */
  if (error && process->pid > 0) waitpid(process->pid, NULL, 0);
  return error;
}

/* spawn.start { program =, arguments = { ... }, environment = { "NAME=value", ... }, log = path }
   -> process | nil, message. Arguments begin with the program's name for itself. */
static int spawn_start(lua_State *L) {
  int gate[2];
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "program");
  struct start start = {.program = luaL_checkstring(L, -1)};
  lua_getfield(L, 1, "log");
  const char *log_path = luaL_checkstring(L, -1);
  start.arguments = push_vector(L, 1, "arguments");
  start.environment = push_vector(L, 1, "environment");
  Process *process = new_process(L);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate) < 0) return failure(L, errno);
  process->gate = gate[0];
  int log = open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  int error = log < 0 || lay_down(log, gate[1]) < 0 ? errno : 0;
  if (!error) error = spawn(process, &start);
  lay_down(null_descriptor, null_descriptor);
  close_end(&log);
  close(gate[1]);
  if (!error) return 1;
  close_process(process);
  return failure(L, error);
}

/* spawn.find(pid) -> process | nil, message: any process; whose it is must be checked after. */
static int spawn_find(lua_State *L) {
  pid_t pid = (pid_t)luaL_checkinteger(L, 1);
  Process *process = new_process(L);
  process->pid = pid;
  process->fd = (int)syscall(SYS_pidfd_open, pid, 0);
  return process->fd < 0 ? failure(L, errno) : 1;
}

static Process *check_process(lua_State *L) {
  return luaL_checkudata(L, 1, PROCESS);
}

/* process:open(tethered) -> true | nil, message: the process goes on. Tethered, its gate stays
   held as long as we live, for the process to see when we do not. */
static int process_open(lua_State *L) {
  Process *process = check_process(L);
  if (send(process->gate, "", 1, MSG_NOSIGNAL) != 1) return failure(L, errno);
  if (!lua_toboolean(L, 2)) close_end(&process->gate);
  lua_pushboolean(L, 1);
  return 1;
}

/* process:signal(name) -> true | nil, message */
static int process_signal(lua_State *L) {
  static const char *const names[] = {"TERM", "KILL", "CONT", "USR2", NULL};
  static const int numbers[] = {SIGTERM, SIGKILL, SIGCONT, SIGUSR2};
  Process *process = check_process(L);
  int number = numbers[luaL_checkoption(L, 2, NULL, names)];
  if (syscall(SYS_pidfd_send_signal, process->fd, number, NULL, 0) < 0) return failure(L, errno);
  lua_pushboolean(L, 1);
  return 1;
}

/* process:reap() -> its exit status, or nil and the signal that ended it, or nothing when it is
   not over or not our child. */
static int process_reap(lua_State *L) {
  Process *process = check_process(L);
  siginfo_t info = {.si_pid = 0};
  if (waitid(P_PIDFD, (id_t)process->fd, &info, WEXITED | WNOHANG) < 0 || info.si_pid == 0)
    return 0;
  if (info.si_code != CLD_EXITED) lua_pushnil(L);
  lua_pushinteger(L, info.si_status);
  return info.si_code == CLD_EXITED ? 1 : 2;
}

static int process_pid(lua_State *L) {
  lua_pushinteger(L, check_process(L)->pid);
  return 1;
}

/* process:fd() -> the pidfd: readable once the process is over. */
static int process_fd(lua_State *L) {
  lua_pushinteger(L, check_process(L)->fd);
  return 1;
}

/* Lets go of the process, which lives on; one still behind its gate goes away. */
static int process_close(lua_State *L) {
  close_process(check_process(L));
  return 0;
}

static int take_place(void) {
  return fcntl(null_descriptor, F_DUPFD_CLOEXEC, GATE + 1);
}

static void take_places(lua_State *L) {
  if (null_descriptor >= 0) return;
  null_descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
  places.log = take_place();
  places.gate = take_place();
  if (places.gate < 0) luaL_error(L, "cannot open /dev/null: %s", strerror(errno));
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_spawn(lua_State *L) {
  static const luaL_Reg methods[] = {{"open", process_open},
                                     {"signal", process_signal},
                                     {"reap", process_reap},
                                     {"pid", process_pid},
                                     {"fd", process_fd},
                                     {"close", process_close},
                                     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"start", spawn_start}, {"find", spawn_find}, {NULL, NULL}};
  luaL_checkversion(L);
  take_places(L);
  new_class(L, PROCESS, methods, process_close);
  luaL_newlib(L, functions);
  return 1;
}
