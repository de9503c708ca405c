/* SPDX-License-Identifier: MIT */
/*
 * hathora.host.file: a file whose oldest part is given back to the disk in place, while it is
 * written and read. That part is a hole, lseek(2) SEEK_DATA, and is never read as zeros here.
 */
#include "class.h"
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_CLASS "hathora.host.file"

enum { BLOCK = 65536, DISK_BLOCK = 512, PAGE = 4096 };

static int *new_file(lua_State *L) {
  int *file = lua_newuserdatauv(L, sizeof *file, 0);
  *file = -1;
  luaL_setmetatable(L, FILE_CLASS);
  return file;
}

static int result(lua_State *L, int outcome) {
  if (outcome >= 0) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushnil(L);
  lua_pushstring(L, strerror(errno));
  return 2;
}

static int check_file(lua_State *L) {
  int fd = *(int *)luaL_checkudata(L, 1, FILE_CLASS);
  if (fd < 0) luaL_error(L, "the file is closed");
  return fd;
}

/* file.open(path, "r" | "w") -> file | nil, message. To be written, it is made if need be. */
static int file_open(lua_State *L) {
  static const char *const names[] = {"r", "w", NULL};
  static const int flags[] = {O_RDONLY | O_NONBLOCK, O_RDWR | O_CREAT};
  const char *path = luaL_checkstring(L, 1);
  int mode = luaL_checkoption(L, 2, NULL, names);
  int *file = new_file(L);
  *file = open(path, flags[mode] | O_CLOEXEC, 0600);
  return *file < 0 ? result(L, -1) : 1;
}

/* file:size() -> where it ends, and the bytes it takes on the disk. */
static int file_size(lua_State *L) {
  struct stat attributes;
  if (fstat(check_file(L), &attributes) < 0) return luaL_error(L, "fstat: %s", strerror(errno));
  lua_pushinteger(L, attributes.st_size);
  lua_pushinteger(L, (lua_Integer)attributes.st_blocks * DISK_BLOCK);
  return 2;
}

/* The next data at or behind a position, up to a hole. What has become a hole while it was read
   may have been read as zeros, and is left out: only what is still data then counts. */
static ssize_t read_data(int fd, off_t *position, char *bytes, size_t size) {
  for (off_t start = lseek(fd, *position, SEEK_DATA); start >= 0;) {
    off_t hole = lseek(fd, start, SEEK_HOLE);
    size_t length = hole - start < (off_t)size ? (size_t)(hole > start ? hole - start : 0) : size;
    ssize_t count = pread(fd, bytes, length, start);
    off_t kept = lseek(fd, *position, SEEK_DATA);
    if (kept == start) {
      *position = start;
      return count;
    }
    start = kept;
  }
  return 0; /* nothing but a hole, to the end */
}

/* file:read(position, size) -> text, where it begins: the next data at or behind a position, and
   "" when there is none. */
static int file_read(lua_State *L) {
  luaL_Buffer buffer;
  int fd = check_file(L);
  off_t position = (off_t)luaL_checkinteger(L, 2);
  size_t size = (size_t)luaL_checkinteger(L, 3);
  char *bytes = luaL_buffinitsize(L, &buffer, size);
  ssize_t count = read_data(fd, &position, bytes, size);
  luaL_pushresultsize(&buffer, count > 0 ? (size_t)count : 0);
  lua_pushinteger(L, position);
  return 2;
}

/* Where the last lines begin, counting line breaks from the end. With fewer of them in the last
   `limit` bytes: behind the first break there; or in a hole, as far back as it is known to reach,
   when that is where those bytes begin. */
static off_t find_tail(int fd, off_t size, lua_Integer lines, off_t limit) {
  char block[BLOCK], last = '\0';
  off_t first = size > limit ? size - limit : 0, found = first;
  if (size > 0 && pread(fd, &last, 1, size - 1) == 1 && last == '\n') lines++;
  for (off_t end = size; end > first;) {
    off_t start = end - first > BLOCK ? end - BLOCK : first;
    ssize_t count = pread(fd, block, (size_t)(end - start), start);
    if (count <= 0) return start;
    for (char *at = block + count; (at = memrchr(block, '\n', (size_t)(at - block)));) {
      found = start + (at - block) + 1;
      if (--lines == 0) return found;
    }
    end = start;
  }
  off_t data = lseek(fd, first, SEEK_DATA);
  if (data == first) return first == 0 ? 0 : found;
  return lseek(fd, 0, SEEK_DATA) == data ? 0 : first;
}

/* file:tail(lines, limit) -> where its last lines begin, no more than `limit` bytes before its
   end, unless nothing else is kept: then 0. */
static int file_tail(lua_State *L) {
  struct stat attributes;
  int fd = check_file(L);
  lua_Integer lines = luaL_checkinteger(L, 2);
  off_t limit = (off_t)luaL_checkinteger(L, 3);
  if (fstat(fd, &attributes) < 0) return luaL_error(L, "fstat: %s", strerror(errno));
  lua_pushinteger(L, find_tail(fd, attributes.st_size, lines, limit));
  return 1;
}

/* file:write(position, text) -> true | nil, message */
static int file_write(lua_State *L) {
  size_t size;
  int fd = check_file(L);
  off_t position = (off_t)luaL_checkinteger(L, 2);
  const char *text = luaL_checklstring(L, 3, &size);
  while (size > 0) {
    ssize_t count = pwrite(fd, text, size, position);
    if (count < 0) return result(L, -1);
    text += count;
    position += count;
    size -= (size_t)count;
  }
  return result(L, 0);
}

/* file:discard(position) -> true | nil, message: what is before goes, in whole pages. */
static int file_discard(lua_State *L) {
  int fd = check_file(L);
  off_t length = (off_t)luaL_checkinteger(L, 2) / PAGE * PAGE;
  if (length <= 0) return result(L, 0);
  return result(L, fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, length));
}

/* file:truncate(size) -> true | nil, message: what is behind goes. */
static int file_truncate(lua_State *L) {
  int fd = check_file(L);
  return result(L, ftruncate(fd, (off_t)luaL_checkinteger(L, 2)));
}

/* Twice does no harm. */
static int file_close(lua_State *L) {
  int *file = luaL_checkudata(L, 1, FILE_CLASS);
  if (*file >= 0) close(*file);
  *file = -1;
  return 0;
}

LUAMOD_API __attribute__((visibility("default"))) int luaopen_hathora_host_file(lua_State *L) {
  static const luaL_Reg methods[] = {{"size", file_size},       {"read", file_read},
                                     {"tail", file_tail},       {"write", file_write},
                                     {"discard", file_discard}, {"truncate", file_truncate},
                                     {"close", file_close},     {NULL, NULL}};
  static const luaL_Reg functions[] = {{"open", file_open}, {NULL, NULL}};
  luaL_checkversion(L);
  new_class(L, FILE_CLASS, methods, file_close);
  luaL_newlib(L, functions);
  return 1;
}
