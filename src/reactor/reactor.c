/* SPDX-License-Identifier: MIT */
#include "reactor/reactor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "reactor/process.h"
#include "reactor/sigpipe.h"

enum { PER_MILLISECOND = 1000000 };

static void move(struct transfer *transfer, struct transfer_list *list, enum transfer_state state) {
  if (transfer->list) transfer_unlink(transfer);
  transfer->state = state;
  transfer_append(list, transfer);
}

bool reactor_is_ours(const struct reactor *reactor) {
  return reactor->process == process_forks();
}

/* The transfer that a handle carries, NULL when it has been detached. */
static struct transfer *carried(CURL *curl) {
  struct easy *easy = NULL;
  curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&easy);
  return easy ? easy->transfer : NULL;
}

/* What libcurl tells us. Neither callback may call libcurl (CURLMOPT_TIMERFUNCTION(3)), and a
 * failure returned from one would end every transfer; so they only take note. */

static int on_socket(CURL *curl, curl_socket_t socket, int what, void *userdata, void *unused) {
  (void)unused;
  struct reactor *reactor = userdata;
  unsigned interest = (what & CURL_POLL_IN && what != CURL_POLL_REMOVE ? POLLER_READ : 0u) |
                      (what & CURL_POLL_OUT && what != CURL_POLL_REMOVE ? POLLER_WRITE : 0u);
  struct transfer *transfer = carried(curl);
  if (transfer && interest) transfer->socket = socket;
  int error = poller_watch(&reactor->poller, socket, interest);
  if (error) reactor->poller_error = error;
  return 0;
}

