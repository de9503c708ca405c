/* SPDX-License-Identifier: MIT */
/* The processes below this one, down to the last generation. A caller that is a subreaper,
   prctl(2) PR_SET_CHILD_SUBREAPER, has those below it, too, that detached themselves. */
#ifndef HATHORA_HOST_TREE_H
#define HATHORA_HOST_TREE_H

/* Send a signal to each of them; those that appear meanwhile may be missed. */
void tree_signal(int number);

#endif
