/* SPDX-License-Identifier: MIT */
/* poller.h on Linux: epoll, level-triggered, with a timerfd inside it. */
#include "reactor/poller.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
  NANOSECONDS = 1000000000,
  PER_MILLISECOND = 1000000,
  SHORT_WAIT = 50000,
  UNHEEDED_LIMIT = 100
};

struct poller_socket {
  uint32_t generation; /* tells events of an earlier socket of the same number */
  uint16_t port;       /* its local port, when that is known; else 0 */
  uint8_t wanted;
  uint8_t registered;
  bool adopted;
  bool changed; /* is in the list of the changed */
};

/* The timer's own mark among the events; no socket has a negative number. */
static const uint64_t timer_mark = UINT64_MAX;

int64_t poller_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

int64_t poller_after(int64_t nanoseconds) {
  int64_t now = poller_now();
  return nanoseconds < POLLER_NEVER - now ? now + nanoseconds : POLLER_NEVER;
}

int poller_open(struct poller *poller, bool spin) {
  *poller = (struct poller){.timer = -1, .alarm = POLLER_NEVER, .spin = spin};
  poller->descriptor = epoll_create1(EPOLL_CLOEXEC);
  if (poller->descriptor < 0) return errno;
  poller->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (poller->timer < 0) return errno;
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = timer_mark};
  return epoll_ctl(poller->descriptor, EPOLL_CTL_ADD, poller->timer, &event) ? errno : 0;
}

void poller_close(struct poller *poller) {
  if (poller->timer >= 0) close(poller->timer);
  if (poller->descriptor >= 0) close(poller->descriptor);
  free(poller->sockets);
  free(poller->changed);
  *poller = (struct poller){.descriptor = -1, .timer = -1, .alarm = POLLER_NEVER};
}

/* The record of a socket, NULL when there is no memory for it. */
static struct poller_socket *record(struct poller *poller, int socket) {
  size_t index = (size_t)socket;
  if (index >= poller->socket_count) {
    size_t count = poller->socket_count ? poller->socket_count : 32;
    while (count <= index) count *= 2;
    struct poller_socket *sockets = realloc(poller->sockets, count * sizeof *sockets);
    if (!sockets) return NULL;
    for (size_t i = poller->socket_count; i < count; i++) sockets[i] = (struct poller_socket){0};
    poller->sockets = sockets;
    poller->socket_count = count;
  }
  return &poller->sockets[index];
}

static int note_change(struct poller *poller, struct poller_socket *socket, int number) {
  if (socket->changed) return 0;
  if (poller->changed_count == poller->changed_capacity) {
    size_t capacity = poller->changed_capacity ? poller->changed_capacity * 2 : 32;
    int *changed = realloc(poller->changed, capacity * sizeof *changed);
    if (!changed) return ENOMEM;
    poller->changed = changed;
    poller->changed_capacity = capacity;
  }
  poller->changed[poller->changed_count++] = number;
  socket->changed = true;
  return 0;
}

/* The kernel's view may differ from ours: libcurl closes some descriptors before it tells, and
 * their numbers come back for others. So each answer that only says "not as you thought" is
 * followed by the call that fits. */
static int control(struct poller *poller, int number, const struct poller_socket *socket) {
  struct epoll_event event = {
      .events = (socket->wanted & POLLER_READ ? EPOLLIN : 0u) |
                (socket->wanted & POLLER_WRITE ? EPOLLOUT : 0u),
      .data.u64 = (uint64_t)socket->generation << 32 | (uint32_t)number,
  };
  int operation = !socket->wanted       ? EPOLL_CTL_DEL
                  : !socket->registered ? EPOLL_CTL_ADD
                                        : EPOLL_CTL_MOD;
  if (epoll_ctl(poller->descriptor, operation, number, &event) == 0) return 0;
  if (operation == EPOLL_CTL_DEL) return errno == EBADF || errno == ENOENT ? 0 : errno;
  if (errno != EEXIST && errno != ENOENT) return errno;
  operation = errno == EEXIST ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  return epoll_ctl(poller->descriptor, operation, number, &event) ? errno : 0;
}

static int settle(struct poller *poller, int number, struct poller_socket *socket) {
  if (socket->wanted == socket->registered) return 0;
  int error = control(poller, number, socket);
  if (!error) socket->registered = socket->wanted;
  return error;
}

int poller_flush(struct poller *poller) {
  int error = 0;
  while (poller->changed_count > 0) {
    int number = poller->changed[--poller->changed_count];
    struct poller_socket *socket = &poller->sockets[number];
    socket->changed = false;
    int failure = settle(poller, number, socket);
    if (!error) error = failure;
  }
  return error;
}

int poller_adopt(struct poller *poller, int number) {
  struct poller_socket *socket = record(poller, number);
  if (!socket) return ENOMEM;
  poller_forget(poller, number);
  socket->adopted = true;
  return 0;
}

