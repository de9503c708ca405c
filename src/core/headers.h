/* SPDX-License-Identifier: MIT */
/* Request headers, prepared once and used by many transfers. They can be sent, but not read. */
#ifndef HATHORA_CORE_HEADERS_H
#define HATHORA_CORE_HEADERS_H

#include <curl/curl.h>
#include <lua.h>
#include <stdbool.h>

void headers_class(lua_State *L);

/* headers(list) from lines such as "Accept: text/plain". Raises when a line has a control byte;
 * the message does not show the line, which may hold a token. */
int headers_new(lua_State *L);

/* Can the value be sent, and is it more than blanks? */
bool headers_is_value(const char *value, size_t length);

struct curl_slist *headers_check(lua_State *L, int index);

#endif
