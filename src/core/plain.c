/* SPDX-License-Identifier: MIT */
#include "core/plain.h"

#include <stdint.h>
#include <string.h>

/* More than these is declined: what waits on Lua's stack, and on C's, stays small. */
enum { MAX_MEMBERS = 64, MAX_DEPTH = 16 };

/* Up to so many digits every integer is a double, and its quotient by a power of ten is rounded
 * once, as strtod rounds it. */
enum { MAX_DIGITS = 15 };

struct reader {
  lua_State *L;
  const char *at, *end;
  plain_on_empty *on_empty;
  bool was_empty; /* of the object or list read last */
  int depth;
};

static bool read_value(struct reader *reader);

static void skip_blanks(struct reader *reader) {
  while (reader->at < reader->end &&
         (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r' || *reader->at == '\t'))
    reader->at++;
}

/* Whether the next character that is not blank is this one, which is passed then. */
static bool take(struct reader *reader, char wanted) {
  if (reader->at < reader->end && *reader->at <= ' ') skip_blanks(reader);
  if (reader->at == reader->end || *reader->at != wanted) return false;
  reader->at++;
  return true;
}

static bool is_digit(const struct reader *reader) {
  return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

/* Read digits on to a number; returns how many there were. */
static int read_digits(struct reader *reader, uint64_t *number) {
  int count = 0;
  for (; is_digit(reader) && count <= MAX_DIGITS; count++)
    *number = *number * 10 + (uint64_t)(*reader->at++ - '0');
  return count;
}

static void push_decimal(lua_State *L, uint64_t digits, int places, bool negative) {
  static const double powers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6, 1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};
  double number = (double)digits / powers[places];
  int64_t whole = (int64_t)number;
  if ((double)whole == number) lua_pushinteger(L, negative ? -whole : whole);
  else lua_pushnumber(L, negative ? -number : number);
}

static bool read_number(struct reader *reader) {
  bool negative = *reader->at == '-';
  if (negative) reader->at++;
  const char *first = reader->at;
  uint64_t number = 0; /* which may overflow where it is declined */
  int digits = read_digits(reader, &number), places = 0;
  if (digits == 0 || (digits > 1 && *first == '0')) return false;
  if (reader->at < reader->end && *reader->at == '.') {
    reader->at++;
    places = read_digits(reader, &number);
    if (places == 0) return false;
  }
  if (digits + places > MAX_DIGITS) return false;
  if (reader->at < reader->end && (*reader->at == 'e' || *reader->at == 'E')) return false;
  push_decimal(reader->L, number, places, negative);
  return true;
}

static const uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;

/* The lowest bit set tells the first of eight bytes that is 0; what is above it tells nothing. */
static uint64_t zeros(uint64_t bytes) {
  return (bytes - ones) & ~bytes & highs;
}

/* The lowest bit set tells the first of eight bytes that is a quote, a backslash or a control
 * character. */
static uint64_t specials(const char *at) {
  uint64_t bytes;
  memcpy(&bytes, at, sizeof bytes);
  if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) bytes = __builtin_bswap64(bytes);
  return zeros(bytes ^ ones * '"') | zeros(bytes ^ ones * '\\') | zeros(bytes & ones * 0xe0);
}

static bool is_special(char byte) {
  return (unsigned char)byte < ' ' || byte == '"' || byte == '\\';
}

/* Where what may stand plainly in a text ends. */
static const char *end_of_plain(const char *at, const char *end) {
  for (; end - at >= 8; at += 8) {
    uint64_t found = specials(at);
    if (found) return at + __builtin_ctzll(found) / 8;
  }
  while (at < end && !is_special(*at)) at++;
  return at;
}

/* Pass a text's opening quote, what is in it, and its closing quote. */
static bool scan_text(struct reader *reader, const char **text, size_t *length) {
  *text = reader->at + 1;
  const char *end = end_of_plain(*text, reader->end);
  if (end == reader->end || *end != '"') return false;
  *length = (size_t)(end - *text);
  reader->at = end + 1;
  return true;
}

static bool read_text(struct reader *reader) {
  const char *text;
  size_t length;
  if (!scan_text(reader, &text, &length)) return false;
  lua_pushlstring(reader->L, text, length);
  return true;
}

static bool read_word(struct reader *reader, const char *word, size_t length) {
  if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, word, length) != 0)
    return false;
  reader->at += length;
  return true;
}

static bool read_boolean(struct reader *reader, bool value) {
  if (!(value ? read_word(reader, "true", 4) : read_word(reader, "false", 5))) return false;
  lua_pushboolean(reader->L, value);
  return true;
}

static bool read_null(struct reader *reader) {
  if (!read_word(reader, "null", 4)) return false;
  lua_pushnil(reader->L);
  return true;
}

