/* SPDX-License-Identifier: MIT */
/* Keeps SIGPIPE from the process while libcurl works. OpenSSL may write to a connection its peer
 * has closed, and a library may not change what the process does with a signal; so the signal is
 * blocked in this thread and, when one came of our doing, taken. */
#ifndef HATHORA_SIGPIPE_H
#define HATHORA_SIGPIPE_H

#include <signal.h>
#include <stdbool.h>

struct sigpipe {
  bool blocked;
  sigset_t before;
  bool pending; /* one was waiting before we began: it is not ours to take */
};

/* Blocks when `needed`; two system calls fewer when not. */
void sigpipe_block(struct sigpipe *sigpipe, bool needed);
void sigpipe_restore(const struct sigpipe *sigpipe);

#endif
