/* SPDX-License-Identifier: MIT */
/* Easy handles that are ready to carry transfers: what all of one reactor's have in common. */
#ifndef HATHORA_EASY_H
#define HATHORA_EASY_H

#include <curl/curl.h>
#include <stdbool.h>

struct poller;

struct easy_settings {
  CURLU *origin; /* scheme and authority of all transfers, taken apart once; NULL when a proxy may
                    need the URL whole */
  const char *user_agent;
  const char *ca_file;     /* NULL: libcurl's own */
  const char *unix_socket; /* NULL: TCP */
  bool http2;
  bool direct;          /* past any proxy the environment names */
  long connect_timeout; /* milliseconds */
};

/* A new handle, NULL when memory is out or libcurl lacks what safety needs. Its sockets are told
 * to the poller. */
CURL *easy_new(const struct easy_settings *settings, struct poller *poller);

#endif
