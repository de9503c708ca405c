/* SPDX-License-Identifier: MIT */
#include "reactor/url.h"

#include <stdint.h>

static bool is_unreserved(unsigned char byte) {
  unsigned char lower = byte | 0x20;
  return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
         byte == '_' || byte == '~';
}

static bool is_step(const char *text, size_t length) {
  return (length == 1 || length == 2) && text[0] == '.' && text[length - 1] == '.';
}

static char *escape(char *out, unsigned char byte) {
  static const char digits[] = "0123456789ABCDEF";
  *out++ = '%';
  *out++ = digits[byte >> 4];
  *out++ = digits[byte & 0x0f];
  return out;
}

bool url_append(struct bytes *url, const char *text, size_t length) {
  char *out = bytes_room(url, 3 * length);
  if (!out) return false;
  bool step = is_step(text, length);
  for (size_t i = 0; i < length; i++) {
    unsigned char byte = (unsigned char)text[i];
    if (is_unreserved(byte) || (byte == '.' && !step)) *out++ = (char)byte;
    else out = escape(out, byte);
  }
  url->length = (size_t)(out - url->data);
  return true;
}

/* Read the character at `text`: how many bytes it has, 0 when it is none. */
static size_t read_character(const unsigned char *text, size_t left) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t length = *text < 0x80         ? 1
                  : *text >> 5 == 0x06 ? 2
                  : *text >> 4 == 0x0e ? 3
                  : *text >> 3 == 0x1e ? 4
                                       : 0;
  if (length < 2 || length > left) return length <= left ? length : 0;
  uint32_t code = *text & (0x7fu >> length);
  for (size_t i = 1; i < length; i++) {
    if (text[i] >> 6 != 0x02) return 0;
    code = code << 6 | (text[i] & 0x3fu);
  }
  bool surrogate = code >> 11 == 0xd800 >> 11;
  return code >= least[length] && code <= 0x10ffff && !surrogate ? length : 0;
}

ptrdiff_t utf8_length(const char *text, size_t length) {
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  ptrdiff_t characters = 0;
  for (size_t bytes; at < end; at += bytes, characters++)
    if (*at < 0x80) bytes = 1;
    else if ((bytes = read_character(at, (size_t)(end - at))) == 0) return -1;
  return characters;
}
