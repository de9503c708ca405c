/* SPDX-License-Identifier: MIT */
/* The processes below one, down to the last generation. One that is a subreaper, prctl(2)
   PR_SET_CHILD_SUBREAPER, also has those that detached themselves. */
#ifndef HATHORA_HOST_TREE_H
#define HATHORA_HOST_TREE_H

#include <stddef.h>
#include <sys/types.h>

struct tree {
  struct tree_member {
    pid_t pid, parent;
  } * members;
  size_t count, size;
};

/* Those nearer to it come first. The caller frees `members`. */
struct tree tree_below(pid_t pid);

/* Send a signal to each below the calling process; those that appear meanwhile may be missed. */
void tree_signal(int number);

/* Read a file that is short, as those of proc(5) about one process. Returns its length, or -1. */
ssize_t proc_read(const char *path, char *text, size_t size);

#endif
