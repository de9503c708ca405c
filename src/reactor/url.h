/* SPDX-License-Identifier: MIT */
/* Text on its way into a URL. */
#ifndef HATHORA_URL_H
#define HATHORA_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "reactor/bytes.h"

/* Append text as a part of a path or query: all but the unreserved characters as %XX (RFC 3986,
 * 2.3). Dots alone would be taken for a step in the path (5.2.4 there), and are escaped as well.
 * False when memory is out. */
bool url_append(struct bytes *url, const char *text, size_t length);

/* How many characters the text has, or -1 when it is not UTF-8 as Lua's utf8.len has it: no
 * surrogates, nothing beyond U+10FFFF, nothing longer than it need be. */
ptrdiff_t utf8_length(const char *text, size_t length);

#endif
