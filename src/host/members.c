/* SPDX-License-Identifier: MIT */
/* hathora.host.members: the members of a JSON object as texts, for what is kept and given back as
 * it came: read into Lua's tables, an empty list would come back as an object, and a megabyte of
 * small values would keep everybody else waiting. */
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_DEPTH = 100, MAX_NAMES = 32 };

struct scanner {
  const char *at, *end;
  int depth;
};

static bool skip_value(struct scanner *scanner);

static char peek(const struct scanner *scanner) {
  return scanner->at < scanner->end ? *scanner->at : '\0';
}

static void skip_blanks(struct scanner *scanner) {
  while (peek(scanner) == ' ' || peek(scanner) == '\t' || peek(scanner) == '\n' ||
         peek(scanner) == '\r')
    scanner->at++;
}

/* Whether the next character is this one, which is passed then, with the blanks around it. */
static bool take(struct scanner *scanner, char wanted) {
  skip_blanks(scanner);
  if (peek(scanner) != wanted) return false;
  scanner->at++;
  skip_blanks(scanner);
  return true;
}

static bool is_hex(char character) {
  return character != '\0' && strchr("0123456789abcdefABCDEF", character) != NULL;
}

static bool skip_escape(struct scanner *scanner) {
  char kind = peek(scanner);
  if (kind == '\0' || strchr("\"\\/bfnrtu", kind) == NULL) return false;
  scanner->at++;
  for (int digit = 0; kind == 'u' && digit < 4; digit++, scanner->at++)
    if (!is_hex(peek(scanner))) return false;
  return true;
}

static bool skip_string(struct scanner *scanner) {
  if (peek(scanner) != '"') return false;
  scanner->at++;
  while ((unsigned char)peek(scanner) >= ' ') {
    char character = *scanner->at++;
    if (character == '"') return true;
    if (character == '\\' && !skip_escape(scanner)) return false;
  }
  return false;
}

static bool skip_digits(struct scanner *scanner) {
  const char *begin = scanner->at;
  while (peek(scanner) >= '0' && peek(scanner) <= '9') scanner->at++;
  return scanner->at > begin;
}

static bool skip_one(struct scanner *scanner, const char *characters) {
  if (peek(scanner) == '\0' || strchr(characters, peek(scanner)) == NULL) return false;
  scanner->at++;
  return true;
}

static bool skip_number(struct scanner *scanner) {
  skip_one(scanner, "-");
  if (!skip_one(scanner, "0") && !skip_digits(scanner)) return false;
  if (skip_one(scanner, ".") && !skip_digits(scanner)) return false;
  if (!skip_one(scanner, "eE")) return true;
  skip_one(scanner, "+-");
  return skip_digits(scanner);
}

static bool skip_word(struct scanner *scanner, const char *word) {
  size_t size = strlen(word);
  if ((size_t)(scanner->end - scanner->at) < size || memcmp(scanner->at, word, size) != 0)
    return false;
  scanner->at += size;
  return true;
}

static bool skip_list(struct scanner *scanner) {
  if (!take(scanner, '[')) return false;
  if (take(scanner, ']')) return true;
  do
    if (!skip_value(scanner)) return false;
  while (take(scanner, ','));
  return take(scanner, ']');
}

static bool skip_object(struct scanner *scanner) {
  if (!take(scanner, '{')) return false;
  if (take(scanner, '}')) return true;
  do
    if (!skip_string(scanner) || !take(scanner, ':') || !skip_value(scanner)) return false;
  while (take(scanner, ','));
  return take(scanner, '}');
}

/* The blanks behind a list or an object are passed, too. */
static bool skip_nested(struct scanner *scanner) {
  if (scanner->depth == MAX_DEPTH) return false;
  scanner->depth++;
  bool right = peek(scanner) == '[' ? skip_list(scanner) : skip_object(scanner);
  scanner->depth--;
  return right;
}

static bool skip_value(struct scanner *scanner) {
  switch (peek(scanner)) {
  case '{':
  case '[':
    return skip_nested(scanner);
  case '"':
    return skip_string(scanner);
  case 't':
    return skip_word(scanner, "true");
  case 'f':
    return skip_word(scanner, "false");
  case 'n':
    return skip_word(scanner, "null");
  default:
    return skip_number(scanner);
  }
}

/* The members that are asked for. */
struct names {
  struct {
    const char *text;
    size_t size;
  } list[MAX_NAMES];
  size_t count;
};

static bool is_wanted(const struct names *names, const char *name, size_t size) {
  for (size_t index = 0; index < names->count; index++)
    if (names->list[index].size == size && memcmp(names->list[index].text, name, size) == 0)
      return true;
  return false;
}

static void push_member(lua_State *L, const char *name, size_t name_size, const char *value,
                        const char *end) {
  while (end > value && strchr(" \t\n\r", end[-1]) != NULL) end--;
  lua_pushlstring(L, name, name_size);
  lua_pushlstring(L, value, (size_t)(end - value));
  lua_rawset(L, -3);
}

/* With the table at the top: read a member into it. Names with escapes are none of the API's. */
static bool read_member(lua_State *L, const struct names *names, struct scanner *scanner) {
  const char *name = scanner->at + 1;
  if (!skip_string(scanner)) return false;
  size_t size = (size_t)(scanner->at - 1 - name);
  if (!take(scanner, ':')) return false;
  const char *value = scanner->at;
  if (!skip_value(scanner)) return false;
  if (is_wanted(names, name, size)) push_member(L, name, size, value, scanner->at);
  return true;
}

static bool read_members(lua_State *L, const struct names *names, struct scanner *scanner) {
  if (!take(scanner, '{')) return false;
  if (!take(scanner, '}')) {
    do
      if (!read_member(L, names, scanner)) return false;
    while (take(scanner, ','));
    if (!take(scanner, '}')) return false;
  }
  return scanner->at == scanner->end;
}

/* The names in the list at 2, whose texts stay where they are as long as it does. */
static void check_names(lua_State *L, struct names *names) {
  luaL_checktype(L, 2, LUA_TTABLE);
  for (; lua_rawgeti(L, 2, (lua_Integer)names->count + 1) == LUA_TSTRING; names->count++) {
    luaL_argcheck(L, names->count < MAX_NAMES, 2, "too many names");
    names->list[names->count].text = lua_tolstring(L, -1, &names->list[names->count].size);
    lua_pop(L, 1);
  }
}

/*** Members of an object.
 * @tparam string text
 * @tparam {string,...} names of those that are wanted: there may be very many others
 * @treturn ?table JSON texts by name; nil when the text is no JSON object
 */
static int members(lua_State *L) {
  size_t size;
  struct names names = {.count = 0};
  const char *text = luaL_checklstring(L, 1, &size);
  struct scanner scanner = {.at = text, .end = text + size};
  check_names(L, &names);
  luaL_checkstack(L, 4, NULL);
  lua_newtable(L);
  if (!read_members(L, &names, &scanner)) lua_pushnil(L);
  return 1;
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_members(lua_State *L);

int luaopen_hathora_host_members(lua_State *L) {
  luaL_checkversion(L);
  lua_pushcfunction(L, members);
  return 1;
}
