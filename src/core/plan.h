/* SPDX-License-Identifier: MIT */
/* Plans: an operation of the contract made ready, once, for requests to be held against it and
 * written. A plan says yes or no; what is wrong with a request, Lua says (schema/check.lua). */
#ifndef HATHORA_CORE_PLAN_H
#define HATHORA_CORE_PLAN_H

#include <lua.h>
#include <stdbool.h>

#include "core/headers.h"
#include "reactor/bytes.h"

enum answer { ANSWER_NONE, ANSWER_JSON, ANSWER_BYTES, ANSWER_TEXT };

enum security { SECURITY_NONE, SECURITY_DEVELOPER, SECURITY_PLAYER };

/* Their names, up to NULL. */
extern const char *const plan_securities[];

struct field;

struct plan {
  const char *name;
  const char *method;
  enum answer answer;
  int payload; /* Lua's type of a JSON payload */
  int success;
  bool idempotent;        /* sending it twice does no more than sending it once */
  enum security security; /* whose token goes with it */
  bool has_body;
  enum accept accept;
  enum content content;
  const char *tail; /* of the path, behind its last parameter */
  size_t path_count, field_count;
  struct field *fields;
};

/* plan(row) -> plan. A row has `name`, `method`, `answer`, `payload`, `success`, `idempotent`,
 * `security`, `body`, `tail` and `fields`, in the order path, query, body. A field has `name`,
 * `place`, `kind` (string, integer, number, boolean; others are for Lua to check), `list`,
 * `optional`, `before` (the path in front of it), `members`, `pattern`, `minimum`, `maximum`. */
int plan_new(lua_State *L);

void plan_class(lua_State *L);
const struct plan *plan_check(lua_State *L, int index);

/* Push the row of the plan at the top in its place. */
void plan_push_row(lua_State *L);

/* Where on the stack a request is, and what stands in for its absent fields. */
struct request {
  int plan, fields, defaults;
  bool allow_unknown; /* text that is no member of its enum passes */
};

/* Hold a request against its plan and append its path and query to `url`. False when something is
 * not right. [-0, +0, m] */
bool plan_write(lua_State *L, const struct request *request, struct bytes *url);

#endif
