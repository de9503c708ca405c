/* SPDX-License-Identifier: MIT */
#include "reactor/timers.h"

#include <stdlib.h>

static void put(struct timers *timers, struct timer *timer, size_t place) {
  timers->heap[place - 1] = timer;
  timer->place = place;
}

static void rise(struct timers *timers, struct timer *timer) {
  size_t place = timer->place;
  for (; place > 1; place /= 2) {
    struct timer *parent = timers->heap[place / 2 - 1];
    if (parent->when <= timer->when) break;
    put(timers, parent, place);
  }
  put(timers, timer, place);
}

static void sink(struct timers *timers, struct timer *timer) {
  size_t place = timer->place;
  for (size_t child; (child = place * 2) <= timers->count; place = child) {
    struct timer **pair = &timers->heap[child - 1];
    if (child < timers->count && pair[1]->when < pair[0]->when) {
      child++;
      pair++;
    }
    if (timer->when <= pair[0]->when) break;
    put(timers, pair[0], place);
  }
  put(timers, timer, place);
}

bool timers_reserve(struct timers *timers) {
  if (timers->count < timers->capacity) return true;
  size_t capacity = timers->capacity ? timers->capacity * 2 : 16;
  struct timer **heap = realloc(timers->heap, capacity * sizeof *heap);
  if (!heap) return false;
  timers->heap = heap;
  timers->capacity = capacity;
  return true;
}

void timers_set(struct timers *timers, struct timer *timer, int64_t when) {
  timer->when = when;
  if (timer->place == 0) put(timers, timer, ++timers->count);
  rise(timers, timer);
  sink(timers, timer);
}

void timers_clear(struct timers *timers, struct timer *timer) {
  if (timer->place == 0) return;
  struct timer *last = timers->heap[--timers->count];
  if (last != timer) {
    put(timers, last, timer->place);
    rise(timers, last);
    sink(timers, last);
  }
  timer->place = 0;
}

struct timer *timers_first(const struct timers *timers) {
  return timers->count ? timers->heap[0] : NULL;
}

void timers_free(struct timers *timers) {
  free(timers->heap);
  *timers = (struct timers){0};
}
