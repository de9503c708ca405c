/* SPDX-License-Identifier: MIT */
/* Easy handles that are ready to carry transfers, one after another: what all of one reactor's have
 * in common, and what libcurl is to find at the same place as long as a handle lives. */
#ifndef HATHORA_EASY_H
#define HATHORA_EASY_H

#include <curl/curl.h>
#include <stdbool.h>

struct poller;
struct transfer;
struct transfer_list;

struct easy {
  CURL *curl;
  struct poller *poller;      /* is told of its sockets */
  struct transfer_list *news; /* where a stream goes when something of it has arrived */
  const char *ca_file;
  struct transfer *transfer; /* that it carries; NULL for none */
  bool get, fresh;           /* what is set: the method is GET; a new connection is asked for */
  char message[CURL_ERROR_SIZE];
};

struct easy_settings {
  CURLU *origin; /* scheme and authority of all transfers, taken apart once; NULL when a proxy may
                    need the URL whole */
  struct curl_slist *proxy_headers; /* for a proxy that passes bytes on; with an origin only */
  const char *ca_file;              /* NULL: libcurl's own */
  const char *unix_socket;          /* NULL: TCP */
  bool http2;
  bool direct;          /* past any proxy the environment names */
  long connect_timeout; /* milliseconds */
};

/* A new handle, NULL when memory is out or libcurl lacks what safety needs. */
struct easy *easy_new(const struct easy_settings *settings, struct poller *poller,
                      struct transfer_list *news);

void easy_free(struct easy *easy);

#endif
