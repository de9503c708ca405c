/* SPDX-License-Identifier: MIT */
#include "reactor/reactor.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/sigpipe.h"

enum { PER_MILLISECOND = 1000000 };

/* Lists of transfers. */

static void append(struct transfer_list *list, struct transfer *transfer,
                   enum transfer_state state) {
  transfer->previous = list->last;
  transfer->next = NULL;
  if (list->last) list->last->next = transfer;
  else list->first = transfer;
  list->last = transfer;
  list->count++;
  transfer->state = state;
}

static void unlink_from(struct transfer_list *list, struct transfer *transfer) {
  if (transfer->previous) transfer->previous->next = transfer->next;
  else list->first = transfer->next;
  if (transfer->next) transfer->next->previous = transfer->previous;
  else list->last = transfer->previous;
  list->count--;
  transfer->state = TRANSFER_IDLE;
}

/* The process. */

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static CURLcode prepare_result;
static unsigned forks;

static void count_fork(void) {
  forks++;
}

static void prepare(void) {
  prepare_result = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (pthread_atfork(NULL, NULL, count_fork)) prepare_result = CURLE_OUT_OF_MEMORY;
}

bool reactor_prepare_process(void) {
  return pthread_once(&prepared, prepare) == 0 && prepare_result == CURLE_OK;
}

bool reactor_is_ours(const struct reactor *reactor) {
  return reactor->process == forks;
}

/* What libcurl tells us. Neither callback may call libcurl (CURLMOPT_TIMERFUNCTION(3)), and a
 * failure returned from one would end every transfer; so they only take note. */

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *userdata, void *unused) {
  (void)easy, (void)unused;
  struct reactor *reactor = userdata;
  unsigned interest = (what & CURL_POLL_IN && what != CURL_POLL_REMOVE ? POLLER_READ : 0u) |
                      (what & CURL_POLL_OUT && what != CURL_POLL_REMOVE ? POLLER_WRITE : 0u);
  int error = poller_watch(&reactor->poller, socket, interest);
  if (error) reactor->poller_error = error;
  return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *userdata) {
  (void)multi;
  struct reactor *reactor = userdata;
  /* libcurl rounds the time left down, and does not ask again when called too early. */
  reactor->curl_due = milliseconds < 0    ? POLLER_NEVER
                      : milliseconds == 0 ? 0
                                          : poller_now() + (milliseconds + 1) * PER_MILLISECOND;
  return 0;
}

/* The multi handle. */

static bool is_open(int descriptor) {
  return fcntl(descriptor, F_GETFD) >= 0;
}

static bool is_unix_socket(int descriptor) {
  int domain = 0;
  socklen_t length = sizeof domain;
  return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

/* Before 8.8 libcurl makes a multi's two wake-up sockets without the flag that keeps them out of
 * programs started later. They take the lowest free numbers. */
static CURLM *new_multi(void) {
  enum { LOOK_AT = 8 };
  bool before[LOOK_AT];
  int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
  if (lowest >= 0) close(lowest);
  for (int i = 0; i < LOOK_AT; i++) before[i] = is_open(lowest + i);
  CURLM *multi = curl_multi_init();
  for (int i = 0; lowest >= 0 && i < LOOK_AT; i++)
    if (!before[i] && is_unix_socket(lowest + i)) fcntl(lowest + i, F_SETFD, FD_CLOEXEC);
  return multi;
}

static bool ensure_multi(struct reactor *reactor) {
  if (reactor->multi) return true;
  CURLM *multi = new_multi();
  if (!multi) return false;
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, reactor);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, reactor);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)reactor->in_flight_limit);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING,
                    reactor->settings.http2 ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING);
#ifdef CURLMOPT_QUICK_EXIT
  curl_multi_setopt(multi, CURLMOPT_QUICK_EXIT, 1L);
#endif
  reactor->multi = multi;
  return true;
}

/* Easy handles. */

static CURL *borrow_easy(struct reactor *reactor) {
  if (reactor->spare_count > 0) return reactor->spares[--reactor->spare_count];
  return easy_new(&reactor->settings, &reactor->poller);
}

static void give_back_easy(struct reactor *reactor, CURL *easy) {
  if (reactor->spare_count == reactor->spare_capacity &&
      reactor->spare_capacity < reactor->in_flight_limit) {
    size_t capacity = reactor->spare_capacity ? reactor->spare_capacity * 2 : 4;
    CURL **spares = realloc(reactor->spares, capacity * sizeof(CURL *));
    if (spares) {
      reactor->spares = spares;
      reactor->spare_capacity = capacity;
    }
  }
  if (reactor->spare_count < reactor->spare_capacity)
    reactor->spares[reactor->spare_count++] = easy;
  else curl_easy_cleanup(easy);
}

