/* SPDX-License-Identifier: MIT */
/* Keeps the log, standard output, to a size on the disk. Nothing that a game writes passes
   through here: it writes to the file, and never waits for us. */
#ifndef HATHORA_HOST_LOG_H
#define HATHORA_HOST_LOG_H

#include <sys/types.h>

/* Have SIGALRM sent to us whenever the game has worked for a while, for a look at its log. */
void log_watch(pid_t game);

/* Look whether the log takes more than so many bytes, and give its oldest part back to the disk
   then. Returns the milliseconds until the next look is due, or -1 when none is. */
int log_keep(long long bytes);

#endif
