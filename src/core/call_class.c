/* SPDX-License-Identifier: MIT */
/* What a call is to Lua: its methods, fields and metamethods. */
#include "core/call_private.h"

#include "core/object.h"
#include "core/response.h"

const char call_class_name[] = "hathora.call";

struct call *call_check(lua_State *L, int index) {
  return object_check(L, index, call_class_name);
}

/* isDone(call) -> has it ended, well or not? */
int call_is_done(lua_State *L) {
  lua_pushboolean(L, call_check(L, 1)->state != CALL_UNDER_WAY);
  return 1;
}

/* Another object's finalizer may still wait for it. */
static int call_collect(lua_State *L) {
  struct call *call = call_check(L, 1);
  struct reactor *reactor = call->transfer.reactor;
  if (reactor && reactor_is_ours(reactor)) reactor_cancel(reactor, &call->transfer);
  call->transfer.reactor = NULL;
  transfer_free(&call->transfer);
  if (call->state != CALL_UNDER_WAY) return 0;
  call->state = CALL_FAILED;
  lua_pushliteral(L, "the call was collected before it ended");
  lua_setiuservalue(L, 1, CALL_RESULT);
  return 0;
}

/* What a plain call leaves behind when it is broken off is for Lua. */
static int call_close(lua_State *L) {
  struct call *call = call_check(L, 1);
  if (call->state != CALL_UNDER_WAY) return 0;
  lua_settop(L, 2);
  luaL_getmetafield(L, 1, "breakOff");
  lua_insert(L, 1);
  lua_call(L, 2, 0);
  return 0;
}

/* A method, or a field; of another name Lua's `misnamed` decides. */
static int call_index(lua_State *L) {
  struct call *call = call_check(L, 1);
  lua_pushvalue(L, 2);
  int kind = lua_rawget(L, lua_upvalueindex(1));
  if (kind == LUA_TNUMBER) response_push(L, 1, call, (size_t)lua_tointeger(L, -1));
  if (kind != LUA_TNIL) return 1;
  lua_settop(L, 2);
  luaL_getmetafield(L, 1, "misnamed");
  lua_insert(L, 1);
  lua_call(L, 2, 1);
  return 1;
}

/* extend(methods, meta): what Lua has to add to the class. */
int call_extend(lua_State *L) {
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_getmetatable(L, call_class_name);
  lua_getfield(L, -1, "methods");
  for (lua_pushnil(L); lua_next(L, 1); lua_settop(L, 5)) {
    lua_pushvalue(L, 5);
    lua_pushvalue(L, 6);
    lua_rawset(L, 4);
  }
  lua_settop(L, 3);
  for (lua_pushnil(L); lua_next(L, 2); lua_settop(L, 4)) {
    lua_pushvalue(L, 4);
    lua_pushvalue(L, 5);
    lua_rawset(L, 3);
  }
  return 0;
}

void call_class(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", call_collect}, {"__close", call_close}, {NULL, NULL}};
  static const luaL_Reg methods[] = {
      {"isDone", call_is_done}, {"result", call_result}, {NULL, NULL}};
  luaL_newmetatable(L, call_class_name);
  object_know(L, call_class_name);
  luaL_setfuncs(L, meta, 0);
  luaL_newlib(L, methods);
  response_name_fields(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "methods");
  lua_pushcclosure(L, call_index, 1);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}