/* The life of a transfer. */

/* End a transfer that has a handle. A handle on which libcurl has sent again is not kept: it
 * counts its connections that died over all its transfers, and fails at the fifth
 * (Curl_retry_request in libcurl's lib/transfer.c). */
static void release(struct reactor *reactor, struct transfer *transfer, CURLcode code) {
  CURL *easy = transfer->easy;
  transfer_detach(transfer, code);
  curl_multi_remove_handle(reactor->multi, easy);
  if (transfer->sends > 1) curl_easy_cleanup(easy);
  else give_back_easy(reactor, easy);
  if (transfer->streamed) reactor->streams--;
  unlink_from(&reactor->active, transfer);
}

static void finish(struct reactor *reactor, struct transfer *transfer) {
  timers_clear(&reactor->timers, &transfer->timer);
  append(&reactor->finished, transfer, TRANSFER_FINISHED);
}

static void finish_unsent(struct reactor *reactor, struct transfer *transfer,
                          enum transfer_outcome outcome) {
  transfer->outcome = outcome;
  finish(reactor, transfer);
}

static void enqueue(struct reactor *reactor, struct transfer *transfer) {
  if (transfer->deadline != POLLER_NEVER)
    timers_set(&reactor->timers, &transfer->timer, transfer->deadline);
  else timers_clear(&reactor->timers, &transfer->timer);
  append(&reactor->queued, transfer, TRANSFER_QUEUED);
}

/* Only TLS writes without MSG_NOSIGNAL, and TLS there may be towards a proxy as well. */
static bool may_signal(const struct reactor *reactor, const struct transfer *transfer) {
  return !reactor->settings.direct || strncmp(transfer->url, "http:", 5) != 0;
}

bool reactor_start(struct reactor *reactor, struct transfer *transfer) {
  if (!timers_reserve(&reactor->timers)) return false;
  transfer_reset(transfer);
  reactor->signals = reactor->signals || may_signal(reactor, transfer);
  if (transfer->start_at <= poller_now()) {
    enqueue(reactor, transfer);
    return true;
  }
  int64_t when = transfer->start_at < transfer->deadline ? transfer->start_at : transfer->deadline;
  timers_set(&reactor->timers, &transfer->timer, when);
  append(&reactor->waiting, transfer, TRANSFER_WAITING);
  return true;
}

void reactor_cancel(struct reactor *reactor, struct transfer *transfer) {
  struct sigpipe sigpipe;
  switch (transfer->state) {
  case TRANSFER_IDLE:
    return;
  case TRANSFER_WAITING:
    unlink_from(&reactor->waiting, transfer);
    break;
  case TRANSFER_QUEUED:
    unlink_from(&reactor->queued, transfer);
    break;
  case TRANSFER_FINISHED:
    unlink_from(&reactor->finished, transfer);
    return;
  case TRANSFER_ACTIVE:
    sigpipe_block(&sigpipe, reactor->signals);
    release(reactor, transfer, CURLE_ABORTED_BY_CALLBACK);
    sigpipe_restore(&sigpipe);
    break;
  }
  timers_clear(&reactor->timers, &transfer->timer);
  transfer->outcome = TRANSFER_CANCELLED;
}

/* After an error of libcurl's socket interface the state of all its transfers is undefined
 * (curl_multi_socket_action(3)): end them all, and begin anew with the next. */
static void abandon_multi(struct reactor *reactor, const char *why) {
  while (reactor->active.first) {
    struct transfer *transfer = reactor->active.first;
    CURL *easy = transfer->easy;
    transfer_detach(transfer, CURLE_FAILED_INIT);
    transfer->outcome = TRANSFER_FAILED;
    snprintf(transfer->message, sizeof transfer->message, "the event loop failed: %s", why);
    curl_multi_remove_handle(reactor->multi, easy);
    curl_easy_cleanup(easy);
    if (transfer->streamed) reactor->streams--;
    unlink_from(&reactor->active, transfer);
    finish(reactor, transfer);
  }
  curl_multi_cleanup(reactor->multi);
  reactor->multi = NULL;
  reactor->curl_due = POLLER_NEVER;
}

/* Let libcurl act on a socket, or on its time with CURL_SOCKET_TIMEOUT. */
static void act(struct reactor *reactor, curl_socket_t socket, int mask) {
  int running;
  CURLMcode code = curl_multi_socket_action(reactor->multi, socket, mask, &running);
  if (code != CURLM_OK) abandon_multi(reactor, curl_multi_strerror(code));
}

