/* SPDX-License-Identifier: MIT */
#include "reactor/sigpipe.h"

#include <errno.h>
#include <time.h>

static bool is_pending(void) {
  sigset_t pending;
  return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static void only_sigpipe(sigset_t *set) {
  sigemptyset(set);
  sigaddset(set, SIGPIPE);
}

void sigpipe_block(struct sigpipe *sigpipe, bool needed) {
  sigset_t set;
  sigpipe->blocked = needed;
  if (!needed) return;
  only_sigpipe(&set);
  pthread_sigmask(SIG_BLOCK, &set, &sigpipe->before);
  /* Only a signal that was blocked before can be waiting. */
  sigpipe->pending = sigismember(&sigpipe->before, SIGPIPE) == 1 && is_pending();
}

void sigpipe_restore(const struct sigpipe *sigpipe) {
  if (!sigpipe->blocked) return;
  if (sigismember(&sigpipe->before, SIGPIPE) == 1 && sigpipe->pending) return;
  if (is_pending()) {
    sigset_t set;
    const struct timespec at_once = {0};
    only_sigpipe(&set);
    while (sigtimedwait(&set, NULL, &at_once) < 0 && errno == EINTR) continue;
  }
  pthread_sigmask(SIG_SETMASK, &sigpipe->before, NULL);
}
