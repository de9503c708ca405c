/* SPDX-License-Identifier: MIT */
#include "core/plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/object.h"
#include "core/row.h"
#include "reactor/url.h"

static const char class[] = "hathora.plan";

enum kind { KIND_STRING, KIND_INTEGER, KIND_NUMBER, KIND_BOOLEAN, KIND_OTHER };
enum place { PLACE_PATH, PLACE_QUERY, PLACE_BODY };

struct field {
  enum kind kind;
  enum place place;
  bool list, optional;
  bool has_members, has_pattern;
  lua_Number minimum, maximum; /* of a number, or of a text's length in characters */
  const char *before;          /* the path in front of it */
};

/* What a plan keeps alive: the row with its strings, and three values for each field, which
 * plan_write() pushes: its name, its members as a set, its pattern. And string.find for patterns.
 */
enum { PLAN_ROW = 1, PLAN_VALUES, PLAN_FIND };
enum { VALUE_NAME = 1, VALUE_MEMBERS, VALUE_PATTERN };

const struct plan *plan_check(lua_State *L, int index) {
  return object_check(L, index, class);
}

void plan_push_row(lua_State *L) {
  lua_getiuservalue(L, -1, PLAN_ROW);
  lua_replace(L, -2);
}

const char *const plan_securities[] = {"none", "developer", "player", NULL};

/* Compiling. A row is ours: what is wrong in it raises. */

/* Which of the words, the last when it is none of them. */
static int word_of(lua_State *L, int row, const char *name, const char *const *words) {
  const char *text = row_text(L, row, name, "");
  int index = 0;
  while (words[index + 1] && strcmp(words[index], text) != 0) index++;
  return index;
}

/* Copy a field's value of this name to its place among the values; is there one? */
static bool keep_value(lua_State *L, int row, const char *name, int values, lua_Integer place) {
  lua_getfield(L, row, name);
  bool given = !lua_isnil(L, -1);
  if (!given) {
    lua_pop(L, 1);
    lua_pushboolean(L, 0);
  }
  lua_rawseti(L, values, place);
  return given;
}

static void compile_field(lua_State *L, struct field *field, int values, lua_Integer first) {
  static const char *const kinds[] = {"string", "integer", "number", "boolean", "other", NULL};
  static const char *const places[] = {"path", "query", "body", NULL};
  int row = lua_gettop(L);
  field->kind = (enum kind)word_of(L, row, "kind", kinds);
  field->place = (enum place)word_of(L, row, "place", places);
  field->list = row_flag(L, row, "list");
  field->optional = row_flag(L, row, "optional");
  field->minimum = row_number(L, row, "minimum", -HUGE_VAL);
  field->maximum = row_number(L, row, "maximum", HUGE_VAL);
  field->before = row_text(L, row, "before", "");
  keep_value(L, row, "name", values, first + VALUE_NAME);
  field->has_members = keep_value(L, row, "members", values, first + VALUE_MEMBERS);
  field->has_pattern = keep_value(L, row, "pattern", values, first + VALUE_PATTERN);
}

static void compile_fields(lua_State *L, struct plan *plan, int fields, int values) {
  for (size_t i = 0; i < plan->field_count; i++) {
    lua_rawgeti(L, fields, (lua_Integer)i + 1);
    compile_field(L, &plan->fields[i], values, (lua_Integer)i * VALUE_PATTERN);
    if (plan->fields[i].place == PLACE_PATH) plan->path_count = i + 1;
    lua_pop(L, 1);
  }
}

static void compile(lua_State *L, struct plan *plan) {
  static const char *const answers[] = {"none", "json", "bytes", "text", NULL};
  static const char *const payloads[] = {"boolean", "number", "string", "table", NULL};
  static const int types[] = {LUA_TBOOLEAN, LUA_TNUMBER, LUA_TSTRING, LUA_TTABLE};
  plan->name = row_text(L, 1, "name", "");
  plan->method = row_text(L, 1, "method", "");
  plan->answer = (enum answer)word_of(L, 1, "answer", answers);
  plan->payload = types[word_of(L, 1, "payload", payloads)];
  plan->success = (int)row_number(L, 1, "success", 200);
  plan->idempotent = row_flag(L, 1, "idempotent");
  plan->security = (enum security)word_of(L, 1, "security", plan_securities);
  plan->has_body = row_flag(L, 1, "body");
  plan->accept = plan->answer == ANSWER_BYTES ? ACCEPT_ANY : ACCEPT_JSON;
  plan->content = plan->has_body                     ? CONTENT_JSON
                  : strcmp(plan->method, "GET") == 0 ? CONTENT_UNSAID
                                                     : CONTENT_EMPTY;
  plan->tail = row_text(L, 1, "tail", "");
}