static void act_on_time(struct reactor *reactor) {
  reactor->curl_due = POLLER_NEVER;
  act(reactor, CURL_SOCKET_TIMEOUT, 0);
  long milliseconds = -1;
  /* libcurl names a time only when it changes; one that came early must be asked for. */
  if (reactor->multi && reactor->curl_due == POLLER_NEVER &&
      curl_multi_timeout(reactor->multi, &milliseconds) == CURLM_OK)
    on_timer(reactor->multi, milliseconds, reactor);
}

static void launch(struct reactor *reactor, struct transfer *transfer) {
  unlink_from(&reactor->queued, transfer);
  CURL *easy = ensure_multi(reactor) ? borrow_easy(reactor) : NULL;
  if (!easy || transfer_attach(transfer, easy) != CURLE_OK) {
    if (easy) give_back_easy(reactor, easy);
    transfer->easy = NULL;
    finish_unsent(reactor, transfer, TRANSFER_NO_MEMORY);
    return;
  }
  append(&reactor->active, transfer, TRANSFER_ACTIVE);
  if (transfer->streamed) reactor->streams++;
  CURLMcode code = curl_multi_add_handle(reactor->multi, easy);
  if (code != CURLM_OK) abandon_multi(reactor, curl_multi_strerror(code));
  else act_on_time(reactor);
}

static bool may_launch(const struct reactor *reactor) {
  return reactor->queued.first && reactor->active.count < reactor->in_flight_limit;
}

bool reactor_is_spent(const struct reactor *reactor) {
  return poller_now() >= reactor->step_ends;
}

static void harvest(struct reactor *reactor) {
  int left;
  CURLMsg *message;
  while (reactor->multi && (message = curl_multi_info_read(reactor->multi, &left))) {
    CURLcode code = message->data.result; /* gone once the handle is removed */
    struct transfer *transfer;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
    release(reactor, transfer, code);
    finish(reactor, transfer);
  }
}

/* A peer that is quick may have answered before the launch returns. */
static void launch_queued(struct reactor *reactor) {
  while (may_launch(reactor)) {
    launch(reactor, reactor->queued.first);
    if (reactor_is_spent(reactor)) break;
  }
  harvest(reactor);
}

/* A stream's deadline is for its answer to begin. */
static void time_out(struct reactor *reactor, struct transfer *transfer) {
  if (transfer->streamed && transfer->sent == TRANSFER_SENT_YES) {
    timers_clear(&reactor->timers, &transfer->timer);
    return;
  }
  if (transfer->state == TRANSFER_ACTIVE) {
    release(reactor, transfer, CURLE_OPERATION_TIMEDOUT);
    finish(reactor, transfer);
    return;
  }
  unlink_from(transfer->state == TRANSFER_QUEUED ? &reactor->queued : &reactor->waiting, transfer);
  finish_unsent(reactor, transfer, TRANSFER_TIMED_OUT);
}

/* What is due begins, or has run out of time. */
static void look_at_clock(struct reactor *reactor) {
  int64_t now = poller_now();
  struct timer *timer;
  while ((timer = timers_first(&reactor->timers)) && timer->when <= now) {
    struct transfer *transfer = (struct transfer *)timer;
    if (transfer->deadline <= now) {
      time_out(reactor, transfer);
    } else {
      unlink_from(&reactor->waiting, transfer);
      enqueue(reactor, transfer);
    }
  }
}

/* Stepping. */

/* A stream of which something has arrived. */
static struct transfer *find_arrival(const struct reactor *reactor) {
  struct transfer *transfer = reactor->streams ? reactor->active.first : NULL;
  while (transfer && !transfer->arrived) transfer = transfer->next;
  return transfer;
}

static bool has_news(const struct reactor *reactor) {
  return reactor->finished.first || find_arrival(reactor);
}

int64_t reactor_due(const struct reactor *reactor) {
  if (reactor->woken || has_news(reactor) || may_launch(reactor)) return 0;
  const struct timer *timer = timers_first(&reactor->timers);
  int64_t own = timer ? timer->when : POLLER_NEVER;
  return own < reactor->curl_due ? own : reactor->curl_due;
}

static int64_t time_to_wait(const struct reactor *reactor, int64_t end) {
  int64_t due = reactor_due(reactor);
  if (end < due) due = end;
  if (due == POLLER_NEVER) return POLLER_NEVER;
  int64_t now = due ? poller_now() : 0;
  return due > now ? due - now : 0;
}

static void flush(struct reactor *reactor) {
  int error = poller_flush(&reactor->poller);
  if (!error) error = reactor->poller_error;
  reactor->poller_error = 0;
  if (error && reactor->multi) abandon_multi(reactor, strerror(error));
}