static int on_timer(CURLM *multi, long milliseconds, void *userdata) {
  (void)multi;
  struct reactor *reactor = userdata;
  reactor->curl_due =
      milliseconds < 0 ? POLLER_NEVER : poller_after((int64_t)milliseconds * PER_MILLISECOND);
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

static struct easy *borrow_easy(struct reactor *reactor) {
  if (reactor->spare_count > 0) return reactor->spares[--reactor->spare_count];
  return easy_new(&reactor->settings, &reactor->poller, &reactor->news);
}

static void give_back_easy(struct reactor *reactor, struct easy *easy) {
  if (reactor->spare_count == reactor->spare_capacity &&
      reactor->spare_capacity < reactor->in_flight_limit) {
    size_t capacity = reactor->spare_capacity ? reactor->spare_capacity * 2 : 4;
    struct easy **spares = realloc(reactor->spares, capacity * sizeof *spares);
    if (spares) {
      reactor->spares = spares;
      reactor->spare_capacity = capacity;
    }
  }
  if (reactor->spare_count < reactor->spare_capacity)
    reactor->spares[reactor->spare_count++] = easy;
  else easy_free(easy);
}

/* The life of a transfer. */

/* What libcurl 7.88 holds of a paused transfer stays with the handle when others use the
 * connection, too (multi_done in its lib/multi.c), and comes with the handle's next. So take it
 * away: a transfer that is detached takes everything for nothing. */
static bool empty_easy(const struct transfer *transfer, struct easy *easy) {
  return !transfer->paused || curl_easy_pause(easy->curl, CURLPAUSE_CONT) == CURLE_OK;
}

/* End a transfer that has a handle. A handle on which libcurl has sent again is not kept: it
 * counts its connections that died over all its transfers, and fails at the fifth
 * (Curl_retry_request in libcurl's lib/transfer.c). */
static void release(struct reactor *reactor, struct transfer *transfer, CURLcode code) {
  struct easy *easy = transfer->easy;
  transfer_detach(transfer, code);
  bool is_empty = empty_easy(transfer, easy);
  curl_multi_remove_handle(reactor->multi, easy->curl);
  if (transfer->sends > 1 || !is_empty) easy_free(easy);
  else give_back_easy(reactor, easy);
  reactor->lent--;
  transfer_unlink(transfer);
  transfer->state = TRANSFER_IDLE;
}

static void finish(struct reactor *reactor, struct transfer *transfer) {
  timers_clear(&reactor->timers, &transfer->timer);
  move(transfer, &reactor->news, TRANSFER_FINISHED);
}

/* When it is to be looked at whether the transfer has run out of time. A stream has no deadline
 * once it has begun, but a limit of silence; one whose news are not taken is not silent. */
static int64_t runs_out(const struct reactor *reactor, const struct transfer *transfer) {
  if (!transfer->streamed || !transfer_succeeds(transfer)) return transfer->deadline;
  if (!transfer->idle_limit || transfer->idle_limit == POLLER_NEVER) return POLLER_NEVER;
  if (transfer->list != &reactor->active) return poller_after(transfer->idle_limit);
  return transfer->heard_at + transfer->idle_limit;
}

/* A stream that begins does not set its timer anew: it is looked at once in a limit's time. */
static void set_timer(struct reactor *reactor, struct transfer *transfer) {
  int64_t when = runs_out(reactor, transfer);
  int64_t look = transfer->streamed && transfer->idle_limit ? poller_after(transfer->idle_limit)
                                                            : POLLER_NEVER;
  if (look < when) when = look;
  if (when != POLLER_NEVER) timers_set(&reactor->timers, &transfer->timer, when);
  else timers_clear(&reactor->timers, &transfer->timer);
}

static void enqueue(struct reactor *reactor, struct transfer *transfer) {
  set_timer(reactor, transfer);
  move(transfer, &reactor->queued, TRANSFER_QUEUED);
}

/* Only TLS writes without MSG_NOSIGNAL, and TLS there may be towards a proxy as well. */
static bool may_signal(const struct reactor *reactor, const struct transfer *transfer) {
  return !reactor->settings.direct || strncmp(transfer->url, "http:", 5) != 0;
}

bool reactor_start(struct reactor *reactor, struct transfer *transfer) {
  if (!timers_reserve(&reactor->timers)) return false;
  transfer_reset(transfer);
  transfer->http2 = reactor->settings.http2 && strncmp(transfer->url, "http:", 5) != 0;
  reactor->signals = reactor->signals || may_signal(reactor, transfer);
  if (!transfer->start_at || transfer->start_at <= poller_now()) {
    enqueue(reactor, transfer);
    return true;
  }
  int64_t when = transfer->start_at < transfer->deadline ? transfer->start_at : transfer->deadline;
  timers_set(&reactor->timers, &transfer->timer, when);
  move(transfer, &reactor->waiting, TRANSFER_WAITING);
  return true;
}

bool reactor_hold(struct reactor *reactor, struct transfer *transfer) {
  if (!timers_reserve(&reactor->timers)) return false;
  if (transfer->deadline != POLLER_NEVER)
    timers_set(&reactor->timers, &transfer->timer, transfer->deadline);
  move(transfer, &reactor->waiting, TRANSFER_WAITING);
  return true;
}

void reactor_post(struct reactor *reactor, struct transfer *transfer) {
  finish(reactor, transfer);
}

void reactor_remind(struct reactor *reactor, struct transfer *transfer) {
  if (transfer->state != TRANSFER_ACTIVE || !transfer_succeeds(transfer)) return;
  if (transfer->response_body.length > 0) move(transfer, &reactor->news, TRANSFER_ACTIVE);
}

void reactor_cancel(struct reactor *reactor, struct transfer *transfer) {
  if (transfer->state == TRANSFER_IDLE) return;
  if (transfer->state == TRANSFER_ACTIVE) {
    struct sigpipe sigpipe;
    sigpipe_block(&sigpipe, reactor->signals);
    release(reactor, transfer, CURLE_ABORTED_BY_CALLBACK);
    sigpipe_restore(&sigpipe);
  } else {
    transfer_unlink(transfer);
    transfer->state = TRANSFER_IDLE;
  }
  timers_clear(&reactor->timers, &transfer->timer);
}

/* After an error of libcurl's socket interface the state of all its transfers is undefined
 * (curl_multi_socket_action(3)): end them all, and begin anew with the next. */
static void abandon(struct reactor *reactor, struct transfer *transfer, const char *why) {
  struct easy *easy = transfer->easy;
  char message[128];
  snprintf(message, sizeof message, "the event loop failed: %s", why);
  transfer_detach(transfer, CURLE_FAILED_INIT);
  transfer->outcome = TRANSFER_FAILED;
  transfer_say(transfer, message);
  curl_multi_remove_handle(reactor->multi, easy->curl);
  easy_free(easy);
  reactor->lent--;
  finish(reactor, transfer);
}

static void abandon_all(struct reactor *reactor, struct transfer_list *list, const char *why) {
  for (struct transfer *next, *transfer = list->first; transfer; transfer = next) {
    next = transfer->next;
    if (transfer->easy) abandon(reactor, transfer, why);
  }
}

static void abandon_multi(struct reactor *reactor, const char *why) {
  abandon_all(reactor, &reactor->news, why);
  abandon_all(reactor, &reactor->paused, why);
  abandon_all(reactor, &reactor->active, why);
  curl_multi_cleanup(reactor->multi);
  reactor->multi = NULL;
  reactor->curl_due = POLLER_NEVER;
  reactor->event = reactor->event_count = 0;
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
  /* libcurl names a time only when it changes, and rounded down: one that came early must be asked
   * for. */
  if (reactor->multi && reactor->curl_due == POLLER_NEVER &&
      curl_multi_timeout(reactor->multi, &milliseconds) == CURLM_OK)
    on_timer(reactor->multi, milliseconds, reactor);
}

static void launch(struct reactor *reactor, struct transfer *transfer) {
  if (transfer->external) {
    finish(reactor, transfer);
    return;
  }
  struct easy *easy = ensure_multi(reactor) ? borrow_easy(reactor) : NULL;
  if (!easy || transfer_attach(transfer, easy) != CURLE_OK) {
    if (easy) give_back_easy(reactor, easy);
    transfer->easy = NULL;
    transfer->outcome = TRANSFER_NO_MEMORY;
    finish(reactor, transfer);
    return;
  }
  move(transfer, &reactor->active, TRANSFER_ACTIVE);
  reactor->lent++;
  CURLMcode code = curl_multi_add_handle(reactor->multi, easy->curl);
  if (code != CURLM_OK) abandon_multi(reactor, curl_multi_strerror(code));
  else act_on_time(reactor);
}

static bool may_launch(const struct reactor *reactor) {
  return reactor->queued.first && reactor->lent < reactor->in_flight_limit;
}

bool reactor_is_spent(const struct reactor *reactor) {
  return poller_now() >= reactor->step_ends;
}

/* A kept connection that was of no use is closed by now: once more on a new one. */
static void conclude(struct reactor *reactor, struct transfer *transfer, CURLcode code) {
  transfer->stale = transfer_may_go_again(transfer, code);
  release(reactor, transfer, code);
  if (!transfer->stale) {
    finish(reactor, transfer);
    return;
  }
  transfer->outcome = TRANSFER_NONE;
  transfer_say(transfer, NULL);
  move(transfer, &reactor->queued, TRANSFER_QUEUED);
}

static void harvest(struct reactor *reactor) {
  int left;
  CURLMsg *message;
  while (reactor->multi && (message = curl_multi_info_read(reactor->multi, &left))) {
    CURLcode code = message->data.result; /* gone once the handle is removed */
    conclude(reactor, carried(message->easy_handle), code);
  }
}

/* Paused streams go on once what they had is taken. */

static bool may_resume(const struct transfer *transfer) {
  return transfer->response_body.length == 0;
}

static bool may_resume_any(const struct reactor *reactor) {
  const struct transfer *transfer = reactor->paused.first;
  while (transfer && !may_resume(transfer)) transfer = transfer->next;
  return transfer;
}

static void resume(struct reactor *reactor, struct transfer *transfer) {
  move(transfer, &reactor->active, TRANSFER_ACTIVE);
  CURLcode code = transfer_resume(transfer);
  if (code != CURLE_OK) conclude(reactor, transfer, code);
}

static void resume_streams(struct reactor *reactor) {
  for (struct transfer *next, *transfer = reactor->paused.first; transfer; transfer = next) {
    next = transfer->next;
    if (may_resume(transfer)) resume(reactor, transfer);
  }
}

/* Time. */

/* An answer that has arrived beats a timeout, also when the program stalled past it: let libcurl
 * read what there is. */
static void look_once_more(struct reactor *reactor, const struct transfer *transfer) {
  if (transfer->socket < 0) return;
  act(reactor, transfer->socket, CURL_CSELECT_IN);
  harvest(reactor);
}

static void time_out(struct reactor *reactor, struct transfer *transfer) {
  if (transfer->state == TRANSFER_ACTIVE) look_once_more(reactor, transfer);
  if (transfer->state == TRANSFER_FINISHED) return;
  if (runs_out(reactor, transfer) > poller_now()) {
    set_timer(reactor, transfer);
    return;
  }
  if (transfer->state == TRANSFER_ACTIVE) release(reactor, transfer, CURLE_OPERATION_TIMEDOUT);
  transfer->outcome = TRANSFER_TIMED_OUT;
  finish(reactor, transfer);
}

static void ring(struct reactor *reactor, struct transfer *transfer, int64_t now) {
  if (transfer->state == TRANSFER_WAITING && transfer->deadline > now) enqueue(reactor, transfer);
  else if (runs_out(reactor, transfer) > now) set_timer(reactor, transfer);
  else time_out(reactor, transfer);
}

/* What is due begins, or has run out of time. What the budget does not allow stays due. */
static void look_at_clock(struct reactor *reactor) {
  int64_t now = poller_now();
  struct timer *timer;
  while ((timer = timers_first(&reactor->timers)) && timer->when <= now) {
    ring(reactor, (struct transfer *)timer, now);
    if (reactor_is_spent(reactor)) return;
  }
}

/* Whose time ran out while it waited is not launched: nothing of it need be sent. */
static void launch_or_end(struct reactor *reactor, struct transfer *transfer) {
  int64_t step_began = reactor->step_ends - reactor->budget;
  if (runs_out(reactor, transfer) <= step_began) time_out(reactor, transfer);
  else launch(reactor, transfer);
}

/* A peer that is quick may have answered before the launch returns. */
static void launch_queued(struct reactor *reactor) {
  while (may_launch(reactor)) {
    launch_or_end(reactor, reactor->queued.first);
    if (reactor_is_spent(reactor)) break;
  }
  harvest(reactor);
}

/* Stepping. */

static bool has_news(const struct reactor *reactor) {
  return reactor->news.first;
}

static bool has_events(const struct reactor *reactor) {
  return reactor->event < reactor->event_count;
}

int64_t reactor_due(const struct reactor *reactor) {
  if (reactor->woken || has_news(reactor) || has_events(reactor) || may_launch(reactor) ||
      may_resume_any(reactor))
    return 0;
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

/* Act on sockets that are ready. What the budget does not allow comes first the next time: else
 * one that is always ready would hold up the others. Returns whether there was nothing. */
static bool look_at_sockets(struct reactor *reactor, int64_t timeout) {
  if (!has_events(reactor)) {
    reactor->event = 0;
    reactor->event_count = poller_wait(&reactor->poller, timeout, reactor->events, POLLER_BATCH);
    if (timeout > 0) reactor->step_ends = poller_after(reactor->budget);
  }
  bool quiet = !has_events(reactor);
  while (has_events(reactor) && reactor->multi) {
    const struct poller_event *event = &reactor->events[reactor->event++];
    if (!poller_current(&reactor->poller, event)) continue;
    act(reactor, event->socket, to_curl(event->ready));
    if (reactor_is_spent(reactor)) break;
  }
  return quiet;
}

/* Sockets before the clock. Returns whether no socket was ready. */
static bool turn(struct reactor *reactor, int64_t timeout) {
  bool quiet = look_at_sockets(reactor, timeout);
  if (reactor->multi && reactor->curl_due <= poller_now()) act_on_time(reactor);
  harvest(reactor);
  look_at_clock(reactor);
  return quiet;
}

size_t reactor_in_flight(const struct reactor *reactor) {
  return reactor->queued.count + reactor->active.count + reactor->news.count +
         reactor->waiting.count + reactor->paused.count;
}

static void run(struct reactor *reactor, int64_t end) {
  for (;;) {
    resume_streams(reactor);
    launch_queued(reactor);
    flush(reactor);
    bool quiet = turn(reactor, time_to_wait(reactor, end));
    if (has_news(reactor) || reactor_in_flight(reactor) == 0) return;
    if (poller_now() >= end && (reactor_is_spent(reactor) || (quiet && !may_launch(reactor))))
      return;
  }
}

void reactor_step(struct reactor *reactor, int64_t timeout) {
  reactor->woken = false;
  reactor->step_ends = poller_after(reactor->budget);
  if (reactor_in_flight(reactor) == 0) return;
  struct sigpipe sigpipe;
  sigpipe_block(&sigpipe, reactor->signals);
  run(reactor, poller_after(timeout));
  sigpipe_restore(&sigpipe);
}

struct transfer *reactor_take(struct reactor *reactor) {
  struct transfer *transfer = reactor->news.first;
  if (!transfer) return NULL;
  transfer_unlink(transfer);
  if (!transfer->easy) transfer->state = TRANSFER_IDLE;
  else transfer_append(transfer->paused ? &reactor->paused : &reactor->active, transfer);
  return transfer;
}

/* A fork's child has the same descriptors, but it is the parent who waits on them. */
void reactor_settle(struct reactor *reactor) {
  if (!reactor->exposed || !reactor_is_ours(reactor)) return;
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
  reactor->process = process_forks();
  reactor->curl_due = POLLER_NEVER;
  return poller_open(&reactor->poller, reactor->spin);
}

static void drop_all(struct reactor *reactor, struct transfer_list *list) {
  while (list->first) {
    struct transfer *transfer = list->first;
    if (reactor_is_ours(reactor)) reactor_cancel(reactor, transfer);
    else transfer_unlink(transfer);
    transfer->reactor = NULL;
  }
}

/* Handles first, then the multi; the poller last, since closing connections tells it
 * (curl_multi_cleanup(3)). */
void reactor_close(struct reactor *reactor) {
  struct sigpipe sigpipe;
  sigpipe_block(&sigpipe, reactor->signals);
  drop_all(reactor, &reactor->news);
  drop_all(reactor, &reactor->waiting);
  drop_all(reactor, &reactor->queued);
  drop_all(reactor, &reactor->paused);
  drop_all(reactor, &reactor->active);
  if (reactor_is_ours(reactor)) {
    while (reactor->spare_count > 0) easy_free(reactor->spares[--reactor->spare_count]);
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