int plan_new(lua_State *L) {
  lua_settop(L, 1);
  lua_getfield(L, 1, "fields");
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t count = lua_rawlen(L, 2);
  struct plan *plan = object_new(L, class, sizeof *plan + count * sizeof *plan->fields, PLAN_FIND);
  plan->fields = (struct field *)(plan + 1);
  plan->field_count = count;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, 3, PLAN_ROW);
  lua_newtable(L);
  compile(L, plan);
  compile_fields(L, plan, 2, 4);
  lua_setiuservalue(L, 3, PLAN_VALUES);
  lua_getglobal(L, "string");
  lua_getfield(L, -1, "find");
  lua_setiuservalue(L, 3, PLAN_FIND);
  lua_settop(L, 3);
  return 1;
}

/* Checking and writing. */

struct writer {
  lua_State *L;
  const struct request *request;
  const struct field *field;
  struct bytes *url;
  int values;        /* where on the stack */
  lua_Integer first; /* before the field's own among them */
  const char *separator;
  size_t given; /* fields of the request met so far */
};

static void append(struct writer *writer, const char *text, size_t length) {
  if (bytes_append(writer->url, text, length) != BYTES_OK)
    luaL_error(writer->L, "not enough memory");
}

static bool is_member(struct writer *writer) {
  lua_State *L = writer->L;
  lua_rawgeti(L, writer->values, writer->first + VALUE_MEMBERS);
  lua_pushvalue(L, -2);
  lua_rawget(L, -2);
  bool member = lua_toboolean(L, -1);
  lua_pop(L, 2);
  return member;
}

static bool matches(struct writer *writer) {
  lua_State *L = writer->L;
  lua_getiuservalue(L, writer->request->plan, PLAN_FIND);
  lua_pushvalue(L, -2);
  lua_rawgeti(L, writer->values, writer->first + VALUE_PATTERN);
  lua_call(L, 2, 1);
  bool found = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return found;
}

static bool is_within(const struct field *field, lua_Number value) {
  return value >= field->minimum && value <= field->maximum;
}

static bool write_text(struct writer *writer) {
  const struct field *field = writer->field;
  if (lua_type(writer->L, -1) != LUA_TSTRING) return false;
  size_t length;
  const char *text = lua_tolstring(writer->L, -1, &length);
  if (length == 0 && !field->list) return false;
  ptrdiff_t characters = utf8_length(text, length);
  if (characters < 0 || !is_within(field, (lua_Number)characters)) return false;
  if (field->has_members && !is_member(writer) && !(writer->request->allow_unknown && length > 0))
    return false;
  if (field->has_pattern && !matches(writer)) return false;
  if (!url_append(writer->url, text, length)) luaL_error(writer->L, "not enough memory");
  return true;
}

static bool write_integer(struct writer *writer) {
  char text[32];
  lua_State *L = writer->L;
  if (!lua_isinteger(L, -1) || !is_within(writer->field, lua_tonumber(L, -1))) return false;
  int length = snprintf(text, sizeof text, LUA_INTEGER_FMT, lua_tointeger(L, -1));
  append(writer, text, (size_t)length);
  return true;
}

/* A program may run under a locale with a decimal comma. */
static bool write_number(struct writer *writer) {
  char text[32];
  lua_State *L = writer->L;
  if (lua_type(L, -1) != LUA_TNUMBER) return false;
  lua_Number value = lua_tonumber(L, -1);
  if (!isfinite(value) || !is_within(writer->field, value)) return false;
  if (lua_isinteger(L, -1)) return write_integer(writer);
  int length = snprintf(text, sizeof text, "%.17g", value);
  char *comma = strchr(text, ',');
  if (comma) *comma = '.';
  if (!url_append(writer->url, text, (size_t)length)) luaL_error(L, "not enough memory");
  return true;
}

