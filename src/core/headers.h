/* SPDX-License-Identifier: MIT */
/* Request headers, prepared once and used by many transfers. They can be sent, but not read. */
#ifndef HATHORA_CORE_HEADERS_H
#define HATHORA_CORE_HEADERS_H

#include <curl/curl.h>
#include <lua.h>
#include <stdbool.h>

/* What a request says of the answer it takes, and of its own body. */
enum accept { ACCEPT_JSON, ACCEPT_ANY };
enum content { CONTENT_UNSAID, CONTENT_JSON, CONTENT_EMPTY };

struct headers;

void headers_class(lua_State *L);

/* headers(list) from lines such as "Accept: text/plain". Raises when a line has a control byte;
 * the message does not show the line, which may hold a token. */
int headers_new(lua_State *L);

/* Can the value be sent, and is it more than blanks? */
bool headers_is_value(const char *value, size_t length);

/* Push headers of these lines; a NULL is none. [-0, +1, e] */
void headers_push(lua_State *L, const char *first, const char *second);

/* The first line. */
const char *headers_first(const struct headers *headers);

/* All of them behind those of such a request. */
struct curl_slist *headers_of(struct headers *headers, enum accept accept, enum content content);

struct curl_slist *headers_check(lua_State *L, int index);

#endif
