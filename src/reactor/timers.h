/* SPDX-License-Identifier: MIT */
/* Times to come, the earliest first: a binary heap of timers that live inside their owners. */
#ifndef HATHORA_TIMERS_H
#define HATHORA_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timer {
  int64_t when;
  size_t place; /* 1 and up in the heap, 0 outside it */
};

struct timers {
  struct timer **heap;
  size_t count;
  size_t capacity;
};

/* Make place for one more timer, so that timers_set() cannot fail. False when memory is out. */
bool timers_reserve(struct timers *timers);

/* Set or move a timer. One not in the heap needs timers_reserve() first. */
void timers_set(struct timers *timers, struct timer *timer, int64_t when);
void timers_clear(struct timers *timers, struct timer *timer);

/* The earliest, NULL when there is none. */
struct timer *timers_first(const struct timers *timers);

void timers_free(struct timers *timers);

#endif