/* Some quality of a key, as one bit: of two keys with different bits no more need be looked at. */
static uint64_t quality(const char *key, size_t length) {
  if (length == 0) return 1;
  const unsigned char *bytes = (const unsigned char *)key;
  size_t mixed = length + bytes[0] * 7u + bytes[length / 2] * 13u + bytes[length - 1] * 31u;
  return (uint64_t)1 << (mixed & 63);
}

/* Whether the key at the top stands among the members from `base` on. */
static bool is_repeated(lua_State *L, int base) {
  for (int top = lua_gettop(L); base < top; base += 2)
    if (lua_rawequal(L, base, top)) return true;
  return false;
}

/* Push the next member's key. One that comes twice is declined. `seen` has the qualities of all. */
static bool read_key(struct reader *reader, int base, uint64_t *seen) {
  const char *key;
  size_t length;
  skip_blanks(reader);
  if (reader->at == reader->end || *reader->at != '"' || !scan_text(reader, &key, &length))
    return false;
  lua_pushlstring(reader->L, key, length);
  uint64_t bit = quality(key, length);
  if ((*seen & bit) && is_repeated(reader->L, base)) return false;
  *seen |= bit;
  return true;
}

/* Push the next member's key and value. */
static bool read_member(struct reader *reader, int base, uint64_t *seen) {
  if (!read_key(reader, base, seen) || !take(reader, ':')) return false;
  reader->was_empty = false;
  if (!read_value(reader)) return false;
  if (reader->was_empty) reader->on_empty(reader->L);
  return true;
}

/* Make the table of the members that wait on the stack from `base` on, in their place. A member
 * that is null is put in as nil, which is to be absent. */
static void make_object(lua_State *L, int base, int count) {
  lua_createtable(L, 0, count);
  lua_replace(L, base - 1);
  while (count-- > 0) lua_rawset(L, base - 1);
}

static bool read_object(struct reader *reader) {
  lua_State *L = reader->L;
  reader->at++;
  lua_pushnil(L); /* the table's place */
  int base = lua_gettop(L) + 1, count = 0;
  uint64_t seen = 0;
  bool more = !take(reader, '}');
  for (; more; more = take(reader, ',')) {
    if (++count > MAX_MEMBERS || !read_member(reader, base, &seen)) return false;
  }
  if (count > 0 && !take(reader, '}')) return false;
  make_object(L, base, count);
  reader->was_empty = count == 0;
  return true;
}

/* Move the elements that wait on the stack above the list's place into it. */
static void fill_list(lua_State *L, int list, int filled) {
  int waiting = lua_gettop(L) - list;
  if (filled == 0) {
    lua_createtable(L, waiting, 0);
    lua_replace(L, list);
  }
  for (; waiting > 0; waiting--) lua_rawseti(L, list, filled + waiting);
}

/* An element that is null is declined: a list with a hole has no length that can be relied on. */
static bool read_element(struct reader *reader) {
  return read_value(reader) && !lua_isnil(reader->L, -1);
}

static bool read_list(struct reader *reader) {
  lua_State *L = reader->L;
  reader->at++;
  lua_pushnil(L);
  int list = lua_gettop(L), count = 0, filled = 0;
  bool more = !take(reader, ']');
  for (; more; more = take(reader, ',')) {
    if (!read_element(reader)) return false;
    if (++count - filled == MAX_MEMBERS) {
      fill_list(L, list, filled);
      filled = count;
    }
  }
  if (count > 0 && !take(reader, ']')) return false;
  fill_list(L, list, filled);
  reader->was_empty = count == 0;
  return true;
}

/* Objects and lists have room on Lua's stack for all that may wait there. */
static bool read_nested(struct reader *reader, bool (*read)(struct reader *)) {
  if (reader->depth == MAX_DEPTH || !lua_checkstack(reader->L, 2 * MAX_MEMBERS + 8)) return false;
  reader->depth++;
  bool done = read(reader);
  reader->depth--;
  return done;
}

static bool read_value(struct reader *reader) {
  skip_blanks(reader);
  if (reader->at == reader->end) return false;
  switch (*reader->at) {
  case '"':
    return read_text(reader);
  case '{':
    return read_nested(reader, read_object);
  case '[':
    return read_nested(reader, read_list);
  case 't':
    return read_boolean(reader, true);
  case 'f':
    return read_boolean(reader, false);
  case 'n':
    return read_null(reader);
  default:
    return (*reader->at == '-' || is_digit(reader)) && read_number(reader);
  }
}

bool plain_read(lua_State *L, const char *text, size_t length, plain_on_empty *on_empty) {
  struct reader reader = {.L = L, .at = text, .end = text + length, .on_empty = on_empty};
  int top = lua_gettop(L);
  if (lua_checkstack(L, 8) && read_value(&reader)) {
    skip_blanks(&reader);
    if (reader.at == reader.end) return true;
  }
  lua_settop(L, top);
  return false;
}
