/* SPDX-License-Identifier: MIT */
/*
 * The shim stands beside one game: it starts it, ends it, and keeps how it ended, whether or not
 * the host is alive meanwhile. The host spawns it with a gate (a socket, descriptor 3), records
 * it, and only then opens the gate, so that no game can run unrecorded.
 *
 *     shim -r RESULT [-g GRACE] [-l LOG] [-d DIRECTORY] [-u USER [-i UID,GID[,GROUP]...]]
 *          [-m MEMORY] [-c CGROUP] [-w] -- PROGRAM ARGUMENT...
 *
 * RESULT.new exists when it starts, its bytes reserved by the host; it is filled in and renamed
 * to RESULT as soon as the outcome is known: a time in seconds, then `exit CODE`, `signal
 * NUMBER`, `error TEXT` (the game could not be started) or `unstarted` (the gate was never
 * opened). SIGTERM stops the game: SIGTERM to its whole tree, SIGKILL after GRACE seconds to what
 * is left. What a game leaves behind when it ends by itself is killed at once. The shim is gone
 * when all of the tree is, and RESULT has a second line then, `gone`. LOG and MEMORY are bytes.
 * USER without numbers is one that the host did not find. With -w the game ends with its host.
 *
 * It is two processes, so that a game whose shim is killed has no one to escape from: the first,
 * which the host knows, guards the second, which does the work; each ends the tree without the
 * other, and the kernel hands it all orphans below, whatever these have shed.
 */
#include "host/tree.h"
#include "log.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  LOG = STDOUT_FILENO,
  GATE = 3,
  KILL_ROUND_MS = 20,
  GUARD_GONE = SIGUSR1,
  SIGNALS = 64,   /* the kernel's count of them, */
  GROUPS = 65536, /* and of the groups a user may be in, of which musl knows 32 */
  PATH_SIZE = 4200
};

static struct {
  const char *result, *directory, *user, *numbers, *cgroup;
  long long grace_ms, log_bytes, memory_bytes;
  bool with_host;
  char **command;
} options = {.grace_ms = 10000};

static pid_t game = -1; /* -1 before it runs and after it has ended */
static bool alone;      /* the other of us was killed */

static long long clock_ms(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static bool write_file(const char *directory, const char *name, const char *text) {
  char path[PATH_SIZE];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool written = write(fd, text, strlen(text)) >= 0;
  return close(fd) == 0 && written;
}

/* The outcome, on the disk for good: synced, renamed, and the rename synced. */
static void save(const char *format, ...) {
  char path[PATH_SIZE], text[700];
  long long now = clock_ms(CLOCK_REALTIME);
  int used = snprintf(text, sizeof text, "%lld.%03lld ", now / 1000, now % 1000);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text + used, sizeof text - (size_t)used, format, arguments);
  va_end(arguments);
  snprintf(path, sizeof path, "%s.new", options.result);
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ssize_t written = write(fd, text, strlen(text));
  if (written > 0 && ftruncate(fd, written) == 0 && fsync(fd) == 0) rename(path, options.result);
  close(fd);
  *strrchr(path, '/') = '\0';
  fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  fsync(fd);
  close(fd);
}

/* Nothing of the game is left. The line fits into the disk block that the first line takes, so it
   needs no room. */
