/* SPDX-License-Identifier: MIT */
/* What libcurl needs once a process. */
#ifndef HATHORA_PROCESS_H
#define HATHORA_PROCESS_H

#include <stdbool.h>

/* Call libcurl's global set-up once a process, and never its clean-up: others may use libcurl,
 * and its threads may still run. Returns false when it fails. */
bool process_prepare(void);

/* How many forks lie between the process that was prepared and this one. */
unsigned process_forks(void);

#endif
