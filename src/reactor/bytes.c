/* SPDX-License-Identifier: MIT */
#include "reactor/bytes.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 512 };

static enum bytes_result reserve(struct bytes *bytes, size_t needed) {
  if (needed <= bytes->capacity) return BYTES_OK;
  size_t capacity = bytes->capacity ? bytes->capacity * 2 : FIRST_CAPACITY;
  if (capacity < needed) capacity = needed;
  char *data = realloc(bytes->data, capacity);
  if (!data) return BYTES_NO_MEMORY;
  bytes->data = data;
  bytes->capacity = capacity;
  return BYTES_OK;
}

enum bytes_result bytes_append(struct bytes *bytes, const char *data, size_t length) {
  if (length == 0) return BYTES_OK; /* memcpy() takes no NULL, not even for nothing */
  if (length > bytes->ceiling - bytes->length) return BYTES_OVER_CEILING;
  enum bytes_result result = reserve(bytes, bytes->length + length);
  if (result != BYTES_OK) return result;
  memcpy(bytes->data + bytes->length, data, length);
  bytes->length += length;
  return BYTES_OK;
}

char *bytes_room(struct bytes *bytes, size_t length) {
  if (reserve(bytes, bytes->length + length) != BYTES_OK) return NULL;
  return bytes->data + bytes->length;
}

void bytes_drop(struct bytes *bytes, size_t length) {
  bytes->length -= length;
  if (bytes->length > 0) memmove(bytes->data, bytes->data + length, bytes->length);
}

void bytes_free(struct bytes *bytes) {
  free(bytes->data);
  bytes->data = NULL;
  bytes->length = bytes->capacity = 0;
}
