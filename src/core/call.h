/* SPDX-License-Identifier: MIT */
/* A call: request, transfer, outcome and response in one object.
 *
 * It is made, checked and started by one function of its client, and ends without Lua when all is
 * well; client:turn() hands up only what Lua has something to do about. */
#ifndef HATHORA_CORE_CALL_H
#define HATHORA_CORE_CALL_H

#include <lua.h>

#include "core/client.h"
#include "core/plan.h"
#include "reactor/transfer.h"

enum call_state { CALL_UNDER_WAY, CALL_DONE, CALL_FAILED };

/* What a call keeps alive. One that has none of the last has no room for them. */
enum {
  CALL_CLIENT = 1,
  CALL_PLAN,
  CALL_HEADERS, /* prepared */
  CALL_CALLER,  /* the function that made it */
  CALL_TEXT,    /* the answer's body, once it is a string of Lua's */
  CALL_RESULT,  /* the payload, or the problem */
  CALL_PLAIN = CALL_RESULT,
  CALL_ON_DONE,
  CALL_ON_DATA,
  CALL_BODY,
  CALL_MORE, /* a table of Lua's own about it, for the calls that need one */
  CALL_ALL = CALL_MORE
};

struct call {
  struct transfer transfer; /* first, so that the reactor's transfer is its call */
  const struct plan *plan;  /* NULL for a request of client:send() */
  enum call_state state;
  enum transfer_sent sent; /* the worst of earlier attempts */
  int attempts;
  int line;                   /* of the caller */
  bool attended;              /* Lua judges every answer */
  bool has_done;              /* there is an onDone */
  bool own_headers;           /* the user's, which replace ours */
  bool busy;                  /* a piece of it is being handed on: no other may come in between */
  bool delivered;             /* a piece of it was handed on: it cannot be asked for again */
  bool reading;               /* its body's bytes are being read: they must stay */
  char *key;                  /* the idempotency key, within its header line; NULL for none */
  struct curl_slist key_line; /* in front of the client's headers */
  char text[];                /* the URL and the key's line */
};

void call_class(lua_State *L);
struct call *call_check(lua_State *L, int index);

/* Methods of a client. */
int call_start(lua_State *L);
int call_send(lua_State *L);
int call_again(lua_State *L);
int call_poll(lua_State *L);
int call_answer(lua_State *L);

/* Functions of the module, on a call. */
int call_extend(lua_State *L); /* extend(methods, meta): what Lua adds to the class */
int call_is_done(lua_State *L);
int call_result(lua_State *L);
int call_outcome(lua_State *L);
int call_take(lua_State *L);
int call_settle(lua_State *L);
int call_abort(lua_State *L);
int call_payload(lua_State *L);
int call_row(lua_State *L);
int call_release(lua_State *L);
int call_is_held(lua_State *L);
int call_problem(lua_State *L);
int call_client(lua_State *L);
int call_header_lines(lua_State *L);

/* What there is for Lua to do about a call of which the reactor had news: pushes the call, the name
 * of the event and the call's onDone, and returns 3; or nothing, 0. [-0, +(0|3), m] */
int call_advance(lua_State *L, struct client *client, struct call *call);

/* Is a callback being told of it, so that no step can move it on? */
bool call_held(const struct call *call);

/* May the server have acted, on any attempt? */
enum transfer_sent call_sent(const struct call *call);

/* Push the answer's body as a string, which Lua's collector counts from then on. [-0, +1, m] */
void call_push_text(lua_State *L, int index, struct call *call);

#endif
