/* SPDX-License-Identifier: MIT */
/* One descriptor that is readable when any of the watched ones is ready or an alarm is due.
 *
 * Changes of interest are collected and made in one go by poller_flush(): a connection that
 * libcurl lets go at the end of one request and takes up again for the next costs no system
 * call in between. */
#ifndef HATHORA_POLLER_H
#define HATHORA_POLLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { POLLER_READ = 1, POLLER_WRITE = 2, POLLER_ERROR = 4 };

struct poller_socket;

struct poller {
  int descriptor; /* what an event loop polls for reading */
  int timer;
  int64_t alarm;     /* as armed; POLLER_NEVER when not */
  bool spin;         /* may look again and again before it sleeps */
  bool quick;        /* the last wait was a short one */
  unsigned unheeded; /* waits in a row that found sockets ready, and nobody did anything about it */
  struct poller_socket *sockets;
  size_t socket_count;
  int *changed;
  size_t changed_count;
  size_t changed_capacity;
};

struct poller_event {
  int socket;
  uint32_t generation;
  unsigned ready; /* POLLER_READ and the like */
};

enum { POLLER_BATCH = 64 };

#define POLLER_NEVER INT64_MAX

/* Monotonic time in nanoseconds. */
int64_t poller_now(void);

/* The time so many nanoseconds from now; POLLER_NEVER when that is beyond all times. */
int64_t poller_after(int64_t nanoseconds);

/* Returns 0 or an errno. After a failure poller_close() is still to be called. */
int poller_open(struct poller *poller, bool spin);
void poller_close(struct poller *poller);

/* The socket was made by us, and poller_forget() will be told before it is closed. Of other
 * sockets (libcurl's resolver has some) a loss of interest is the last word. Returns 0 or an
 * errno. */
int poller_adopt(struct poller *poller, int socket);
void poller_forget(struct poller *poller, int socket);

/* Note the local port of an adopted socket, and find the one that has it: -1 when none has. */
void poller_name(struct poller *poller, int socket, int port);
int poller_find(const struct poller *poller, int port);

/* The adopted socket after that one, -1 before the first, that nobody is interested in; -1 when
 * there is none. */
int poller_next_idle(const struct poller *poller, int socket);

/* Be interested in POLLER_READ, POLLER_WRITE, both, or nothing. Returns 0 or an errno. */
int poller_watch(struct poller *poller, int socket, unsigned interest);

/* Make the collected changes. Returns 0 or an errno. */
int poller_flush(struct poller *poller);

/* Wait up to `timeout` ns for events (POLLER_NEVER: without end), after a flush. Returns how
 * many there are, 0 at the end of the time or when a signal came. */
int poller_wait(struct poller *poller, int64_t timeout, struct poller_event *events, int room);

/* Is the event still meant for the socket of that number? Handling one event may close another's
 * socket and give its number to a new one. */
bool poller_current(const struct poller *poller, const struct poller_event *event);

/* Make the descriptor readable at this time, for those who poll it, until a wait has seen it. */
void poller_arm(struct poller *poller, int64_t when);

#endif
