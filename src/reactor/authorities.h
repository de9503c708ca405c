/* SPDX-License-Identifier: MIT */
/* Where a TLS peer's certificate authority is looked for. */
#ifndef HATHORA_AUTHORITIES_H
#define HATHORA_AUTHORITIES_H

#include <curl/curl.h>
#include <stdbool.h>

/* Take them from the file, or from the system's own place when it is NULL. False when memory is
 * out or libcurl cannot. */
bool authorities_set(CURL *easy, const char *file);

/* Say where that is. */
void authorities_name(const char *file, char *text, size_t room);

#endif