static void save_gone(void) {
  int fd = open(options.result, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return;
  dprintf(fd, "gone\n");
  close(fd);
}

/* Starting the game */

/* The host has looked the user up: the C library loads several others for that. */
static bool become(const char *numbers) {
  static gid_t groups[GROUPS];
  size_t count = 0;
  char *rest;
  errno = ENOENT;
  if (!numbers) return false;
  uid_t uid = (uid_t)strtoul(numbers, &rest, 10);
  for (; *rest == ',' && count < GROUPS; count++)
    groups[count] = (gid_t)strtoul(rest + 1, &rest, 10);
  errno = EPERM;
  if (count == 0) return false;
  if (geteuid() != 0) return uid == geteuid();
  return setgroups(count, groups) == 0 && setgid(groups[0]) == 0 && setuid(uid) == 0;
}

/* Nothing of the host's own settings reaches the game: limits that the kernel itself starts
   programs with, and no way to gain rights. What may not be reset is left as it is. */
static void reset(void) {
  struct rlimit limit;
  sigset_t none;
  umask(022);
  setpriority(PRIO_PROCESS, 0, 0);
  write_file("/proc/self", "oom_score_adj", "0");
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max < 1024 ? limit.rlim_max : 1024;
  setrlimit(RLIMIT_NOFILE, &limit);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What kept the game from running: what could not be done, with what, and why. */
struct failure {
  const char *action, *object;
  int error;
};

/* In the child. Returns only on failure. */
static const char *run(struct failure *failure) {
  struct rlimit memory = {(rlim_t)options.memory_bytes, (rlim_t)options.memory_bytes};
  setsid();
  failure->object = options.cgroup;
  if (options.cgroup && !write_file(options.cgroup, "cgroup.procs", "0")) return "enter cgroup";
  failure->object = "its memory";
  if (options.memory_bytes && setrlimit(RLIMIT_DATA, &memory) < 0) return "limit";
  reset(); /* before becoming the user, who may not do this and does not own oom_score_adj */
  failure->object = options.user;
  if (options.user && !become(options.numbers)) return "become user";
  failure->object = options.directory;
  if (options.directory && chdir(options.directory) < 0) return "enter";
  failure->object = options.command[0];
  execv(options.command[0], options.command); /* execvp(3) would hand what it cannot run to sh */
  return "run";
}

static int run_or_fail(void *argument) {
  struct failure *failure = argument;
  failure->action = run(failure);
  failure->error = errno;
  return 127;
}

/* Until it runs the game, the child has our memory, and we wait. On some processors musl's vfork(2)
   is fork(2), and we would not see a failure. */
static void start(void) {
  static _Alignas(16) char stack[32768];
  struct failure failure = {0};
  pid_t child =
      clone(run_or_fail, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &failure);
  if (child < 0) {
    save("error cannot start the game: %s\n", strerror(errno));
    exit(EXIT_FAILURE);
  }
  game = child;
  if (!failure.action) return;
  char reason[512];
  snprintf(reason, sizeof reason, "cannot %s %s: %s", failure.action, failure.object,
           strerror(failure.error));
  waitpid(game, NULL, 0);
  game = -1;
  save("error %s\n", reason);
  dprintf(LOG, "hathora-host: %s\n", reason);
}

/* Ending it */

static void kill_tree(void) {
  if (options.cgroup) write_file(options.cgroup, "cgroup.kill", "1");
  tree_signal(SIGKILL);
}

/* Take the dead in. Returns whether any of the tree is left. */
static bool reap(void) {
  int status;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    if (pid != game) continue;
    game = -1;
    if (alone) save("error its shim was killed\n");
    else if (WIFSIGNALED(status)) save("signal %d\n", WTERMSIG(status));
    else save("exit %d\n", WEXITSTATUS(status));
  }
  return pid == 0;
}

/* Until all of the tree is gone. */
static void supervise(int signals) {
  long long deadline = -1;
  struct pollfd wait[] = {{signals, POLLIN, 0}, {options.with_host ? GATE : -1, POLLIN, 0}};
  while (reap()) {
    long long left = deadline - clock_ms(CLOCK_MONOTONIC);
    bool killing = deadline < 0 ? game < 0 : left <= 0;
    if (killing) kill_tree();
    long long timeout = killing ? KILL_ROUND_MS : deadline < 0 ? -1 : left;
    int log_due = log_keep(options.log_bytes);
    if (log_due >= 0 && (timeout < 0 || timeout > log_due)) timeout = log_due;
    poll(wait, 2, (int)timeout);
    bool stop = wait[1].revents != 0;
    for (struct signalfd_siginfo info; read(signals, &info, sizeof info) > 0;) {
      stop = stop || info.ssi_signo == SIGTERM;
      alone = alone || info.ssi_signo == GUARD_GONE;
    }
    if (alone && deadline < 0) deadline = 0;
    if (wait[1].revents) wait[1].fd = -1;
    if (!stop || deadline >= 0) continue;
    deadline = clock_ms(CLOCK_MONOTONIC) + options.grace_ms;
    tree_signal(SIGTERM);
    tree_signal(SIGCONT);
  }
  if (options.cgroup) rmdir(options.cgroup);
  save_gone();
}

static int work(pid_t guard, int signals) {
  prctl(PR_SET_PDEATHSIG, GUARD_GONE);
  if (getppid() != guard) return EXIT_FAILURE;
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  if (!options.with_host) close(GATE);
  start();
  if (game > 0 && options.log_bytes) log_watch(game);
  supervise(signals);
  return EXIT_SUCCESS;
}

/* The worker was killed, and all that it had below it is ours. */
static void clear(void) {
  do {
    kill_tree();
    poll(NULL, 0, KILL_ROUND_MS);
  } while (reap());
  if (access(options.result, F_OK) < 0) save("error its shim was killed\n");
  if (options.cgroup) rmdir(options.cgroup);
  save_gone();
}

/* Pass on what the host asks for. A worker that was stopped is woken. */
static int guard(pid_t worker, int signals) {
  struct pollfd wait = {signals, POLLIN, 0};
  int status;
  while (waitpid(worker, &status, WNOHANG) == 0) {
    poll(&wait, 1, -1);
    for (struct signalfd_siginfo info; read(signals, &info, sizeof info) > 0;) {
      if (info.ssi_signo != SIGTERM) continue;
      kill(worker, SIGTERM);
      kill(worker, SIGCONT);
    }
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  clear();
  return EXIT_SUCCESS;
}

/* Whatever the host's maker had ignored. The C library would not touch two of them, which it keeps
   for itself: a zeroed kernel structure is the default action. */
static void take_signals(sigset_t *all) {
  sigfillset(all);
  sigprocmask(SIG_SETMASK, all, NULL);
  for (int number = 1; number <= SIGNALS; number++)
    syscall(SYS_rt_sigaction, number, (const unsigned long[8]){0}, NULL, SIGNALS / 8);
}

static bool read_options(int count, char **arguments) {
  for (int option; (option = getopt(count, arguments, "+r:g:l:d:u:i:m:c:w")) != -1;) {
    switch (option) {
    case 'r':
      options.result = optarg;
      break;
    case 'g':
      options.grace_ms = (long long)(atof(optarg) * 1000);
      break;
    case 'l':
      options.log_bytes = atoll(optarg);
      break;
    case 'd':
      options.directory = optarg;
      break;
    case 'u':
      options.user = optarg;
      break;
    case 'i':
      options.numbers = optarg;
      break;
    case 'm':
      options.memory_bytes = atoll(optarg);
      break;
    case 'c':
      options.cgroup = optarg;
      break;
    case 'w':
      options.with_host = true;
      break;
    default:
      return false;
    }
  }
  options.command = arguments + optind;
  return options.result && strchr(options.result, '/') && options.command[0];
}

int main(int count, char **arguments) {
  sigset_t all;
  char byte;
  if (!read_options(count, arguments)) return EXIT_FAILURE;
  take_signals(&all);
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
  fcntl(GATE, F_SETFD, FD_CLOEXEC);
  if (read(GATE, &byte, 1) != 1) {
    if (options.cgroup) rmdir(options.cgroup);
    save("unstarted\n");
    save_gone();
    return EXIT_SUCCESS;
  }
  pid_t self = getpid(), worker = fork();
  if (worker == 0) return work(self, signals);
  close(GATE);
  if (worker > 0) return guard(worker, signals);
  save("error cannot start the game: %s\n", strerror(errno));
  return EXIT_FAILURE;
}
