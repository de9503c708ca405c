/* SPDX-License-Identifier: MIT */
/* To be preloaded: calls that go wrong when the environment says so.
 *
 *   HATHORA_FAULT_GETADDRINFO=SECONDS     every look-up takes so long
 *   HATHORA_FAULT_SOCKET_ACTION=N         the N-th curl_multi_socket_action fails
 *   HATHORA_FAULT_IGNORED_SOCKETS=any     curl_multi_socket_action does nothing for a socket
 *   HATHORA_FAULT_STALE_EVENT=any         curl_multi_socket_action ends the process when it is told
 *                                         of an error that the socket does not have
 *   HATHORA_FAULT_EPOLL_CTL=ERROR:N       of the epoll_ctl calls that may fail with ERROR (see
 *                                         below), the N-th does, which is said on stderr
 *   HATHORA_FAULT_NO_PROCESS=FILE         while FILE is there, no process can be made: clone(2)
 *                                         has written a pidfd then that it does not leave open
 *   HATHORA_FAULT_SYNC=FILE               while FILE is there, fsync and fdatasync take as many
 *                                         seconds as it says, or fail if it says "fails", or end
 *                                         the process in its first thread if it says "apart"
 *   HATHORA_FAULT_NO_ENVIRON=FILE         while FILE is there, the environment of no process can be
 *                                         opened, as if too many files were open
 *   HATHORA_FAULT_YIELD=any               sched_yield ends the process
 *   HATHORA_FAULT_NAP=any                 nanosleep ends the process
 *
 * epoll_ctl is wrong the way the kernel is when a descriptor's number was reused: EEXIST leaves
 * the descriptor in the set, ENOENT and EBADF leave it out. */
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

/* ISO C has no cast from an object pointer to a function's; POSIX promises that this works. */
#define REAL_OF(library, name) (*(__typeof__(name) **)&(void *){dlsym(library, #name)})
#define REAL(name)             REAL_OF(RTLD_NEXT, name)

static void sleep_for(double seconds) {
  struct timespec left = {.tv_sec = (time_t)seconds};
  left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
  while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

EXPORTED int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                         struct addrinfo **found) {
  const char *given = getenv("HATHORA_FAULT_GETADDRINFO");
  if (given) sleep_for(strtod(given, NULL));
  return REAL(getaddrinfo)(node, service, hints, found);
}

static int is_turn(atomic_int *calls, const char *which) {
  return atomic_fetch_add(calls, 1) + 1 == atoi(which);
}

static int is_stale(int socket, int events) {
  struct pollfd now = {.fd = socket};
  if (!getenv("HATHORA_FAULT_STALE_EVENT") || !(events & CURL_CSELECT_ERR)) return 0;
  return poll(&now, 1, 0) == 0 || (now.revents & POLLNVAL);
}

EXPORTED CURLMcode curl_multi_socket_action(CURLM *multi, curl_socket_t socket, int events,
                                            int *running) {
  static atomic_int calls;
  const char *which = getenv("HATHORA_FAULT_SOCKET_ACTION");
  if (which && is_turn(&calls, which)) return CURLM_INTERNAL_ERROR;
  if (is_stale(socket, events)) _exit(3);
  if (getenv("HATHORA_FAULT_IGNORED_SOCKETS") && socket != CURL_SOCKET_TIMEOUT) return CURLM_OK;
  /* Loaded with a Lua module, libcurl is not in the scope that RTLD_NEXT looks through. Keeping
   * hold of it would hide whether someone else unmaps it too early. */
  void *libcurl = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_NOLOAD);
  __typeof__(curl_multi_socket_action) *real = REAL_OF(libcurl, curl_multi_socket_action);
  dlclose(libcurl);
  return real(multi, socket, events, running);
}

static const struct {
  const char *name;
  int error;
  int operations[2];
  int done_first; /* what must have happened for the kernel to say so: the call, or a removal */
} epoll_faults[] = {
    {"EEXIST", EEXIST, {EPOLL_CTL_ADD}, EPOLL_CTL_ADD},
    {"ENOENT", ENOENT, {EPOLL_CTL_MOD, EPOLL_CTL_DEL}, EPOLL_CTL_DEL},
    {"EBADF", EBADF, {EPOLL_CTL_DEL}, EPOLL_CTL_DEL},
    {"ENOSPC", ENOSPC, {EPOLL_CTL_ADD}, 0},
};

EXPORTED int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) {
  static atomic_int calls;
  const char *given = getenv("HATHORA_FAULT_EPOLL_CTL");
  const char *which = given ? strchr(given, ':') : NULL;
  for (size_t i = 0; which && i < sizeof epoll_faults / sizeof *epoll_faults; i++) {
    const char *name = epoll_faults[i].name;
    const int *operations = epoll_faults[i].operations;
    if (strncmp(given, name, strlen(name)) != 0 || given + strlen(name) != which) continue;
    if (operation != operations[0] && operation != operations[1]) continue;
    if (!is_turn(&calls, which + 1)) continue;
    int first = epoll_faults[i].done_first;
    if (first) (void)REAL(epoll_ctl)(epoll, first, fd, event);
    (void)!write(STDERR_FILENO, "epoll_ctl fails\n", 16);
    errno = epoll_faults[i].error;
    return -1;
  }
  return REAL(epoll_ctl)(epoll, operation, fd, event);
}

/* As the host calls it. */
EXPORTED int clone(int (*run)(void *), void *stack, int flags, void *argument, ...) {
  const char *file = getenv("HATHORA_FAULT_NO_PROCESS");
  va_list more;
  va_start(more, argument);
  int *pidfd = va_arg(more, int *);
  va_end(more);
  if (!file || access(file, F_OK) != 0) return REAL(clone)(run, stack, flags, argument, pidfd);
  *pidfd = STDERR_FILENO; /* a number that is another's */
  errno = EAGAIN;
  return -1;
}

/* Does a sync fail? It first takes its time. */
static int sync_fails(void) {
  const char *path = getenv("HATHORA_FAULT_SYNC");
  char text[16] = "";
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return 0;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (strncmp(text, "apart", 5) == 0 && gettid() == getpid()) _exit(99);
  sleep_for(size > 0 ? strtod(text, NULL) : 0);
  return strncmp(text, "fails", 5) == 0;
}

EXPORTED int fdatasync(int fd) {
  if (!sync_fails()) return REAL(fdatasync)(fd);
  errno = EIO;
  return -1;
}

EXPORTED int fsync(int fd) {
  if (!sync_fails()) return REAL(fsync)(fd);
  errno = EIO;
  return -1;
}

#ifndef __GLIBC__
#define fopen64 fopen
#endif

/* As Lua's io.open calls it. */
EXPORTED FILE *fopen64(const char *path, const char *mode) {
  const char *file = getenv("HATHORA_FAULT_NO_ENVIRON"), *name = strrchr(path, '/');
  if (!file || !name || strcmp(name, "/environ") != 0 || access(file, F_OK) != 0)
    return REAL(fopen64)(path, mode);
  errno = EMFILE;
  return NULL;
}

EXPORTED int sched_yield(void) {
  if (getenv("HATHORA_FAULT_YIELD")) _exit(99);
  return REAL(sched_yield)();
}

EXPORTED int nanosleep(const struct timespec *time, struct timespec *left) {
  if (getenv("HATHORA_FAULT_NAP")) _exit(99);
  return REAL(nanosleep)(time, left);
}
