/* SPDX-License-Identifier: MIT */
/*
 * hathora.host.sqlite: as much of SQLite as the host's records need.
 *
 * Ours, since the packaged bindings fall short: lua-dbi cuts integers to 32 bits and takes nil
 * for 0, lua-sql has no prepared statements. A statement is prepared once, bound by position,
 * and reset before each call returns, so that none holds a transaction open. What the database
 * refuses is raised as SQLite's own words.
 *
 * How long a disk takes to sync is not known, so a transaction can be committed by a thread that
 * belongs to the database and knows nothing of Lua. Meanwhile the database must be left alone.
 */
#include "class.h"
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DATABASE  "hathora.host.database"
#define STATEMENT "hathora.host.statement"

/* Commits one transaction after another of a database. */
typedef struct {
  sqlite3 *handle;
  pthread_t thread;
  sem_t asked;
  atomic_bool ending;
  int result; /* SQLite's code of the last one */
  int done;   /* an eventfd: the last one is over */
} Committer;

typedef struct {
  sqlite3 *handle;
  Committer *committer; /* NULL until there is one */
} Database;

typedef struct {
  sqlite3_stmt *handle;
} Statement;

static int fail(lua_State *L, sqlite3 *handle) {
  lua_pushstring(L, handle ? sqlite3_errmsg(handle) : "not enough memory");
  return lua_error(L);
}

static Database *check_database(lua_State *L) {
  Database *database = luaL_checkudata(L, 1, DATABASE);
  luaL_argcheck(L, database->handle, 1, "the database is closed");
  return database;
}

/* The committer */

static void wait_for(sem_t *semaphore) {
  while (sem_wait(semaphore) != 0 && errno == EINTR) continue;
}

static void *commit_all(void *context) {
  static const uint64_t one = 1;
  Committer *committer = context;
  for (wait_for(&committer->asked); !committer->ending; wait_for(&committer->asked)) {
    committer->result = sqlite3_exec(committer->handle, "COMMIT", NULL, NULL, NULL);
    while (write(committer->done, &one, sizeof one) < 0 && errno == EINTR) continue;
  }
  return NULL;
}

/* Signals are for the loop: its thread alone takes them. */
static int start_thread(Committer *committer) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&committer->thread, NULL, commit_all, committer);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error;
}

static void free_committer(Committer *committer) {
  if (committer->done >= 0) close(committer->done);
  sem_destroy(&committer->asked);
  free(committer);
}

/* What it has begun is ended first. */
static void end_committer(Committer *committer) {
  committer->ending = true;
  sem_post(&committer->asked);
  pthread_join(committer->thread, NULL);
  free_committer(committer);
}

/* NULL and errno when there can be none. */
static Committer *new_committer(sqlite3 *handle) {
  Committer *committer = calloc(1, sizeof *committer);
  if (!committer) return NULL;
  committer->handle = handle;
  sem_init(&committer->asked, 0, 0);
  committer->done = eventfd(0, EFD_CLOEXEC);
  int error = committer->done < 0 ? errno : start_thread(committer);
  if (!error) return committer;
  free_committer(committer);
  errno = error;
  return NULL;
}

/* Databases */

/* sqlite.open(path) -> database; ":memory:" is one that lives as long as it is open. Any number of
   them are open on a file in this process, and then none in another: that is SQLite's VFS
   "unix-excl", which also keeps the index of the write-ahead log in memory. */
static int database_open(lua_State *L) {
  static const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  const char *path = luaL_checkstring(L, 1);
  Database *database = lua_newuserdatauv(L, sizeof *database, 0);
  *database = (Database){0};
  luaL_setmetatable(L, DATABASE);
  if (sqlite3_open_v2(path, &database->handle, flags, "unix-excl"))
    return fail(L, database->handle);
  sqlite3_extended_result_codes(database->handle, 1);
  return 1;
}

/* Statements that are still held keep SQLite's own handle alive: sqlite3_close_v2. */
static int database_close(lua_State *L) {
  Database *database = luaL_checkudata(L, 1, DATABASE);
  if (database->committer) end_committer(database->committer);
  database->committer = NULL;
  sqlite3_close_v2(database->handle);
  database->handle = NULL;
  return 0;
}

static Committer *check_committer(lua_State *L) {
  Database *database = luaL_checkudata(L, 1, DATABASE);
  luaL_argcheck(L, database->committer, 1, "the database has no committer");
  return database->committer;
}

/* database:committer() -> a descriptor that is readable once a commit is over. */
static int database_committer(lua_State *L) {
  Database *database = check_database(L);
  if (!database->committer) database->committer = new_committer(database->handle);
  if (!database->committer) return luaL_error(L, "no thread can be made: %s", strerror(errno));
  lua_pushinteger(L, database->committer->done);
  return 1;
}

/* database:commit(): begin to commit its transaction. */
static int database_commit(lua_State *L) {
  sem_post(&check_committer(L)->asked);
  return 0;
}

/* database:committed() waits until that is over -> true | nil, message */
static int database_committed(lua_State *L) {
  uint64_t count;
  Committer *committer = check_committer(L);
  while (read(committer->done, &count, sizeof count) < 0 && errno == EINTR) continue;
  if (committer->result == SQLITE_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, sqlite3_errmsg(committer->handle));
  return 2;
}

/* database:execute(text): any number of statements, without values or rows. */
static int database_execute(lua_State *L) {
  sqlite3 *handle = check_database(L)->handle;
  if (sqlite3_exec(handle, luaL_checkstring(L, 2), NULL, NULL, NULL)) return fail(L, handle);
  return 0;
}

/* database:prepare(text) -> statement */
static int database_prepare(lua_State *L) {
  sqlite3 *handle = check_database(L)->handle;
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
                                      {"committer", database_committer},
                                      {"commit", database_commit},
                                      {"committed", database_committed},
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
