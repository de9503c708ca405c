/* SPDX-License-Identifier: MIT */
/*
 * The log is looked at the more often the faster it grows, every millisecond when it is flooded. A
 * game that begins to write in its own process is seen by the processor time that this takes, a
 * timer on its clock, timer_create(2); one that rests wakes no one. Being told of each write,
 * inotify(7), would take one of the user's 128 instances, which games themselves have need of.
 */
#include "log.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOG = STDOUT_FILENO, DISK_BLOCK = 512, PAGE = 4096 };
enum { WORK_MS = 16, GROWING_MS = 128, RESTING_MS = 1000 };

/* Past this size a log is begun anew: file systems end somewhere, ext4 at 16 TiB, and there a game
   could write no more. */
static const off_t longest = 4LL << 40;

static struct {
  long long at_ms;
  off_t size;
} last;

static long long now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* The older ones of its bytes go in place, which loses nothing that is being written meanwhile.
   File systems that cannot do that begin it anew. */
static bool trim(off_t size, long long bytes) {
  off_t old = (off_t)((size - bytes / 2) / PAGE * PAGE);
  if (old <= 0) return true; /* it takes room that the file system has laid by for it */
  return (size <= longest &&
          fallocate(LOG, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, old) == 0) ||
         ftruncate(LOG, 0) == 0;
}

/* Half the time that the log will need to fill the room it has, if it grows as it did. */
static int next_look(long long grown, long long passed_ms, long long room) {
  if (grown <= 0) return RESTING_MS;
  long long wait = (passed_ms + 1) * (room > 0 ? room : 0) / (2 * grown);
  return wait < 1 ? 1 : wait > GROWING_MS ? GROWING_MS : (int)wait;
}

void log_watch(pid_t game) {
  const struct timespec work = {.tv_nsec = WORK_MS * 1000000L};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
  clockid_t clock;
  timer_t timer;
  if (clock_getcpuclockid(game, &clock) == 0 && timer_create(clock, &event, &timer) == 0)
    timer_settime(timer, 0, &(struct itimerspec){work, work}, NULL);
}

int log_keep(long long bytes) {
  struct stat log;
  if (bytes == 0 || fstat(LOG, &log) < 0 || !S_ISREG(log.st_mode)) return -1;
  long long now = now_ms(), used = log.st_blocks * (long long)DISK_BLOCK;
  if (used > bytes || log.st_size > longest) {
    if (!trim(log.st_size, bytes)) return -1;
    used = bytes / 2;
  }
  int wait = next_look(log.st_size - last.size, now - last.at_ms, bytes - used);
  last.size = log.st_size;
  last.at_ms = now;
  return wait;
}
