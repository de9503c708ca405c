/* SPDX-License-Identifier: MIT */
/* The version, in its one place. */
#ifndef HATHORA_VERSION_H
#define HATHORA_VERSION_H

#define HATHORA_VERSION "0.2.0"

#endif
