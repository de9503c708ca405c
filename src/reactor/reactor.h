/* SPDX-License-Identifier: MIT */
/* Moves transfers on: a libcurl multi handle, a poller and the times to come.
 *
 * Nothing here blocks but reactor_step() with a timeout. libcurl's callbacks note what it wants
 * and return; finished transfers are handed up as return values, one by one. The reactor knows
 * nothing of Lua. */
#ifndef HATHORA_REACTOR_H
#define HATHORA_REACTOR_H

#include <curl/curl.h>
#include <stdbool.h>

#include "reactor/easy.h"
#include "reactor/poller.h"
#include "reactor/timers.h"
#include "reactor/transfer.h"

struct reactor {
  CURLM *multi; /* NULL before the first transfer, and after libcurl failed us */
  struct poller poller;
  struct timers timers;
  struct easy_settings settings; /* its strings are the caller's to keep, its origin ours */
  size_t in_flight_limit;
  int64_t budget; /* ns of work after which a step breaks off and leaves the rest to the next */

  /* `news` are to be handed up: finished, or with something new of a stream. A stream that is
   * paused waits in `paused` until what it has is taken. */
  struct transfer_list queued, active, news, waiting, paused;
  size_t lent;          /* how many transfers have an easy handle */
  struct easy **spares; /* idle easy handles, kept warm */
  size_t spare_count, spare_capacity;

  struct poller_event events[POLLER_BATCH]; /* of the last look at the sockets */
  int event, event_count;                   /* the first that is not acted on yet; their number */

  int64_t curl_due;  /* when libcurl wants to be called; POLLER_NEVER when it does not */
  int64_t step_ends; /* when the budget of the current step is used up */
  int poller_error;  /* an errno met inside a callback of libcurl */
  unsigned process;  /* which process made it, as forks are counted */
  bool exposed;      /* somebody polls the descriptor from outside */
  bool spin;         /* a step may look again and again before it sleeps */
  bool signals;      /* a write may raise SIGPIPE: OpenSSL's do, libcurl's own do not */
  bool woken;
};

/* Returns 0 or an errno; reactor_close() is due after either. The settings, the limit, the
 * budget and `spin` are set by the caller before. */
int reactor_open(struct reactor *reactor);

/* Let go of everything. Transfers under way are dropped. In a child of the process that opened it,
 * only memory is given back. */
void reactor_close(struct reactor *reactor);

/* Is this still the process that opened it? libcurl does not survive a fork in the child. */
bool reactor_is_ours(const struct reactor *reactor);

/* Start an idle transfer at its start_at. False when memory is out. */
bool reactor_start(struct reactor *reactor, struct transfer *transfer);

/* Have an idle transfer time out at its deadline unless it is posted or cancelled before: it is
 * carried out by others. Of one that is `external`, the reactor hands up, in place of launching it,
 * that its time has come. */
bool reactor_hold(struct reactor *reactor, struct transfer *transfer);

/* Hand up a transfer that is idle or held, with the outcome it has. Cannot fail. */
void reactor_post(struct reactor *reactor, struct transfer *transfer);

/* Hand up again, as news, what has come of a stream that is under way; nothing when nothing has. */
void reactor_remind(struct reactor *reactor, struct transfer *transfer);

/* End a transfer now, in whatever state; it is not handed up. */
void reactor_cancel(struct reactor *reactor, struct transfer *transfer);

/* Do what there is to do, waiting up to `timeout` ns for it (POLLER_NEVER: as long as something
 * is under way). Returns early once there is a transfer to take. */
void reactor_step(struct reactor *reactor, int64_t timeout);

/* Hand up a transfer that has finished (its state is then TRANSFER_IDLE), or of whose streamed
 * body something has arrived; NULL when there is none. They come in the order of their news. */
struct transfer *reactor_take(struct reactor *reactor);

/* How many transfers are not handed up for good. */
size_t reactor_in_flight(const struct reactor *reactor);

/* Is the current step's budget used up? */
bool reactor_is_spent(const struct reactor *reactor);

/* When the next step has something to do even if no socket gets ready. */
int64_t reactor_due(const struct reactor *reactor);

/* The one descriptor: from now on readable whenever a step has something to do. */
int reactor_descriptor(struct reactor *reactor);

/* Bring the descriptor's readiness up to date; needed after anything but reading. */
void reactor_settle(struct reactor *reactor);

/* Make the descriptor readable until the next step. */
void reactor_wake(struct reactor *reactor);

#endif