static bool write_boolean(struct writer *writer) {
  if (lua_type(writer->L, -1) != LUA_TBOOLEAN) return false;
  if (lua_toboolean(writer->L, -1)) append(writer, "true", 4);
  else append(writer, "false", 5);
  return true;
}

static bool write_value(struct writer *writer) {
  switch (writer->field->kind) {
  case KIND_STRING:
    return write_text(writer);
  case KIND_INTEGER:
    return write_integer(writer);
  case KIND_NUMBER:
    return write_number(writer);
  case KIND_BOOLEAN:
    return write_boolean(writer);
  default:
    return false;
  }
}

/* `?name=` or `&name=`, and the value at the top. */
static bool write_pair(struct writer *writer) {
  size_t length;
  lua_State *L = writer->L;
  append(writer, writer->separator, 1);
  writer->separator = "&";
  lua_rawgeti(L, writer->values, writer->first + VALUE_NAME);
  const char *name = lua_tolstring(L, -1, &length);
  append(writer, name, length);
  append(writer, "=", 1);
  lua_pop(L, 1);
  return write_value(writer);
}

/* How many keys the table at the index has. */
static size_t count_keys(lua_State *L, int index) {
  size_t count = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) count++;
  return count;
}

/* A table whose content is its own: nothing of it comes from a metatable. */
static bool is_bare_table(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE) return false;
  bool bare = !lua_getmetatable(L, index);
  if (!bare) lua_pop(L, 1);
  return bare;
}

static bool write_list(struct writer *writer) {
  lua_State *L = writer->L;
  int list = lua_gettop(L);
  if (!is_bare_table(L, list)) return false;
  size_t count = lua_rawlen(L, list);
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, list, (lua_Integer)i);
    bool right = write_pair(writer);
    lua_pop(L, 1);
    if (!right) return false;
  }
  return count_keys(L, list) == count;
}

/* The value at the top is not nil. */
static bool write_field(struct writer *writer) {
  switch (writer->field->place) {
  case PLACE_PATH:
    append(writer, writer->field->before, strlen(writer->field->before));
    return write_value(writer);
  case PLACE_QUERY:
    return writer->field->list ? write_list(writer) : write_pair(writer);
  default:
    return true; /* who wrote the body has checked it */
  }
}

/* Push a field's value, or what stands in for it. */
static void push_value(struct writer *writer) {
  lua_State *L = writer->L;
  lua_rawgeti(L, writer->values, writer->first + VALUE_NAME);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, writer->request->fields) != LUA_TNIL) {
    writer->given++;
    lua_replace(L, -2);
  } else {
    lua_pop(L, 1);
    lua_rawget(L, writer->request->defaults);
  }
}

static bool write_fields(struct writer *writer, const struct plan *plan, size_t from, size_t to) {
  for (size_t i = from; i < to; i++) {
    writer->field = &plan->fields[i];
    writer->first = (lua_Integer)i * VALUE_PATTERN;
    push_value(writer);
    bool right = lua_isnil(writer->L, -1) ? writer->field->optional : write_field(writer);
    lua_pop(writer->L, 1);
    if (!right) return false;
  }
  return true;
}

bool plan_write(lua_State *L, const struct request *request, struct bytes *url) {
  const struct plan *plan = object_at(L, request->plan);
  struct writer writer = {.L = L, .request = request, .url = url, .separator = "?"};
  if (!is_bare_table(L, request->fields)) return false;
  lua_getiuservalue(L, request->plan, PLAN_VALUES);
  writer.values = lua_gettop(L);
  bool right = write_fields(&writer, plan, 0, plan->path_count);
  append(&writer, plan->tail, strlen(plan->tail));
  right = right && write_fields(&writer, plan, plan->path_count, plan->field_count) &&
          count_keys(L, request->fields) == writer.given;
  lua_pop(L, 1);
  return right;
}

void plan_class(lua_State *L) {
  static const luaL_Reg none[] = {{NULL, NULL}};
  object_class(L, class, none, none);
}
