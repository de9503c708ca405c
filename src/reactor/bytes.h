/* SPDX-License-Identifier: MIT */
/* A growable run of bytes with a ceiling: what a peer sends is never allowed more memory than
 * its owner said. */
#ifndef HATHORA_BYTES_H
#define HATHORA_BYTES_H

#include <stddef.h>

struct bytes {
  char *data;
  size_t length;
  size_t capacity;
  size_t ceiling;
};

enum bytes_result { BYTES_OK, BYTES_OVER_CEILING, BYTES_NO_MEMORY };

/* Append; on failure the bytes stay as they were. */
enum bytes_result bytes_append(struct bytes *bytes, const char *data, size_t length);

/* Room for so many bytes more behind the last, for the caller to fill in and count; NULL when
 * memory is out. */
char *bytes_room(struct bytes *bytes, size_t length);

/* Take so many away from the front. */
void bytes_drop(struct bytes *bytes, size_t length);

/* Give the memory back. The bytes can be used again. */
void bytes_free(struct bytes *bytes);

#endif
