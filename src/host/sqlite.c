/* SPDX-License-Identifier: MIT */
/*
 * hathora.host.sqlite: as much of SQLite as the host's records need.
 *
 * Ours, since the packaged bindings fall short: lua-dbi cuts integers to 32 bits and takes nil
 * for 0, lua-sql has no prepared statements. A statement is prepared once, bound by position,
 * and reset before each call returns, so that none holds a transaction open. What the database
 * refuses is raised as SQLite's own words.
 */
#include "class.h"
#include <lauxlib.h>
#include <lua.h>
#include <sqlite3.h>

#define DATABASE  "hathora.host.database"
#define STATEMENT "hathora.host.statement"

typedef struct {
  sqlite3 *handle;
} Database;

typedef struct {
  sqlite3_stmt *handle;
} Statement;

static int fail(lua_State *L, sqlite3 *handle) {
  lua_pushstring(L, handle ? sqlite3_errmsg(handle) : "not enough memory");
  return lua_error(L);
}

static sqlite3 *check_database(lua_State *L) {
  Database *database = luaL_checkudata(L, 1, DATABASE);
  luaL_argcheck(L, database->handle, 1, "the database is closed");
  return database->handle;
}

/* sqlite.open(path) -> database; ":memory:" is one that lives as long as it is open. */
static int database_open(lua_State *L) {
  const char *path = luaL_checkstring(L, 1);
  Database *database = lua_newuserdatauv(L, sizeof *database, 0);
  database->handle = NULL;
  luaL_setmetatable(L, DATABASE);
  if (sqlite3_open_v2(path, &database->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL))
    return fail(L, database->handle);
  sqlite3_extended_result_codes(database->handle, 1);
  return 1;
}

/* Statements that are still held keep SQLite's own handle alive: sqlite3_close_v2. */
static int database_close(lua_State *L) {
  Database *database = luaL_checkudata(L, 1, DATABASE);
  sqlite3_close_v2(database->handle);
  database->handle = NULL;
  return 0;
}

/* database:execute(text): any number of statements, without values or rows. */
static int database_execute(lua_State *L) {
  sqlite3 *handle = check_database(L);
  if (sqlite3_exec(handle, luaL_checkstring(L, 2), NULL, NULL, NULL)) return fail(L, handle);
  return 0;
}

/* database:prepare(text) -> statement */
static int database_prepare(lua_State *L) {
  sqlite3 *handle = check_database(L);
  const char *text = luaL_checkstring(L, 2);
  Statement *statement = lua_newuserdatauv(L, sizeof *statement, 0);
  statement->handle = NULL;
  luaL_setmetatable(L, STATEMENT);
  if (sqlite3_prepare_v3(handle, text, -1, SQLITE_PREPARE_PERSISTENT, &statement->handle, NULL))
    return fail(L, handle);
  return 1;
}

static int statement_close(lua_State *L) {
  Statement *statement = luaL_checkudata(L, 1, STATEMENT);
  sqlite3_finalize(statement->handle);
  statement->handle = NULL;
  return 0;
}

static int bind(lua_State *L, sqlite3_stmt *handle, int position, int index) {
  size_t length;
  switch (lua_type(L, index)) {
  case LUA_TNIL:
  case LUA_TNONE:
    return sqlite3_bind_null(handle, position);
  case LUA_TNUMBER:
    if (!lua_isinteger(L, index))
      return sqlite3_bind_double(handle, position, lua_tonumber(L, index));
    return sqlite3_bind_int64(handle, position, lua_tointeger(L, index));
  default: {
    const char *text = luaL_checklstring(L, index, &length);
    return sqlite3_bind_text64(handle, position, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  }
}

static void push_column(lua_State *L, sqlite3_stmt *handle, int column) {
  switch (sqlite3_column_type(handle, column)) {
  case SQLITE_INTEGER:
    lua_pushinteger(L, sqlite3_column_int64(handle, column));
    break;
  case SQLITE_FLOAT:
    lua_pushnumber(L, sqlite3_column_double(handle, column));
    break;
  case SQLITE_NULL:
    lua_pushnil(L);
    break;
  default: {
    const char *text = (const char *)sqlite3_column_text(handle, column);
    lua_pushlstring(L, text, (size_t)sqlite3_column_bytes(handle, column));
  }
  }
}

/* The row the statement stands on as { [column] = value }, NULL as nil. [-0, +1, m] */
static void push_row(lua_State *L, sqlite3_stmt *handle) {
  int count = sqlite3_column_count(handle);
  lua_createtable(L, 0, count);
  for (int i = 0; i < count; i++) {
    push_column(L, handle, i);
    lua_setfield(L, -2, sqlite3_column_name(handle, i));
  }
}

/* statement(value, ...) -> the rows as a list, and how many rows it changed. A Lua error on the
   way leaves the statement unreset until its next call, which begins with a reset. */
static int statement_call(lua_State *L) {
  Statement *statement = luaL_checkudata(L, 1, STATEMENT);
  sqlite3_stmt *handle = statement->handle;
  luaL_argcheck(L, handle, 1, "the statement is closed");
  sqlite3 *database = sqlite3_db_handle(handle);
  int count = sqlite3_bind_parameter_count(handle), code;
  sqlite3_reset(handle);
  for (int i = 1; i <= count; i++)
    if (bind(L, handle, i, i + 1)) return fail(L, database);
  lua_newtable(L);
  for (lua_Integer row = 1; (code = sqlite3_step(handle)) == SQLITE_ROW; row++) {
    push_row(L, handle);
    lua_seti(L, -2, row);
  }
  lua_pushinteger(L, sqlite3_changes64(database));
  if (code == SQLITE_DONE) {
    sqlite3_reset(handle);
    return 2;
  }
  lua_pushstring(L, sqlite3_errmsg(database));
  sqlite3_reset(handle);
  return lua_error(L);
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_sqlite(lua_State *L) {
  static const luaL_Reg database[] = {{"execute", database_execute},
                                      {"prepare", database_prepare},
                                      {"close", database_close},
                                      {NULL, NULL}};
  static const luaL_Reg statement[] = {{"close", statement_close}, {NULL, NULL}};
  static const luaL_Reg functions[] = {{"open", database_open}, {NULL, NULL}};
  luaL_checkversion(L);
  new_class(L, DATABASE, database, database_close);
  new_class(L, STATEMENT, statement, statement_close);
  luaL_getmetatable(L, STATEMENT);
  lua_pushcfunction(L, statement_call);
  lua_setfield(L, -2, "__call");
  luaL_newlib(L, functions);
  return 1;
}