void poller_forget(struct poller *poller, int number) {
  if ((size_t)number >= poller->socket_count) return;
  struct poller_socket *socket = &poller->sockets[number];
  socket->wanted = 0;
  settle(poller, number, socket); /* closing it would not: a forked child may have it still */
  socket->registered = 0;
  socket->adopted = false;
  socket->port = 0;
  socket->generation++;
}

void poller_name(struct poller *poller, int number, int port) {
  if ((size_t)number < poller->socket_count) poller->sockets[number].port = (uint16_t)port;
}

int poller_find(const struct poller *poller, int port) {
  for (size_t i = 0; i < poller->socket_count; i++)
    if (poller->sockets[i].port == port) return (int)i;
  return -1;
}

int poller_next_idle(const struct poller *poller, int number) {
  for (size_t i = (size_t)(number + 1); i < poller->socket_count; i++)
    if (poller->sockets[i].adopted && !poller->sockets[i].wanted) return (int)i;
  return -1;
}

int poller_watch(struct poller *poller, int number, unsigned interest) {
  poller->unheeded = 0;
  struct poller_socket *socket = record(poller, number);
  if (!socket) return ENOMEM;
  if (!interest && !socket->adopted) {
    poller_forget(poller, number);
    return 0;
  }
  socket->wanted = (uint8_t)interest;
  return note_change(poller, socket, number);
}

static int milliseconds(int64_t timeout) {
  if (timeout == POLLER_NEVER) return -1;
  int64_t rounded = timeout / PER_MILLISECOND + (timeout % PER_MILLISECOND > 0);
  return rounded > 3600000 ? 3600000 : (int)rounded; /* the caller looks at the clock again */
}

bool poller_current(const struct poller *poller, const struct poller_event *event) {
  const struct poller_socket *socket = &poller->sockets[event->socket];
  return socket->generation == event->generation;
}

static struct poller_event translate(const struct epoll_event *event) {
  return (struct poller_event){
      .socket = (int)(uint32_t)event->data.u64,
      .generation = (uint32_t)(event->data.u64 >> 32),
      .ready = (event->events & EPOLLIN ? POLLER_READ : 0u) |
               (event->events & EPOLLOUT ? POLLER_WRITE : 0u) |
               (event->events & (EPOLLERR | EPOLLHUP) ? POLLER_ERROR : 0u),
  };
}

/* Going to sleep and being woken takes longer than a quick peer takes to answer: over loopback,
 * calls one after another do 1.6 times as many a second for a tenth more CPU time each. So where
 * the last wait was short, begin the next by looking again and again, making way for others: at
 * most SHORT_WAIT of CPU time a wait. */
static int wait_awake(const struct poller *poller, int64_t end, struct epoll_event *ready,
                      int room) {
  int count = 0;
  while (count == 0 && poller_now() < end) {
    count = epoll_wait(poller->descriptor, ready, room, 0);
    if (count == 0) sched_yield();
  }
  return count;
}

/* A socket that libcurl leaves ready would have us wait again and again for nothing. */
static void nap(int64_t timeout) {
  struct timespec time = {.tv_nsec = timeout < PER_MILLISECOND ? timeout : PER_MILLISECOND};
  nanosleep(&time, NULL);
}

void poller_arm(struct poller *poller, int64_t when) {
  if (when == poller->alarm) return;
  struct itimerspec timer = {0};
  if (when != POLLER_NEVER) {
    /* A zero would disarm (timerfd_settime(2)); a time gone by fires at once. */
    int64_t at = when > 0 ? when : 1;
    timer.it_value.tv_sec = at / NANOSECONDS;
    timer.it_value.tv_nsec = at % NANOSECONDS;
  }
  timerfd_settime(poller->timer, TFD_TIMER_ABSTIME, &timer, NULL);
  poller->alarm = when;
}

int poller_wait(struct poller *poller, int64_t timeout, struct poller_event *events, int room) {
  struct epoll_event ready[POLLER_BATCH];
  int wanted = room < POLLER_BATCH ? room : POLLER_BATCH;
  if (timeout > 0 && poller->unheeded > UNHEEDED_LIMIT) nap(timeout);
  int64_t short_end = timeout > 0 ? poller_now() + SHORT_WAIT : 0;
  int count = poller->quick ? wait_awake(poller, short_end, ready, wanted) : 0;
  if (count == 0) count = epoll_wait(poller->descriptor, ready, wanted, milliseconds(timeout));
  if (timeout > 0) poller->quick = poller->spin && poller_now() < short_end;
  int translated = 0;
  for (int i = 0; i < count; i++) { /* an alarm that went off stays ready until it is set anew */
    if (ready[i].data.u64 == timer_mark) poller_arm(poller, POLLER_NEVER);
    else events[translated++] = translate(&ready[i]);
  }
  if (translated > 0) poller->unheeded++;
  return translated;
}
