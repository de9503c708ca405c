/* SPDX-License-Identifier: MIT */
#include "reactor/url.h"

#include <stdint.h>
#include <string.h>

/* One for each byte: letters, digits, and -._~ */
static const unsigned char unreserved[256] = {
    ['-'] = 1, ['.'] = 1, ['_'] = 1, ['~'] = 1, ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1,
    ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1,
    ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1,
    ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1,
    ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1,
    ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1,
    ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1,
    ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1,
    ['y'] = 1, ['z'] = 1};

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
  for (const char *end = text + length; text < end; text++) {
    unsigned char byte = (unsigned char)*text;
    if (unreserved[byte] && !step) *out++ = (char)byte;
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

/* Are the next eight bytes all below 0x80? */
static bool is_ascii(const unsigned char *at) {
  uint64_t bytes;
  memcpy(&bytes, at, sizeof bytes);
  return !(bytes & 0x8080808080808080);
}

ptrdiff_t utf8_length(const char *text, size_t length) {
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  ptrdiff_t characters = 0;
  for (; end - at >= 8 && is_ascii(at); at += 8) characters += 8;
  for (size_t bytes; at < end; at += bytes, characters++)
    if (*at < 0x80) bytes = 1;
    else if ((bytes = read_character(at, (size_t)(end - at))) == 0) return -1;
  return characters;
}