static int to_curl(unsigned ready) {
  return (ready & POLLER_READ ? CURL_CSELECT_IN : 0) |
         (ready & POLLER_WRITE ? CURL_CSELECT_OUT : 0) |
         (ready & POLLER_ERROR ? CURL_CSELECT_ERR : 0);
}

/* One look at the sockets. Returns whether there was nothing. What the budget does not allow
 * stays ready, and is seen again by the next look. */
static bool turn(struct reactor *reactor, int64_t timeout) {
  struct poller_event events[POLLER_BATCH];
  int count = poller_wait(&reactor->poller, timeout, events, POLLER_BATCH);
  if (timeout > 0) reactor->step_ends = poller_now() + reactor->budget;
  for (int i = 0; i < count && reactor->multi; i++) {
    if (i > 0 && reactor_is_spent(reactor)) break;
    if (poller_current(&reactor->poller, &events[i]))
      act(reactor, events[i].socket, to_curl(events[i].ready));
  }
  if (reactor->multi && reactor->curl_due <= poller_now()) act_on_time(reactor);
  harvest(reactor);
  return count == 0;
}

static bool is_idle(const struct reactor *reactor) {
  return !reactor->queued.first && !reactor->active.first && !reactor->waiting.first &&
         !reactor->finished.first;
}

/* Sockets before the clock: a program that stalled past a deadline finds the answer that has
 * arrived meanwhile, not a timeout. */
static void run(struct reactor *reactor, int64_t end) {
  for (;;) {
    launch_queued(reactor);
    flush(reactor);
    bool quiet = turn(reactor, time_to_wait(reactor, end));
    bool spent = reactor_is_spent(reactor);
    if (quiet) look_at_clock(reactor);
    if (has_news(reactor) || is_idle(reactor)) return;
    if (poller_now() >= end && (spent || (quiet && !may_launch(reactor)))) return;
  }
}

void reactor_step(struct reactor *reactor, int64_t timeout) {
  reactor->woken = false;
  int64_t now = poller_now();
  reactor->step_ends = now + reactor->budget;
  if (is_idle(reactor)) return;
  struct sigpipe sigpipe;
  sigpipe_block(&sigpipe, reactor->signals);
  run(reactor, timeout == POLLER_NEVER ? POLLER_NEVER : now + timeout);
  sigpipe_restore(&sigpipe);
}

struct transfer *reactor_take(struct reactor *reactor) {
  struct transfer *transfer = reactor->finished.first;
  if (transfer) unlink_from(&reactor->finished, transfer);
  else if ((transfer = find_arrival(reactor))) transfer->arrived = false;
  return transfer;
}

void reactor_settle(struct reactor *reactor) {
  if (!reactor->exposed) return;
  flush(reactor);
  poller_arm(&reactor->poller, reactor_due(reactor));
}

int reactor_descriptor(struct reactor *reactor) {
  reactor->exposed = true;
  reactor_settle(reactor);
  return reactor->poller.descriptor;
}

void reactor_wake(struct reactor *reactor) {
  reactor->woken = true;
  reactor_settle(reactor);
}

/* Beginning and end. */

int reactor_open(struct reactor *reactor) {
  reactor->process = forks;
  reactor->curl_due = POLLER_NEVER;
  return poller_open(&reactor->poller);
}

static void drop_all(struct reactor *reactor, struct transfer_list *list) {
  while (list->first) {
    struct transfer *transfer = list->first;
    if (reactor_is_ours(reactor)) reactor_cancel(reactor, transfer);
    else unlink_from(list, transfer);
    transfer->reactor = NULL;
  }
}

/* Handles first, then the multi; the poller last, since closing connections tells it
 * (curl_multi_cleanup(3)). */
void reactor_close(struct reactor *reactor) {
  struct sigpipe sigpipe;
  sigpipe_block(&sigpipe, reactor->signals);
  drop_all(reactor, &reactor->finished);
  drop_all(reactor, &reactor->waiting);
  drop_all(reactor, &reactor->queued);
  drop_all(reactor, &reactor->active);
  if (reactor_is_ours(reactor)) {
    while (reactor->spare_count > 0) curl_easy_cleanup(reactor->spares[--reactor->spare_count]);
    if (reactor->multi) curl_multi_cleanup(reactor->multi);
  }
  sigpipe_restore(&sigpipe);
  reactor->multi = NULL;
  curl_url_cleanup(reactor->settings.origin);
  reactor->settings.origin = NULL;
  free(reactor->spares);
  reactor->spares = NULL;
  reactor->spare_count = reactor->spare_capacity = 0;
  timers_free(&reactor->timers);
  poller_close(&reactor->poller);
}
