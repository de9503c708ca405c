/* SPDX-License-Identifier: MIT */
/*
 * hathora.host.spawn: processes, made with posix_spawn and held by pidfd.
 *
 * A process made here waits behind a gate, its descriptor 3: it reads one byte when `open` is
 * called, or the end of the file when the gate is closed or its maker dies. It has a session of
 * its own, no input, its output in a file, default signal actions, and an environment and
 * descriptors that are exactly those told here. Nothing is ever signalled by its number, which
 * may belong to a stranger by then, but through a pidfd, pidfd_open(2).
 */
#include "class.h"
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROCESS "hathora.host.processes.view"

enum { GATE = 3 };

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

/* GATE is set last: the log and the gate's own descriptor may be that number. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int log,
                   int gate) {
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, log, STDOUT_FILENO);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, log, STDERR_FILENO);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, gate, GATE);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, GATE + 1);
  if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
  if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error)
    error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETSIGMASK);
  return error;
}

static int spawn(pid_t *pid, const char *program, int log, int gate, char **arguments,
                 char **environment) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (!error) {
    error = prepare(&actions, &attributes, log, gate);
    if (!error) error = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/* spawn.start { program =, arguments = { ... }, environment = { "NAME=value", ... }, log = path }
   -> process | nil, message. Arguments begin with the program's name for itself. */
static int spawn_start(lua_State *L) {
  int gate[2];
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_getfield(L, 1, "program");
  const char *program = luaL_checkstring(L, -1);
  lua_getfield(L, 1, "log");
  const char *log_path = luaL_checkstring(L, -1);
  char **arguments = push_vector(L, 1, "arguments");
  char **environment = push_vector(L, 1, "environment");
  Process *process = new_process(L);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate) < 0) return failure(L, errno);
  process->gate = gate[0];
  int log = open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  int error = log < 0 ? errno : 0;
  if (!error) error = spawn(&process->pid, program, log, gate[1], arguments, environment);
  close_end(&log);
  close(gate[1]);
  if (error) return failure(L, error);
  process->fd = pidfd_open(process->pid, 0);
  if (process->fd >= 0) return 1;
  error = errno; /* unreaped, so the number is still its own */
  close_end(&process->gate);
  kill(process->pid, SIGKILL);
  waitpid(process->pid, NULL, 0);
  return failure(L, error);
}

/* spawn.find(pid) -> process | nil, message: any process; whose it is must be checked after. */
static int spawn_find(lua_State *L) {
  pid_t pid = (pid_t)luaL_checkinteger(L, 1);
  Process *process = new_process(L);
  process->pid = pid;
  process->fd = pidfd_open(pid, 0);
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
  if (pidfd_send_signal(process->fd, number, NULL, 0) < 0) return failure(L, errno);
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
  Process *process = check_process(L);
  close_end(&process->gate);
  close_end(&process->fd);
  return 0;
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
  new_class(L, PROCESS, methods, process_close);
  luaL_newlib(L, functions);
  return 1;
}
